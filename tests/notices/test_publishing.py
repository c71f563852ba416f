"""Numbering, freeze, digest, chain, two pairs of eyes (NTC-2, BEY-2)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections

from cogov.access.scope import SystemActor
from cogov.audit import guards
from cogov.audit.models import AuditEvent
from cogov.common.canonical import digest
from cogov.common.errors import AccessDenied, ConflictError, InputError, RuleError, TransitionError
from cogov.common.workdays import CalendarUnknown
from notices import services
from notices.models import Notice, NoticeSnapshot, NoticeTransition, NumberSeries
from notices.services.verifying import verify_notices
from tests.factories.documents import sample_content, sample_poster
from tests.factories.notices import Place, make_place

JOB = SystemActor("月结任务")


def drafted(place: Place, subject: str = "2026-10", **kw: Any) -> Notice:
    kw.setdefault("content", sample_content())
    return services.draft_notice(
        actor=place.cadre,
        kind="points_list",
        village=place.village,
        period="2026-10",
        subject_key=subject,
        **kw,
    )


def published(place: Place, subject: str = "2026-10", **kw: Any) -> Notice:
    return services.publish_notice(actor=place.secretary, notice=drafted(place, subject, **kw))


def test_a_notice_is_numbered_frozen_and_dated(place: Place, travel_to: Any) -> None:
    travel_to("2026-11-02 09:00")
    notice = published(place)
    notice.refresh_from_db()
    assert notice.number == "板坑村公示〔2026〕1号"
    assert notice.state == "published"
    assert notice.draft is None
    assert (str(notice.publicity_start), str(notice.publicity_end)) == ("2026-11-02", "2026-11-11")
    assert str(notice.posting_until) == "2026-11-17"
    frozen = notice.snapshot
    assert frozen.content_digest == digest(frozen.document)
    assert frozen.document["content"]["signer"] == "沙坪镇板坑村村民委员会"
    assert frozen.position == 1
    moves = list(NoticeTransition.objects.filter(notice=notice).values_list("source", "target"))
    assert moves == [("", "draft"), ("draft", "checked"), ("checked", "published")]
    assert AuditEvent.objects.filter(action="notices.publish_notice", object_id=str(notice.pk)).count() == 1


def test_numbers_run_per_issuer_and_series(place: Place, travel_to: Any) -> None:
    travel_to("2026-11-02 09:00")
    numbers = [published(place, f"s{i}").number for i in range(3)]
    assert numbers == [f"板坑村公示〔2026〕{i}号" for i in (1, 2, 3)]
    township = services.draft_notice(
        actor=JOB,
        kind="monthly_report",
        township=place.township,
        period="2026-10",
        content=sample_content("沙坪镇月报"),
    )
    assert services.publish_notice(actor=JOB, notice=township).number == "沙政月报〔2026〕1号"


def test_a_new_year_begins_at_one(place: Place, travel_to: Any) -> None:
    travel_to("2025-12-01 23:59")
    assert published(place, "a").number == "板坑村公示〔2025〕1号"
    travel_to("2026-01-05 00:00")
    assert published(place, "b").number == "板坑村公示〔2026〕1号"


def test_an_unpublished_holiday_year_stops_publication_and_takes_no_number(
    place: Place, travel_to: Any
) -> None:
    travel_to("2026-12-31 23:59")
    notice = drafted(place)
    with pytest.raises(CalendarUnknown):
        services.publish_notice(actor=place.secretary, notice=notice)
    notice.refresh_from_db()
    assert (notice.state, notice.number) == ("draft", "")
    assert not NumberSeries.objects.exists()
    assert not NoticeSnapshot.objects.exists()


def test_the_drafter_cannot_publish(place: Place) -> None:
    notice = services.draft_notice(
        actor=place.secretary,
        kind="points_list",
        village=place.village,
        subject_key="x",
        content=sample_content(),
    )
    with pytest.raises(RuleError, match="起草人不能发布"):
        services.publish_notice(actor=place.secretary, notice=notice)
    notice.refresh_from_db()
    assert notice.state == "draft"


def test_another_village_is_out_of_reach(place: Place) -> None:
    notice = drafted(place)
    for call in (services.publish_notice, services.check_notice):
        with pytest.raises(AccessDenied):
            call(actor=place.stranger, notice=notice)
    with pytest.raises(AccessDenied):
        services.draft_notice(
            actor=place.stranger,
            kind="points_list",
            village=place.village,
            subject_key="y",
            content=sample_content(),
        )
    notice.refresh_from_db()
    assert notice.state == "draft"
    assert Notice.objects.count() == 1


def test_an_auditor_changes_nothing(place: Place) -> None:
    notice = drafted(place)
    with pytest.raises(AccessDenied):
        services.publish_notice(actor=place.auditor, notice=notice)
    notice.refresh_from_db()
    assert notice.state == "draft"


def test_publishing_twice_is_a_transition_error(place: Place, travel_to: Any) -> None:
    travel_to("2026-11-02 09:00")
    notice = published(place)
    with pytest.raises(TransitionError):
        services.publish_notice(actor=place.clerk, notice=notice)
    assert NoticeSnapshot.objects.count() == 1


def test_drafting_again_rewrites_the_draft_and_keeps_one(place: Place) -> None:
    first = drafted(place)
    again = drafted(place, content=sample_content("另一个标题"))
    assert first.pk == again.pk
    assert Notice.objects.get().title == "另一个标题"


def test_a_repeated_close_finds_the_published_notice(place: Place, travel_to: Any) -> None:
    travel_to("2026-11-02 09:00")
    notice = published(place, poster=sample_poster())
    assert drafted(place, poster=sample_poster()).pk == notice.pk
    with pytest.raises(ConflictError, match="更正公示"):
        drafted(place, content=sample_content("改过的标题"))
    assert Notice.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "missing"),
    [({"basis": ()}, "公示依据"), ({"calculation": ""}, "计算办法")],
)
def test_required_parts_are_checked_before_publication(
    place: Place, changes: dict[str, Any], missing: str
) -> None:
    notice = drafted(place, content=sample_content(**changes))
    with pytest.raises(InputError, match=missing):
        services.publish_notice(actor=place.secretary, notice=notice)
    notice.refresh_from_db()
    assert (notice.state, notice.number) == ("draft", "")


def test_a_character_without_glyph_is_named(place: Place) -> None:
    with pytest.raises(InputError, match="U\\+2A6D6"):
        drafted(place, content=sample_content("关于\U0002a6d6的公示"))
    assert not Notice.objects.exists()


def test_published_content_cannot_be_changed(place: Place, travel_to: Any) -> None:
    travel_to("2026-11-02 09:00")
    notice = published(place)
    for change in (
        lambda: NoticeSnapshot.objects.update(content_digest="0"),
        lambda: NoticeSnapshot.objects.all().delete(),
        lambda: NoticeTransition.objects.update(comment="x"),
    ):
        refused(change)
    assert NoticeSnapshot.objects.get(notice=notice).content_digest != "0"


def refused(change: Any) -> None:
    from django.db import DatabaseError, transaction

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        change()


def test_the_chain_links_one_notice_to_the_next(place: Place, travel_to: Any) -> None:
    travel_to("2026-11-02 09:00")
    one, two = published(place, "a").snapshot, published(place, "b").snapshot
    assert (one.previous_chain, two.previous_chain) == ("", one.chain_digest)
    assert verify_notices().intact


@pytest.mark.django_db(transaction=True)
def test_every_tampering_is_found_and_the_first_bad_notice_named(travel_to: Any) -> None:
    place = make_place()
    travel_to("2026-11-02 09:00")
    rows = [published(place, f"s{i}").snapshot for i in range(4)]
    assert verify_notices().intact
    changes: list[tuple[str, dict[str, Any]]] = [
        (
            "内容与摘要不符",
            {"document": {**rows[1].document, "number": rows[1].document["number"], "subject": "别的"}},
        ),
        ("链首与内容摘要不符", {"content_digest": "0" * 64}),
        ("链首", {"chain_digest": "1" * 64}),
        ("上一份", {"previous_chain": "2" * 64}),
        ("存档行", {"verify_url": "https://elsewhere"}),
    ]
    for expected, values in changes:
        original = {name: getattr(rows[1], name) for name in values}
        with guards.suspended(connection):
            NoticeSnapshot.objects.filter(pk=rows[1].pk).update(**values)
        result = verify_notices()
        assert not result.intact
        assert "板坑村公示〔2026〕2号" in result.problems[0]
        assert any(expected in problem for problem in result.problems), (expected, result.problems)
        with guards.suspended(connection):
            NoticeSnapshot.objects.filter(pk=rows[1].pk).update(**original)
    for values in (
        {"title": "改"},
        {"number": "改"},
        {"publicity_end": "2026-11-03"},
        {"check_code": "A" * 12},
    ):
        original = {name: getattr(Notice.objects.get(pk=rows[2].notice_id), name) for name in values}
        Notice.objects.filter(pk=rows[2].notice_id).update(**values)
        assert "2026〕3号" in verify_notices().problems[0]
        Notice.objects.filter(pk=rows[2].notice_id).update(**original)
    with guards.suspended(connection):
        NoticeSnapshot.objects.filter(pk=rows[3].pk).delete()
    assert not verify_notices().intact


@pytest.mark.django_db(transaction=True)
@pytest.mark.pg_only
def test_two_dozen_at_once_get_numbers_without_gap_or_double(travel_to: Any) -> None:
    place = make_place()
    notices = [drafted(place, f"s{i}") for i in range(24)]
    services.issuer_profile(township=place.township, village=place.village)

    def publish(notice: Notice) -> str:
        try:
            return services.publish_notice(actor=place.secretary, notice=notice).number
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(publish, notices))
    assert sorted(int(n.split("〕")[1][:-1]) for n in numbers) == list(range(1, 25))
    assert verify_notices().intact


@pytest.mark.django_db(transaction=True)
@pytest.mark.pg_only
def test_one_notice_published_by_two_at_once_is_published_once() -> None:
    place = make_place()
    notice = drafted(place)

    def publish(actor: Any) -> str:
        try:
            return services.publish_notice(actor=actor, notice=notice).number
        except TransitionError:
            return ""
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        numbers = list(pool.map(publish, [place.secretary, place.clerk]))
    assert sorted(numbers) == ["", "板坑村公示〔2026〕1号"]
    assert NumberSeries.objects.get().last == 1
