"""Publicity really blocks: each guard alone shuts the gate, and without it the gate would open (BEY-3)."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.core.management import call_command

from cogov.access.scope import SystemActor
from cogov.audit.models import AuditEvent
from cogov.common.errors import AccessDenied, RuleError
from cogov.desk import registry
from notices import contributions, kinds, services
from notices.models import Notice, Objection
from notices.services import publicity_gate as gates
from notices.services.corrections import changed_rows
from tests.factories.documents import sample_content
from tests.factories.notices import Place
from tests.factories.photos import photo_bytes

Travel = Callable[[str], None]
STRICT = kinds.NoticeKind("points_list", "积分公示", needs_evidence=True)
AFTER = "2026-11-12 09:00"
"""The day after the period of a notice of 2 November."""


@pytest.fixture
def notice(place: Place, travel_to: Travel, monkeypatch: pytest.MonkeyPatch) -> Notice:
    monkeypatch.setitem(kinds._kinds, "points_list", STRICT)
    travel_to("2026-11-02 09:00")
    draft = services.draft_notice(
        actor=place.cadre,
        kind="points_list",
        village=place.village,
        subject_key="s",
        content=sample_content(),
    )
    return services.publish_notice(actor=place.secretary, notice=draft)


def post(place: Place, notice: Notice, day: date = date(2026, 11, 2)) -> None:
    services.record_posting(
        actor=place.cadre, notice=notice, posted_on=day, board="村委会公示栏", photo=io.BytesIO(photo_bytes())
    )


def ask() -> tuple[str, ...]:
    return services.gate(kind="points_list", subject_key="s").reasons


def _running(place: Place, notice: Notice, travel_to: Travel) -> None:
    post(place, notice)
    travel_to("2026-11-11 23:59")


def _unposted(place: Place, notice: Notice, travel_to: Travel) -> None:
    travel_to(AFTER)


def _waiting(place: Place, notice: Notice, travel_to: Travel) -> None:
    post(place, notice)
    services.file_objection(actor=place.cadre, notice=notice, channel="paper", text="少记5分")
    travel_to(AFTER)


def _upheld(place: Place, notice: Notice, travel_to: Travel) -> None:
    post(place, notice)
    row = services.file_objection(actor=place.cadre, notice=notice, channel="kiosk", text="少记5分")
    services.answer_objection(actor=place.secretary, objection=row, answer="属实", upheld=True)
    travel_to(AFTER)


def _correcting(place: Place, notice: Notice, travel_to: Travel) -> None:
    post(place, notice)
    travel_to(AFTER)
    services.draft_correction(actor=place.cadre, notice=notice, content=sample_content(rows=5), reason="笔误")


SITUATIONS = [
    (_running, gates._period_over, "公示期到2026年11月11日才结束"),
    (_unposted, gates._evidence_kept, "没有张贴照片"),
    (_waiting, gates._answered, "有1件异议未答复"),
    (_upheld, gates._none_upheld, "异议成立，须先发更正公示"),
    (_correcting, gates._no_correction_pending, "正在更正"),
]


@pytest.mark.parametrize(("arrange", "guard", "message"), SITUATIONS)
def test_each_guard_alone_shuts_the_gate(
    place: Place,
    notice: Notice,
    travel_to: Travel,
    monkeypatch: pytest.MonkeyPatch,
    arrange: Callable[[Place, Notice, Travel], None],
    guard: gates.Guard,
    message: str,
) -> None:
    arrange(place, notice, travel_to)
    assert ask() == (f"板坑村公示〔2026〕1号{message}",) or message in ask()[0]
    with pytest.raises(RuleError, match="公示未完成"):
        services.require_gate(kind="points_list", subject_key="s")
    monkeypatch.setattr(gates, "GUARDS", tuple(g for g in gates.GUARDS if g is not guard))
    assert ask() == ()
    assert services.require_gate(kind="points_list", subject_key="s") == notice


def test_a_late_posting_moves_the_end(place: Place, notice: Notice, travel_to: Travel) -> None:
    travel_to("2026-11-06 09:00")
    post(place, notice, date(2026, 11, 6))
    assert services.objections_until(notice) == date(2026, 11, 17)
    travel_to("2026-11-17 23:59")
    assert ask() == ("板坑村公示〔2026〕1号的公示期到2026年11月17日才结束",)
    assert services.is_open_for_objections(notice)
    row = services.file_objection(actor=place.cadre, notice=notice, channel="counter", text="少记5分")
    services.answer_objection(actor=place.secretary, objection=row, answer="无误", upheld=False)
    travel_to("2026-11-18 00:00")
    assert ask() == ()
    assert not services.is_open_for_objections(notice)


def test_an_unposted_notice_stays_open_for_objections(
    place: Place, notice: Notice, travel_to: Travel
) -> None:
    travel_to("2026-12-20 09:00")
    assert services.is_open_for_objections(notice)
    assert services.file_objection(actor=place.cadre, notice=notice, channel="counter", text="没见过公示").pk


def test_a_withdrawn_subject_must_be_publicised_again(
    place: Place, notice: Notice, travel_to: Travel
) -> None:
    draft = services.draft_correction(
        actor=place.cadre, notice=notice, content=sample_content(), reason="作废", effect="withdraw"
    )
    services.publish_notice(actor=place.secretary, notice=draft)
    travel_to("2027-01-20 09:00")
    assert ask() == ("板坑村公示〔2026〕1号已撤回，须重新公示",)
    travel_to("2026-12-01 09:00")
    again = services.draft_notice(
        actor=place.cadre,
        kind="points_list",
        village=place.village,
        subject_key="s",
        content=sample_content(),
    )
    again = services.publish_notice(actor=place.secretary, notice=again)
    post(place, again, date(2026, 12, 1))
    assert ask() == ("板坑村公示〔2026〕3号的公示期到2026年12月10日才结束",)


def test_a_disclosure_hangs_at_least_fifteen_days() -> None:
    with pytest.raises(ValueError, match="15 days"):
        kinds.NoticeKind("x", "公开", posting_days=14, disclosure=True)
    assert kinds.NoticeKind("x", "公开", posting_days=15, disclosure=True).posting_days == 15


# -- overdue objections ---------------------------------------------------------------------------


def test_overdue_objections_go_to_the_township_once(place: Place, notice: Notice, travel_to: Travel) -> None:
    row = services.file_objection(actor=place.cadre, notice=notice, channel="paper", text="少记5分")
    travel_to("2026-11-12 23:59")
    assert services.escalate_overdue(actor=SystemActor("督办")) == 0
    assert contributions._overdue(place.clerk) == []
    travel_to("2026-11-13 00:00")
    assert [item.title for item in contributions._overdue(place.clerk)] == ["督办：板坑村的异议逾期1天未答复"]
    assert contributions._overdue(place.secretary) == []
    call_command("escalate_objections")
    assert services.escalate_overdue(actor=SystemActor("督办")) == 0
    row.refresh_from_db()
    assert row.escalated_at is not None
    assert AuditEvent.objects.filter(action="notices.escalate_objection").count() == 1
    services.answer_objection(actor=place.secretary, objection=row, answer="无误", upheld=False)
    assert contributions._overdue(place.clerk) == []


def test_a_village_cannot_escalate_for_the_township(place: Place, notice: Notice, travel_to: Travel) -> None:
    services.file_objection(actor=place.cadre, notice=notice, channel="paper", text="少记5分")
    travel_to("2026-11-20 09:00")
    with pytest.raises(AccessDenied):
        services.escalate_overdue(actor=place.secretary)
    assert not Objection.objects.filter(escalated_at__isnull=False).exists()


def test_what_is_not_posted_is_on_the_list_of_the_village(place: Place, notice: Notice) -> None:
    assert [item.title for item in contributions._to_post(place.cadre)] == [
        "请张贴并登记照片：板坑村公示〔2026〕1号"
    ]
    assert contributions._to_post(place.stranger) == []
    post(place, notice)
    assert contributions._to_post(place.cadre) == []


def test_the_list_of_objections_says_overdue(
    client: Any, place: Place, notice: Notice, travel_to: Travel
) -> None:
    services.file_objection(actor=place.cadre, notice=notice, channel="paper", text="少记5分")
    travel_to("2026-11-13 09:00")
    client.force_login(place.clerk, backend="cogov.access.backends.DutyBackend")
    page = client.get("/admin/notices/objection/?overdue=1").content.decode()
    assert "逾期未答复" in page
    assert "objections_overdue" in {source.code for source in registry.todos}


def test_the_photo_is_shown_to_those_in_scope_only(client: Any, place: Place, notice: Notice) -> None:
    post(place, notice)
    url = f"/admin/notices/notice/{notice.pk}/photo/{notice.evidence.get().pk}/"
    client.force_login(place.cadre, backend="cogov.access.backends.DutyBackend")
    answer = client.get(url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert b"".join(answer.streaming_content) == photo_bytes()
    client.force_login(place.stranger, backend="cogov.access.backends.DutyBackend")
    assert client.get(url).status_code == 404


# -- old against new ------------------------------------------------------------------------------


def test_a_row_put_in_does_not_count_all_below_as_changed() -> None:
    old = sample_content(rows=5)
    table = old.blocks[1]
    rows = (table.rows[0], ("新", "赵六", "1组", "99"), *table.rows[1:4], ("5", "雷昇", "1组", "60"))
    new = replace(
        old, title="更名", blocks=(old.blocks[0], replace(table, rows=rows)), calculation="另算", basis=()
    )
    assert changed_rows(old, new) == (
        ("标题", old.title, "更名"),
        ("依据", "《板坑村积分制管理办法》第三条", "（删去）"),
        ("计算办法", old.calculation, "另算"),
        ("板坑村2026年10月积分榜第2行", "（无）", "新、赵六、1组、99"),
        ("板坑村2026年10月积分榜第6行", "5、雷昇、1组、96", "5、雷昇、1组、60"),
    )
    assert changed_rows(old, old) == ()


def test_a_name_that_a_correction_strikes_out_is_masked_in_public(
    client: Any, place: Place, notice: Notice
) -> None:
    draft = services.draft_correction(
        actor=place.cadre, notice=notice, content=sample_content(rows=5), reason="删去一户"
    )
    correction = services.publish_notice(actor=place.secretary, notice=draft)
    assert "6、汪堃祎" in str(correction.snapshot.document)
    page = client.get(f"/v/{correction.verify_token}/").content.decode()
    assert "汪堃祎" not in page
    assert "6、汪*祎" in page
