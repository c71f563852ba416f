from __future__ import annotations

import io
import json

import pytest
from django.core.management import call_command
from django.db import connection

from cogov.access.scope import SystemActor
from cogov.audit import guards, seals
from cogov.audit.models import AuditEvent, Seal
from cogov.audit.services import record

ACTOR = SystemActor("测试")
TOWNSHIP = "421223101"


def write(count: int, township: str = TOWNSHIP) -> list[AuditEvent]:
    return [
        record(actor=ACTOR, action="test.do", summary=f"第{n}件", township_code=township)
        for n in range(count)
    ]


@pytest.fixture
def sealed(db: None) -> list[AuditEvent]:
    events = write(3)
    seals.seal_township(TOWNSHIP)
    events += write(2)
    seals.seal_township(TOWNSHIP)
    return events


def test_ranges_name_ids_compactly() -> None:
    assert seals.ranges([1, 2, 3, 7, 9, 10]) == "1-3,7,9-10"
    assert list(seals.expand("1-3,7,9-10")) == [1, 2, 3, 7, 9, 10]
    assert seals.ranges([]) == ""
    assert list(seals.expand("")) == []


def test_seals_are_chained_and_hold(sealed: list[AuditEvent]) -> None:
    first, second = Seal.objects.filter(township_code=TOWNSHIP)
    assert (first.number, first.row_count, second.number, second.row_count) == (1, 3, 2, 2)
    assert second.previous_head == first.head
    assert seals.verify_all() == []


def test_nothing_new_makes_no_seal(sealed: list[AuditEvent]) -> None:
    seals.seal_township(TOWNSHIP)
    assert Seal.objects.count() == 2


def test_townships_are_sealed_apart(db: None) -> None:
    write(2)
    write(3, "421223102")
    made = seals.seal_everything()
    assert [(seal.township_code, seal.row_count) for seal in made] == [(TOWNSHIP, 2), ("421223102", 3)]


def test_a_changed_row_is_named(sealed: list[AuditEvent]) -> None:
    with guards.suspended(connection):
        AuditEvent.objects.filter(pk=sealed[1].pk).update(summary="改了")
    assert str(seals.verify_all()[0]) == f"操作日志 #{sealed[1].pk}：内容与当时的摘要不符，已被改动"


def test_a_change_that_also_forges_the_row_digest_is_caught_by_the_seal(sealed: list[AuditEvent]) -> None:
    forged = AuditEvent.objects.get(pk=sealed[1].pk)
    forged.summary = "改了"
    with guards.suspended(connection):
        AuditEvent.objects.filter(pk=forged.pk).update(
            summary=forged.summary, digest=forged.computed_digest()
        )
    assert [str(fault) for fault in seals.verify_all()] == [f"{TOWNSHIP} 第1号封存：所封存的行被改动"]


def test_a_removed_row_is_named(sealed: list[AuditEvent]) -> None:
    gone = sealed[3].pk
    with guards.suspended(connection):
        AuditEvent.objects.filter(pk=gone).delete()
    assert str(seals.verify_all()[0]) == f"操作日志 #{gone}：已从账上消失（{TOWNSHIP} 第2号封存）"


def test_a_removed_seal_breaks_the_chain(sealed: list[AuditEvent]) -> None:
    with guards.suspended(connection):
        Seal.objects.filter(number=1).delete()
    assert "与上一号封存接不上" in [fault.message for fault in seals.verify_all()]


def test_the_command_exits_non_zero_and_names_the_first_bad_row(sealed: list[AuditEvent]) -> None:
    out = io.StringIO()
    call_command("verify_audit", "--json", stdout=out)
    assert json.loads(out.getvalue())["ok"] is True
    with guards.suspended(connection):
        AuditEvent.objects.filter(pk=sealed[0].pk).update(comment="补记")
    out = io.StringIO()
    with pytest.raises(SystemExit) as stop:
        call_command("verify_audit", "--json", stdout=out)
    assert stop.value.code == 1
    assert json.loads(out.getvalue())["first_bad"].startswith(f"操作日志 #{sealed[0].pk}")


def test_a_head_on_the_wall_is_found_again(sealed: list[AuditEvent]) -> None:
    """What the month's bulletin prints of the seals (BEY-2)."""
    head = Seal.objects.get(township_code=TOWNSHIP, number=2).head[:32]
    out = io.StringIO()
    call_command("verify_audit", "--head", head.upper(), "--json", stdout=out)
    assert json.loads(out.getvalue())["head"] == f"{TOWNSHIP} 第2号封存"
    for wrong in ("0" * 32, head[:15]):
        out = io.StringIO()
        with pytest.raises(SystemExit):
            call_command("verify_audit", "--head", wrong, "--json", stdout=out)
        told = json.loads(out.getvalue())
        assert (told["ok"], told["head"]) == (False, "")
        assert told["first_bad"].startswith(wrong)
