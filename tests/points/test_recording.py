"""Recording and review: who may, what is refused, and that a refusal changes nothing."""

from __future__ import annotations

import datetime as dt
import io
import random
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from cogov.access.roles import Role
from cogov.audit.models import AuditEvent
from cogov.common.errors import AccessDenied, ConflictError, InputError, RuleError, TransitionError
from points.models import PointsRecord
from points.services import recording
from points.services.own_records import submit_record, withdraw_record
from points.services.recording import record_points
from points.services.review import review_record, review_records
from tests.factories.access import user_with
from tests.factories.points import Setting, published_rules, setting
from villages.models import StaffResident

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    travel_to("2026-11-02 09:00")
    return setting()


def picture(colour: str = "red", size: tuple[int, int] = (40, 30)) -> SimpleUploadedFile:
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, "JPEG")
    return SimpleUploadedFile("photo.jpg", target.getvalue(), "image/jpeg")


def scene(*, size: tuple[int, int] = (1200, 900), quality: int = 90, seed: int = 1) -> SimpleUploadedFile:
    """A picture with something on it: twelve by nine patches of grey, the same for the same seed."""
    rng = random.Random(seed)  # noqa: S311 - a test picture
    small = Image.new("L", (12, 9))
    small.putdata([rng.randrange(256) for _ in range(108)])
    target = io.BytesIO()
    small.convert("RGB").resize(size, Image.Resampling.BICUBIC).save(target, "JPEG", quality=quality)
    return SimpleUploadedFile("photo.jpg", target.getvalue(), "image/jpeg")


def test_same_source_key_gives_the_same_record(place: Setting) -> None:
    first = place.record(source_key="claim:7")
    assert place.record(source_key="claim:7").pk == first.pk
    assert PointsRecord.objects.count() == 1


def test_recorder_cannot_approve_his_own(place: Setting) -> None:
    row = place.record()
    events = AuditEvent.objects.count()
    with pytest.raises(RuleError, match="登记人不能审核自己登记的积分"):
        review_record(actor=place.cadre, record=row, decision="approve")
    row.refresh_from_db()
    assert (row.state, row.reviewer) == ("submitted", None)
    assert AuditEvent.objects.count() == events


def test_stranger_cannot_review(place: Setting) -> None:
    row = place.record()
    other = setting(households=1)
    for actor in (other.secretary, user_with(Role.AUDITOR, place.village.code)):
        with pytest.raises(AccessDenied):
            review_record(actor=actor, record=row, decision="approve")
    row.refresh_from_db()
    assert row.state == "submitted"


@pytest.mark.parametrize("relative", [False, True])
def test_interest_is_flagged_and_bars_approval(place: Setting, relative: bool) -> None:
    own = place.households[1] if relative else place.households[0]
    staff = StaffResident.objects.create(user=place.secretary, resident=own.head)
    if relative:
        staff.relatives.add(place.households[0])
    row = place.record(0)
    with pytest.raises(RuleError, match="有利害关系，须回避"):
        review_record(actor=place.secretary, record=row, decision="approve")
    row.refresh_from_db()
    assert row.state == "submitted"
    assert review_record(actor=place.other, record=row, decision="approve").state == "approved"


def test_recorders_own_household_is_marked_on_the_record(place: Setting) -> None:
    StaffResident.objects.create(user=place.cadre, resident=place.households[0].head)
    assert place.record(0).interest == "这是经办人自己的户"
    assert place.record(1).interest == ""


def test_batch_approves_what_it_can_and_says_why_not(place: Setting) -> None:
    rows = [place.record(0, "E01", 3), place.record(0, "E01", 3), place.record(1, actor=place.secretary)]
    withdraw = place.record(2)
    withdraw_record(actor=place.cadre, record=withdraw)

    outcome = review_records(actor=place.secretary, records=[*rows, withdraw], decision="approve")

    assert (outcome.done, outcome.points) == (2, 20)
    assert [(row.pk, reason[:5]) for row, reason in outcome.refused] == [
        (rows[2].pk, "登记人不能"),
        (withdraw.pk, "当前状态是"),
    ]
    points = PointsRecord.objects.filter(rule__code="E01").order_by("pk").values_list("points", flat=True)
    assert list(points) == [15, 5]


def test_batch_review_of_500_takes_few_queries(place: Setting, django_assert_max_num_queries: object) -> None:
    from points.services.recording import preview

    rows = [
        PointsRecord(
            village=place.village,
            household=place.households[n % 4],
            rule=place.rules["L01"],
            quantity=1,
            occurred_on=dt.date(2026, 10, 1 + n % 28),
            period="2026-10",
            source_key=f"bulk:{n}",
            state="submitted",
            recorder=place.cadre,
            recorder_name="陈干事",
        )
        for n in range(500)
    ]
    preview(rows)
    PointsRecord.objects.bulk_create(rows)
    with django_assert_max_num_queries(30):  # type: ignore[operator]
        outcome = review_records(
            actor=place.secretary, records=PointsRecord.objects.all(), decision="approve"
        )
    assert (outcome.done, outcome.points) == (500, 10_000)


def test_caps_count_across_rule_versions(place: Setting) -> None:
    place.approved(0, "E01", 3, occurred_on=dt.date(2026, 10, 3))
    newer = published_rules(
        place.village, drafter=place.cadre, publisher=place.secretary, effective_from=dt.date(2026, 10, 10)
    )
    rule = newer.rules.select_related("rule_set").get(code="E01")
    row = record_points(
        actor=place.cadre,
        household=place.households[0],
        rule=rule,
        quantity=3,
        occurred_on=dt.date(2026, 10, 20),
    )
    assert (row.points, row.steps[-1]) == (5, "本月上限 20 分，已得 15 分，计 5 分")
    with pytest.raises(RuleError, match="不属于2026年10月20日有效的积分细则"):
        place.record(0, "E01", 1, occurred_on=dt.date(2026, 10, 20))


def test_return_needs_a_reason_and_can_be_handed_in_again(place: Setting) -> None:
    row = place.record()
    with pytest.raises(RuleError, match="须写明理由"):
        review_record(actor=place.secretary, record=row, decision="return", comment=" ")
    review_record(actor=place.secretary, record=row, decision="return", comment="缺照片")
    row.refresh_from_db()
    assert (row.state, row.comment) == ("returned", "缺照片")
    with pytest.raises(TransitionError, match="不能审核通过"):
        review_record(actor=place.secretary, record=row, decision="approve")
    assert submit_record(actor=place.cadre, record=row).state == "submitted"


def test_approval_of_an_approved_record_is_refused(place: Setting) -> None:
    row = place.approved()
    with pytest.raises(TransitionError, match="当前状态是“已审核”"):
        review_record(actor=place.other, record=row, decision="approve")
    row.refresh_from_db()
    assert row.reviewer == place.secretary


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"quantity": 0}, "数量应在"),
        ({"quantity": -2}, "数量应在"),
        ({"quantity": 1.5}, "数量应为整数"),
        ({"occurred_on": dt.date(2026, 11, 3)}, "不能晚于今天"),
        ({"occurred_on": dt.date(2025, 10, 1)}, "已超过一年"),
    ],
)
def test_bad_deeds_are_refused(place: Setting, changes: dict[str, object], message: str) -> None:
    with pytest.raises(RuleError, match=message):
        place.record(0, "L01", **changes)  # type: ignore[arg-type]
    assert not PointsRecord.objects.exists()


def test_cancelled_household_gets_no_points(place: Setting) -> None:
    home = place.households[0]
    home.state, home.cancelled_on = "cancelled", dt.date(2026, 11, 1)
    home.save()
    with pytest.raises(RuleError, match="已经注销"):
        place.record(0)
    assert not PointsRecord.objects.exists()


def test_recording_elsewhere_is_denied(place: Setting) -> None:
    other = setting(households=1)
    with pytest.raises(AccessDenied):
        place.record(0, actor=other.cadre)
    assert not PointsRecord.objects.exists()


def test_photo_is_stripped(place: Setting) -> None:
    row = place.record(photo=picture(size=(2000, 1000)))
    with row.photo.open() as stream, Image.open(stream) as stored:
        assert (stored.format, stored.size, stored.getexif()) == ("JPEG", (1600, 800), {})


def test_a_household_uses_a_photo_once(place: Setting) -> None:
    row = place.record(0, photo=scene())
    with pytest.raises(ConflictError) as refusal:
        place.record(0, "E01", photo=scene())
    assert refusal.value.message == (
        f"这张照片已经用在{row.household}的另一条登记里：第{row.pk}号，2026年10月12日，修路投工，待审核。请另拍一张"
    )
    assert PointsRecord.objects.count() == 1


def test_another_households_photo_is_taken_and_told_to_both_reviewers(place: Setting) -> None:
    first = place.record(0, photo=scene())
    second = place.record(1, "E01", photo=scene())
    assert (
        second.photo_doubt == f"照片与{first.household}第{first.pk}号登记（2026年10月12日，修路投工）的相同"
    )
    first.refresh_from_db()
    assert (
        first.photo_doubt
        == f"照片与{second.household}第{second.pk}号登记（2026年10月12日，打扫公共巷道）的相同"
    )
    review_record(actor=place.secretary, record=first, decision="approve")
    assert place.record(2, photo=scene()).photo_doubt.endswith("的相同")


def test_a_photo_squeezed_by_a_messenger_is_known_again(place: Setting) -> None:
    first = place.record(0, photo=scene())
    squeezed = place.record(1, photo=scene(size=(480, 360), quality=35))
    assert squeezed.photo_digest != first.photo_digest
    assert (
        squeezed.photo_doubt
        == f"照片与{first.household}第{first.pk}号登记（2026年10月12日，修路投工）的看起来一样"
    )
    assert place.record(2, photo=scene(seed=7)).photo_doubt == ""


def test_plain_pictures_are_not_taken_for_each_other(place: Setting) -> None:
    place.record(0, photo=picture("red"))
    assert place.record(1, photo=picture("blue")).photo_doubt == ""


def test_the_photo_of_a_withdrawn_record_may_be_used_again(place: Setting) -> None:
    withdraw_record(actor=place.cadre, record=place.record(0, photo=scene()))
    again = place.record(0, photo=scene())
    assert (again.state, again.photo_doubt) == ("submitted", "")


@pytest.mark.parametrize(("late_for", "household"), [(1, 0), (2, 1)])
def test_a_double_send_gives_the_record_that_was_first(
    place: Setting, monkeypatch: pytest.MonkeyPatch, late_for: int, household: int
) -> None:
    first = place.record(0, photo=scene(), source_key="field:1:a")
    known, asked = recording._known, []

    def late(key: str) -> PointsRecord | None:
        asked.append(key)
        return known(key) if len(asked) > late_for else None

    monkeypatch.setattr(recording, "_known", late)
    again = place.record(household, photo=scene(), source_key="field:1:a")
    assert (again.pk, PointsRecord.objects.count(), len(asked)) == (first.pk, 1, late_for + 1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"%PDF-1.7 not a picture", "不是照片"),
        (b"\xff\xd8\xff" + b"x" * 100, "不是照片"),
        (b"x" * 31_000_000, "照片太大"),
    ],
)
def test_what_is_no_photo_is_refused(place: Setting, content: bytes, message: str) -> None:
    with pytest.raises(InputError) as refusal:
        place.record(photo=SimpleUploadedFile("photo.jpg", content))
    assert message in refusal.value.problems[0].message
    assert not PointsRecord.objects.exists()


def test_rule_names_who_records_and_reviews(travel_to: Callable[[str], None]) -> None:
    travel_to("2026-11-02 09:00")
    place = setting()
    rules = ({
        "code": "G01", "category": "safety", "name": "排查矛盾", "unit": "件", "points": 10,
        "recorder_roles": ["grid_worker"], "reviewer_roles": ["village_secretary"],
    },)  # fmt: skip
    newer = published_rules(
        place.village,
        drafter=place.cadre,
        publisher=place.secretary,
        rules=rules,
        effective_from=dt.date(2026, 11, 1),
    )
    rule = newer.rules.select_related("rule_set").get()
    deed = {
        "household": place.households[0],
        "rule": rule,
        "quantity": 1,
        "occurred_on": dt.date(2026, 11, 2),
    }
    with pytest.raises(RuleError, match="您不能登记“排查矛盾”"):
        record_points(actor=place.cadre, **deed)
    worker = user_with(Role.GRID_WORKER, place.households[0].group.code)
    row = record_points(actor=worker, source="grid", **deed)
    with pytest.raises(RuleError, match="您不能审核“排查矛盾”"):
        review_record(actor=place.other, record=row, decision="approve")
    assert review_record(actor=place.secretary, record=row, decision="approve").points == 10
    with pytest.raises(AccessDenied):
        record_points(actor=worker, **{**deed, "household": place.households[1]})
