"""The gate, objections, posted evidence, corrections (BEY-3)."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from PIL import Image

from cogov.access.scope import SystemActor
from cogov.audit.models import AuditEvent
from cogov.common.errors import AccessDenied, InputError, RuleError, TransitionError
from notices import selectors, services
from notices.models import Notice, Objection, PostingEvidence
from notices.printing import content as model
from notices.services import publicity
from notices.services.terms import save_terms
from notices.services.verifying import verify_notices
from tests.factories.documents import sample_content
from tests.factories.notices import Place

Travel = Callable[[str], None]


@pytest.fixture
def notice(place: Place, travel_to: Travel) -> Notice:
    travel_to("2026-11-02 09:00")
    return publish(place)


def publish(place: Place) -> Notice:
    draft = services.draft_notice(
        actor=place.cadre,
        kind="points_list",
        village=place.village,
        period="2026-10",
        subject_key="s",
        content=sample_content(),
    )
    return services.publish_notice(actor=place.secretary, notice=draft)


def photo(kind: str = "JPEG") -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, kind)
    out.seek(0)
    return out


def is_open(**kw: Any) -> tuple[str, ...]:
    return services.gate(kind="points_list", subject_key="s", **kw).reasons


def test_the_gate_is_shut_before_publication(place: Place) -> None:
    assert is_open() == ("积分公示尚未发布",)
    with pytest.raises(RuleError, match="公示未完成"):
        services.require_gate(kind="points_list", subject_key="s")


def test_the_gate_opens_the_day_after_the_period(notice: Notice, travel_to: Travel) -> None:
    travel_to("2026-11-11 23:59")
    assert is_open() == ("板坑村公示〔2026〕1号的公示期到2026年11月11日才结束",)
    travel_to("2026-11-12 00:00")
    assert is_open() == ()
    assert services.require_gate(kind="points_list", subject_key="s") == notice


def test_an_open_objection_shuts_the_gate_until_answered(
    notice: Notice, place: Place, travel_to: Travel
) -> None:
    row = services.file_objection(actor=place.cadre, notice=notice, channel="counter", text="张三家少记5分")
    assert row.answer_due == date(2026, 11, 12)
    travel_to("2026-11-12 09:00")
    assert is_open() == ("板坑村公示〔2026〕1号有1件异议未答复",)
    services.answer_objection(actor=place.secretary, objection=row, answer="已核对，记分无误", upheld=False)
    assert is_open() == ()


def test_an_upheld_objection_asks_for_a_correction(notice: Notice, place: Place, travel_to: Travel) -> None:
    row = services.file_objection(
        actor=place.cadre, notice=notice, channel="telephone", text="少记5分", phone="13812345678"
    )
    services.answer_objection(actor=place.secretary, objection=row, answer="确应加5分", upheld=True)
    travel_to("2026-11-12 09:00")
    assert is_open() == ("板坑村公示〔2026〕1号的异议成立，须先发更正公示",)
    right = sample_content(rows=7)
    draft = services.draft_correction(actor=place.cadre, notice=notice, content=right, reason="张三户少记5分")
    correction = services.publish_notice(actor=place.secretary, notice=draft)
    notice.refresh_from_db()
    assert (notice.state, correction.state) == ("superseded", "published")
    document = correction.snapshot.document
    assert document["corrects"] == "板坑村公示〔2026〕1号"
    assert document["content"]["title"].startswith("更正：")
    table = document["content"]["blocks"][1]
    assert table["caption"] == "更正对照表"
    assert table["rows"] == [["板坑村2026年10月积分榜第7行", "（无）", "7、张三、3组、94"]]
    assert is_open() == ("板坑村公示〔2026〕2号的公示期到2026年11月23日才结束",)


def test_withdrawal_only_with_a_correcting_notice(notice: Notice, place: Place) -> None:
    draft = services.draft_correction(
        actor=place.cadre,
        notice=notice,
        content=sample_content(blocks=(model.Paragraph("不再执行。"),)),
        reason="数据有误",
        effect="withdraw",
    )
    notice.refresh_from_db()
    assert notice.state == "published"
    with pytest.raises(RuleError, match="已有一份更正"):
        services.draft_correction(actor=place.cadre, notice=notice, content=sample_content(), reason="再来")
    services.publish_notice(actor=place.secretary, notice=draft)
    notice.refresh_from_db()
    assert notice.state == "withdrawn"
    with pytest.raises(TransitionError):
        services.draft_correction(actor=place.cadre, notice=notice, content=sample_content(), reason="又来")


def test_evidence_is_asked_for_where_the_terms_say_so(place: Place, travel_to: Travel) -> None:
    travel_to("2026-11-02 09:00")
    save_terms(
        actor=place.clerk,
        instance=None,
        data={
            "township": place.township,
            "kind": "points_list",
            "objection_workdays": 7,
            "posting_days": 15,
            "needs_evidence": True,
        },
    )
    notice = publish(place)
    travel_to("2026-11-12 09:00")
    assert is_open() == ("板坑村公示〔2026〕1号没有张贴照片",)
    services.record_posting(
        actor=place.cadre, notice=notice, posted_on=date(2026, 11, 2), board="村委会公示栏", photo=photo()
    )
    assert is_open() == ()


@pytest.mark.parametrize(
    ("day", "data", "message"),
    [
        (date(2026, 11, 1), None, "张贴日期"),
        (date(2026, 11, 3), None, "张贴日期"),
        (date(2026, 11, 2), b"not a photo", "不是照片"),
        (date(2026, 11, 2), b"", "不是照片"),
    ],
)
def test_bad_evidence_is_refused_and_leaves_nothing(
    notice: Notice, place: Place, day: date, data: bytes | None, message: str
) -> None:
    file = photo() if data is None else io.BytesIO(data)
    with pytest.raises(InputError, match=message):
        services.record_posting(actor=place.cadre, notice=notice, posted_on=day, board="村委会", photo=file)
    assert not PostingEvidence.objects.exists()


@pytest.mark.parametrize("mutant", ["period", "objections"])
def test_the_gate_tests_fail_when_a_guard_is_taken_away(
    notice: Notice, place: Place, travel_to: Travel, monkeypatch: pytest.MonkeyPatch, mutant: str
) -> None:
    """Proof that the guard is what shuts the gate: without it the same situation lets through."""
    if mutant == "period":
        assert is_open()
        Notice.objects.filter(pk=notice.pk).update(publicity_end=None)
    else:
        row = services.file_objection(actor=place.cadre, notice=notice, channel="counter", text="少记")
        travel_to("2026-11-12 09:00")
        assert is_open()
        Objection.objects.filter(pk=row.pk).delete()
    assert is_open() == ()


@pytest.mark.parametrize(
    ("kw", "error"),
    [({"channel": "pigeon"}, InputError), ({"text": " "}, InputError), ({"text": "x" * 2001}, InputError)],
)
def test_bad_objections_are_refused(
    notice: Notice, place: Place, kw: dict[str, str], error: type[Exception]
) -> None:
    values = {"channel": "counter", "text": "少记5分", **kw}
    with pytest.raises(error):
        services.file_objection(actor=place.cadre, notice=notice, **values)
    assert not Objection.objects.exists()


def test_late_objections_are_refused_with_the_reason(notice: Notice, place: Place, travel_to: Travel) -> None:
    travel_to("2026-11-12 00:00")
    with pytest.raises(RuleError, match="公示期已于2026年11月11日结束"):
        services.file_objection(actor=place.cadre, notice=notice, channel="counter", text="少记5分")
    assert not Objection.objects.exists()


def test_objections_are_out_of_reach_of_others(notice: Notice, place: Place) -> None:
    for stranger in (place.stranger, place.auditor):
        with pytest.raises(AccessDenied):
            services.file_objection(actor=stranger, notice=notice, channel="counter", text="x")
    row = services.file_objection(actor=place.cadre, notice=notice, channel="counter", text="x")
    for stranger in (place.stranger, place.auditor, place.cadre):
        with pytest.raises(AccessDenied):
            services.answer_objection(actor=stranger, objection=row, answer="y", upheld=False)
    row.refresh_from_db()
    assert row.state == "open"


def test_an_answer_is_final(notice: Notice, place: Place) -> None:
    row = services.file_objection(actor=place.cadre, notice=notice, channel="counter", text="x")
    with pytest.raises(InputError):
        services.answer_objection(actor=place.secretary, objection=row, answer=" ", upheld=False)
    services.answer_objection(actor=place.secretary, objection=row, answer="无误", upheld=False)
    with pytest.raises(TransitionError):
        services.answer_objection(actor=place.secretary, objection=row, answer="改口", upheld=True)
    row.refresh_from_db()
    assert (row.upheld, row.answer) == (False, "无误")


@pytest.mark.parametrize(
    "change",
    [{"answer": "你的分记错了"}, {"upheld": True}, {"text": "多记五分"}],
    ids=["answer", "upheld", "text"],
)
def test_the_log_keeps_a_digest_of_the_answer(notice: Notice, place: Place, change: dict[str, Any]) -> None:
    """Nothing to read, and enough to see that question, answer or conclusion were changed afterwards."""
    rows = [
        services.file_objection(actor=place.cadre, notice=notice, channel="counter", text=text)
        for text in ("少记五分", "少记三分")
    ]
    for row, answer in zip(rows, ("核实无误", "已经补记"), strict=True):
        services.answer_objection(actor=place.secretary, objection=row, answer=answer, upheld=False)
    logged = AuditEvent.objects.filter(action="notices.answer_objection").earliest("pk")
    assert logged.after["结论"] == "不成立" and len(logged.after["答复摘要"]) == 64
    assert "核实无误" not in str(logged.after)
    assert verify_notices().intact
    Objection.objects.filter(pk=rows[0].pk).update(**change)
    assert "异议的答复与操作日志不符" in verify_notices().problems[-1]


def test_answers_that_changed_places_are_found(notice: Notice, place: Place) -> None:
    for text, answer in (("少记五分", "核实无误"), ("少记三分", "已经补记")):
        row = services.file_objection(actor=place.cadre, notice=notice, channel="counter", text=text)
        services.answer_objection(actor=place.secretary, objection=row, answer=answer, upheld=False)
    first, second = Objection.objects.order_by("pk")
    Objection.objects.filter(pk=first.pk).update(answer=second.answer)
    Objection.objects.filter(pk=second.pk).update(answer=first.answer)
    (problem,) = verify_notices().problems
    assert problem.startswith(notice.number) and problem.endswith("异议的答复与操作日志不符")


def test_the_photo_is_removed_when_the_row_cannot_be_written(
    notice: Notice, place: Place, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    from pathlib import Path

    def fail(**_: Any) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr(publicity, "record", fail)
    with pytest.raises(RuntimeError):
        services.record_posting(
            actor=place.cadre, notice=notice, posted_on=date(2026, 11, 2), board="村", photo=photo()
        )
    assert not PostingEvidence.objects.exists()
    assert not [p for p in Path(settings.MEDIA_ROOT).rglob("*") if p.is_file()]


def test_current_notices_are_those_still_on_the_board(
    notice: Notice, place: Place, travel_to: Travel
) -> None:
    assert list(selectors.current_notices(place.village)) == [notice]
    assert list(selectors.current_notices(place.other)) == []
    assert list(selectors.current_notices(place.village, date(2026, 11, 17))) == [notice]
    assert list(selectors.current_notices(place.village, date(2026, 11, 18))) == []
    township = services.draft_notice(
        actor=SystemActor("月结"),
        kind="red_list",
        township=place.township,
        period="2026-10",
        content=sample_content("全镇红榜"),
    )
    services.publish_notice(actor=SystemActor("月结"), notice=township)
    assert [n.title for n in selectors.current_notices(place.other)] == ["全镇红榜"]
    assert selectors.find_notice(kind="points_list", subject_key="s") == notice
    assert [n.pk for n in selectors.notices_of_period(code=place.village.code, period="2026-10")] == [
        notice.pk
    ]
    assert selectors.chain_head(place.village.code).position == 1
