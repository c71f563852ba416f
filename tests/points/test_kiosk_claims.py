"""农户自报: a household hands in what it did, others decide; a photo is used once, a form once, a day a few times."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cogov.audit.models import AuditEvent
from cogov.common.errors import ConflictError, RuleError
from points.models import PointsRecord, PointsRuleSet
from points.services.claims import DAYS_BACK, MOST_A_DAY, MOST_UNITS, submit_claim
from points.services.review import review_record
from tests.factories.kiosk import claimable_rules, with_pin
from tests.factories.market import PIN, key
from tests.factories.points import Setting, setting
from tests.factories.villages import SYSTEM
from tests.points.test_recording import scene
from tests.support.worlds import kept
from villages.services.cards import issue_card
from villages.services.pins import set_pin

pytestmark = pytest.mark.django_db
FLOWERS, CARE = "Z01", "Z02"


@kept
def claiming() -> Setting:
    made = setting()
    claimable_rules(made)
    return made


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    travel_to("2026-11-02 09:00")
    return claiming()


@pytest.fixture
def kiosk(place: Setting) -> Client:
    return visitor(place, 0)


def visitor(place: Setting, index: int) -> Client:
    """A browser with the card and PIN of a household."""
    card = issue_card(actor=place.secretary, household=place.households[index])
    return with_pin(set_pin(actor=place.secretary, card=card, pin=PIN, witness=place.cadre))


def send(client: Client, place: Setting, code: str = CARE, **changes: Any) -> Any:
    """Press "提交给村里审核"."""
    values = {"key": key(), "quantity": 1, "day": "2026-11-02"} | changes
    return client.post(f"/kiosk/claims/new/{place.rules[code].pk}/", values)


def claimed(place: Setting, index: int = 0, code: str = CARE, **changes: Any) -> PointsRecord:
    """The service itself."""
    values = {"quantity": 1, "occurred_on": dt.date(2026, 11, 2), "key": key()} | changes
    return submit_claim(actor=SYSTEM, household=place.households[index], code=code, **values)


def test_a_claim_goes_to_review_and_comes_back_with_what_became_of_it(place: Setting, kiosk: Client) -> None:
    page = kiosk.get("/kiosk/claims/new/").content.decode()
    assert ("庭院种花" in page, "照看孤寡老人" in page, "修路投工" in page) == (True, True, False)
    answer = send(kiosk, place, FLOWERS, quantity=2, day="2026-11-01", photo=scene())
    assert (answer.status_code, answer["Location"]) == (303, "/kiosk/claims/?sent")
    row = PointsRecord.objects.get()
    assert (row.household, row.rule.code, row.quantity, row.occurred_on) == (
        place.households[0],
        FLOWERS,
        2,
        dt.date(2026, 11, 1),
    )
    assert (row.source, row.state, row.recorder, row.recorder_name) == (
        "claim",
        "submitted",
        None,
        "001户（自助终端）",
    )
    assert (row.points, row.photo_doubt, row.photo.name.endswith(".jpg")) == (30, "", True)
    event = AuditEvent.objects.get(action="points.record_points")
    assert (event.actor_name, event.village_code) == ("001户（自助终端）", place.village.code)
    told = kiosk.get(answer["Location"]).content.decode()
    assert ("申报收到了" in told, "等村里审核" in told, "庭院种花 2 户次" in told) == (True, True, True)

    review_record(actor=place.secretary, record=row, decision="return", comment="照片看不清，请重拍")
    told = kiosk.get("/kiosk/claims/").content.decode()
    assert "退回了，请按下面的意见重新申报" in told
    assert "审核意见：照片看不清，请重拍" in told

    assert send(kiosk, place, FLOWERS, day="2026-11-01", photo=scene(seed=5)).status_code == 303
    row.refresh_from_db()
    again = PointsRecord.objects.exclude(pk=row.pk).get()
    assert (row.state, again.state) == ("withdrawn", "submitted")
    approved = review_record(actor=place.secretary, record=again, decision="approve")
    assert (approved.state, approved.points) == ("approved", 15)
    assert "审核通过，月底入账" in kiosk.get("/kiosk/claims/").content.decode()
    PointsRuleSet.objects.update(posting="publicity")
    assert "审核通过，公示期满入账" in kiosk.get("/kiosk/claims/").content.decode()


def test_the_same_form_sent_twice_is_one_claim(place: Setting, kiosk: Client) -> None:
    token = key()
    assert [send(kiosk, place, key=token).status_code for _ in range(2)] == [303, 303]
    assert PointsRecord.objects.count() == 1
    with pytest.raises(ConflictError, match="另一户"):
        claimed(place, 1, key=token)
    assert PointsRecord.objects.count() == 1


def test_the_same_deed_of_the_same_day_is_claimed_once(place: Setting, kiosk: Client) -> None:
    send(kiosk, place)
    again = send(kiosk, place)
    assert (again.status_code, "11月2日的“照看孤寡老人”您家已经申报过" in again.content.decode()) == (
        400,
        True,
    )
    assert PointsRecord.objects.count() == 1
    assert send(kiosk, place, day="2026-11-01").status_code == 303


@pytest.mark.parametrize(
    ("upload", "message"),
    [
        (
            SimpleUploadedFile("big.jpg", b"\xff\xd8" + bytes(30 * 1024 * 1024)),
            "照片太大（30 MB），请小于 10 MB",
        ),
        (SimpleUploadedFile("a.jpg", b"%PDF-1.7 not a picture"), "这个文件不是照片"),
        (SimpleUploadedFile("a.jpg", b""), "照片是空的，请重新拍"),
        ("", "“庭院种花”须有照片"),
    ],
    ids=["30MB", "pdf", "empty", "none"],
)
def test_what_is_no_photo_is_refused(place: Setting, kiosk: Client, upload: Any, message: str) -> None:
    if upload:
        upload.seek(0)
    answer = send(kiosk, place, FLOWERS, quantity=3, day="2026-11-01", photo=upload)
    html = answer.content.decode()
    assert (answer.status_code, message in html) == (400, True)
    assert 'value="3"' in html
    assert 'value="2026-11-01" checked' in html
    assert not PointsRecord.objects.exists()


def test_a_photo_is_used_once_by_a_household_and_doubted_at_another(place: Setting, kiosk: Client) -> None:
    send(kiosk, place, FLOWERS, photo=scene())
    again = send(kiosk, place, FLOWERS, day="2026-11-01", photo=scene())
    assert (again.status_code, "这张照片已经用在" in again.content.decode()) == (400, True)
    assert place.households[0].head_name not in again.content.decode(), "names are masked on the screen"
    assert PointsRecord.objects.count() == 1

    assert send(visitor(place, 1), place, FLOWERS, photo=scene()).status_code == 303
    first, second = PointsRecord.objects.order_by("pk")
    assert second.photo_doubt.startswith(f"照片与{first.household}第{first.pk}号登记")
    assert first.photo_doubt.startswith(f"照片与{second.household}第{second.pk}号登记")


def test_the_photo_of_a_returned_claim_may_be_handed_in_again(place: Setting, kiosk: Client) -> None:
    send(kiosk, place, FLOWERS, day="2026-10-31", photo=scene())
    review_record(
        actor=place.secretary, record=PointsRecord.objects.get(), decision="return", comment="日期不对"
    )
    assert send(kiosk, place, FLOWERS, day="2026-11-01", photo=scene()).status_code == 303
    assert list(PointsRecord.objects.order_by("pk").values_list("state", flat=True)) == [
        "withdrawn",
        "submitted",
    ]


def test_a_day_has_room_for_a_few_claims(
    place: Setting, kiosk: Client, travel_to: Callable[[str], None]
) -> None:
    for back in range(MOST_A_DAY):
        assert send(kiosk, place, day=f"{dt.date(2026, 11, 2) - dt.timedelta(days=back)}").status_code == 303
    over = send(kiosk, place, day="2026-10-25")
    assert (over.status_code, "今天已经申报 5 次，请明天再来" in over.content.decode()) == (400, True)
    travel_to("2026-11-01 09:00")
    with pytest.raises(RuleError, match="今天已经申报 5 次"):
        claimed(place, occurred_on=dt.date(2026, 10, 25))
    assert PointsRecord.objects.count() == MOST_A_DAY
    travel_to("2026-11-03 09:00")
    assert claimed(place, occurred_on=dt.date(2026, 10, 25)).state == "submitted"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"occurred_on": dt.date(2026, 11, 3)}, "发生日期不能晚于今天"),
        ({"occurred_on": dt.date(2026, 11, 2) - dt.timedelta(days=DAYS_BACK + 1)}, "只能申报最近 14 天的事"),
        ({"quantity": MOST_UNITS + 1}, "一次最多申报 20 次"),
        ({"quantity": 0}, "数量应在 1 到 1000 之间"),
        ({"code": "L01"}, "这件事现在不能自己申报"),
        ({"code": "D01"}, "这件事现在不能自己申报"),
        ({"code": "?"}, "这件事现在不能自己申报"),
    ],
)
def test_what_a_household_may_not_claim(place: Setting, changes: Any, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        claimed(place, **changes)
    assert not PointsRecord.objects.exists()


@pytest.mark.parametrize("changes", [{"quantity": "1.5"}, {"quantity": "-1"}, {"day": "x"}, {"key": ""}])
def test_a_form_that_was_bent_hands_nothing_in(place: Setting, kiosk: Client, changes: Any) -> None:
    assert send(kiosk, place, **changes).status_code == 400
    assert not PointsRecord.objects.exists()


def test_rules_for_staff_and_of_other_villages_have_no_page(place: Setting, kiosk: Client) -> None:
    other = setting(households=1)
    claimable_rules(other)
    for pk in (place.rules["L01"].pk, other.rules[CARE].pk, 999_999):
        assert kiosk.get(f"/kiosk/claims/new/{pk}/").status_code == 404
        assert kiosk.post(f"/kiosk/claims/new/{pk}/", {"key": key()}).status_code == 404
    assert not PointsRecord.objects.exists()


def test_the_rule_of_the_day_counts(travel_to: Callable[[str], None]) -> None:
    travel_to("2026-11-02 09:00")
    place = setting()
    claimable_rules(place, effective_from=dt.date(2026, 11, 1))
    with pytest.raises(RuleError, match="这件事现在不能自己申报"):
        claimed(place, occurred_on=dt.date(2026, 10, 31))
    assert claimed(place, occurred_on=dt.date(2026, 11, 1)).state == "submitted"


def test_a_visit_that_ended_in_the_middle_says_what_became_of_the_claim(
    place: Setting, kiosk: Client, travel_to: Callable[[str], None]
) -> None:
    token = key()
    send(kiosk, place, key=token)
    travel_to("2026-11-02 09:05")
    answers = [send(kiosk, place, key=token)["Location"], send(kiosk, place, day="2026-11-01")["Location"]]
    assert answers == ["/kiosk/?over=claimed", "/kiosk/?over=claim"]
    assert "刚才的申报没有提交" in kiosk.get(answers[1]).content.decode()
    assert PointsRecord.objects.count() == 1


def test_a_cancelled_household_claims_nothing(place: Setting, kiosk: Client) -> None:
    home = place.households[0]
    home.state, home.cancelled_on = "cancelled", dt.date(2026, 11, 1)
    home.save()
    assert send(kiosk, place)["Location"] == "/kiosk/?over=claim"
    with pytest.raises(RuleError, match="已经注销"):
        claimed(place)
    assert not PointsRecord.objects.exists()


def test_a_village_without_claimable_rules_says_so(travel_to: Callable[[str], None]) -> None:
    travel_to("2026-11-02 09:00")
    html = visitor(setting(), 0).get("/kiosk/claims/").content.decode()
    assert "村里的细则没有可以自己申报的事" in html
    assert "报一件做过的好事" not in html
