from __future__ import annotations

from cogov.access.scope import SystemActor
from cogov.audit.models import Seal
from cogov.audit.services import record
from cogov.celery import app
from cogov.jobs.tasks import seal


def test_every_night_seals_what_is_new_and_a_second_beat_nothing(db: None) -> None:
    record(actor=SystemActor("测试"), action="test.do", summary="做了一件事", township_code="421223101")
    seal()
    seal()
    assert [(row.township_code, row.number, row.row_count) for row in Seal.objects.all()] == [
        ("421223101", 1, 1)
    ]
    assert app.conf.beat_schedule["seal-audit"]["task"] == seal.name
