"""What the system issues in one go is what drafting, checking and publishing make (NTC-2)."""

from __future__ import annotations

import errno
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cogov.access.scope import SystemActor
from cogov.audit.models import AuditEvent
from cogov.common.errors import AccessDenied, ConflictError, InputError, RuleError
from cogov.common.workdays import CalendarUnknown
from notices import services
from notices.models import ChainHead, Notice, NoticeSnapshot, NoticeTransition, NumberSeries
from notices.services import issuing
from notices.services.verifying import verify_notices
from tests.factories.documents import sample_content, sample_poster
from tests.factories.notices import Place

JOB = SystemActor("月结任务")


def arguments(place: Place, subject: str = "2026-10", **changes: Any) -> dict[str, Any]:
    return {
        "kind": "points_list",
        "village": place.village,
        "period": "2026-10",
        "subject_key": subject,
        "content": sample_content(title="板坑村䶮积分公示"),
        "poster": sample_poster(),
        **changes,
    }


def issued(place: Place, subject: str = "2026-10", **changes: Any) -> Notice:
    return services.issue_notice(actor=JOB, **arguments(place, subject, **changes))


def step_by_step(place: Place, subject: str) -> Notice:
    return services.publish_notice(
        actor=JOB, notice=services.draft_notice(actor=JOB, **arguments(place, subject))
    )


def nothing_written() -> bool:
    tables = (Notice, NoticeSnapshot, NoticeTransition, NumberSeries)
    return not any(model.objects.exists() for model in tables) and not AuditEvent.objects.filter(
        action__startswith="notices."
    )


def trace(notice: Notice) -> tuple[Any, ...]:
    """Row, document, moves and log of a notice without what belongs to it alone."""
    own = {
        "id",
        "created_at",
        "published_at",
        "check_code",
        "verify_token",
        "number",
        "serial",
        "subject_key",
    }
    row = {
        f.attname: getattr(notice, f.attname) for f in Notice._meta.concrete_fields if f.attname not in own
    }
    document = {k: v for k, v in notice.snapshot.document.items() if k not in {"number", "subject"}}
    moves = list(
        NoticeTransition.objects.filter(notice=notice)
        .order_by("pk")
        .values_list("name", "source", "target", "actor_name", "comment")
    )
    events = AuditEvent.objects.filter(object_type="notices.notice", object_id=str(notice.pk)).order_by("pk")
    log = [
        (e.action, e.summary.replace(notice.number, "N"), e.before, sorted(e.after), e.village_code)
        for e in events
    ]
    return (
        row,
        document,
        moves,
        [(a, s.replace("第1份", "第份").replace("第2份", "第份"), *r) for a, s, *r in log],
    )


def test_it_is_the_same_as_step_by_step(place: Place, travel_to: Any) -> None:
    travel_to("2026-11-02 09:00")
    one, two = step_by_step(place, "a"), issued(place, "b")
    two.refresh_from_db()
    one.refresh_from_db()
    assert trace(two) == trace(one)
    assert (one.number, two.number) == ("板坑村公示〔2026〕1号", "板坑村公示〔2026〕2号")
    assert (two.draft, two.state, str(two.publicity_end)) == (None, "published", "2026-11-11")
    assert two.snapshot.previous_chain == one.snapshot.chain_digest
    assert verify_notices().intact
    frozen = AuditEvent.objects.get(action="notices.freeze_notice", object_id=str(two.pk))
    assert frozen.after["改用字体的字"].startswith("䶮（")


def test_again_it_is_the_notice_that_hangs(place: Place, travel_to: Any) -> None:
    travel_to("2026-11-02 09:00")
    first = issued(place)
    assert issued(place) == first
    assert Notice.objects.count() == NoticeSnapshot.objects.count() == 1
    with pytest.raises(ConflictError, match="已经以板坑村公示〔2026〕1号发布"):
        issued(place, content=sample_content(rows=7))
    assert NumberSeries.objects.get().last == 1


def test_a_draft_by_hand_is_rewritten_and_published(place: Place, travel_to: Any) -> None:
    travel_to("2026-11-02 09:00")
    draft = services.draft_notice(actor=place.cadre, **arguments(place, content=sample_content(rows=3)))
    notice = issued(place)
    assert (notice.pk, notice.number, notice.drafted_by_id) == (draft.pk, "板坑村公示〔2026〕1号", None)
    assert len(notice.snapshot.document["content"]["blocks"][1]["rows"]) == 6
    assert verify_notices().intact


def test_a_person_cannot_issue_alone(place: Place) -> None:
    with pytest.raises(RuleError, match="起草人不能发布"):
        services.issue_notice(actor=place.secretary, **arguments(place))
    with pytest.raises(AccessDenied):
        services.issue_notice(actor=place.stranger, **arguments(place))
    assert nothing_written()


def test_what_cannot_be_published_leaves_nothing(place: Place, travel_to: Any) -> None:
    travel_to("2026-11-02 09:00")
    with pytest.raises(InputError, match="公示内容不完整"):
        issued(place, content=sample_content(calculation=""))
    with pytest.raises(InputError, match="网页代码"):
        issued(place, content=sample_content(calculation="<script>"))
    travel_to("2026-12-31 23:59")
    with pytest.raises(CalendarUnknown):
        issued(place)
    assert nothing_written()


@pytest.mark.parametrize("step", ["numbered_document", "mark_public", "freeze", "transition", "record_many"])
def test_a_fault_at_any_step_leaves_no_number(
    place: Place, travel_to: Any, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    travel_to("2026-11-02 09:00")

    def fail(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(issuing, step, fail)
        with pytest.raises(OSError, match="No space"):
            issued(place)
    assert nothing_written()
    assert not ChainHead.objects.filter(position__gt=0).exists()
    assert issued(place).number == "板坑村公示〔2026〕1号"


def test_it_takes_few_statements(place: Place, travel_to: Any) -> None:
    travel_to("2026-11-02 09:00")
    issued(place, "first")  # profile, chain and calendar are there from now on
    with CaptureQueriesContext(
        connection,
    ) as queries:
        issued(place, "second")
    assert (
        len([q for q in queries if "SAVEPOINT" not in q["sql"]]) == 13
    )  # one borrows the township's telephone
