"""Posting, idempotence, reversal, months."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from cogov.access.roles import Role
from cogov.audit import guards
from cogov.audit.models import AuditEvent
from cogov.common.errors import AccessDenied, RuleError
from cogov.common.periods import Period
from points.models import PeriodStanding, PointsAccount, PointsEntry, PointsMonth, PointsRecord
from points.rules import EntryKind
from points.services.ledger import post_entry, reverse_entry
from points.services.posting import close_points_month, post_month
from points.services.standings import rank_township
from tests.factories.access import user_with
from tests.factories.points import Setting, setting
from tests.factories.villages import SYSTEM, VillageFactory

pytestmark = pytest.mark.django_db
OCTOBER, NOVEMBER = Period.month(2026, 10), Period.month(2026, 11)


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    travel_to("2026-11-02 09:00")
    return setting()


def verified() -> None:
    call_command("verify_ledgers", stdout=StringIO())


def test_post_month_writes_entries_and_balances(place: Setting) -> None:
    place.approved(0, "L01", 2)
    place.approved(0, "E01", 5)
    place.approved(1, "E01", 1)

    result = post_month(actor=SYSTEM, village=place.village, period=OCTOBER)

    assert (result.posted, result.points, result.waiting) == (3, 65, 0)
    account = PointsAccount.objects.get(household=place.households[0])
    assert (account.balance, account.year, account.year_score, account.entry_count) == (60, 2026, 60, 2)
    entry = PointsEntry.objects.get(account=account, rule__code="E01")
    assert entry.points == entry.score == 20
    assert entry.reason == "打扫公共巷道 5 次 × 5 分 = 25 分；本月上限 20 分，已得 0 分，计 20 分"
    assert (entry.period, entry.for_period, entry.balance_after) == ("2026-10", "2026-10", 60)
    assert (entry.actor_id, entry.reviewer_id) == (place.cadre.pk, place.secretary.pk)
    assert set(PointsRecord.objects.values_list("state", "posted_period")) == {("posted", "2026-10")}
    verified()


def test_posting_twice_posts_once(place: Setting) -> None:
    place.approved()
    first = post_month(actor=SYSTEM, village=place.village, period=OCTOBER)
    second = post_month(actor=SYSTEM, village=place.village, period=OCTOBER)
    assert (first.posted, second.posted) == (1, 0)
    assert PointsEntry.objects.count() == 1


def test_the_same_source_gives_one_entry(place: Setting) -> None:
    home = place.households[0]
    first = post_entry(
        actor=SYSTEM, household=home, kind=EntryKind.EARN, points=10, source="base:1", reason="底分"
    )
    again = post_entry(
        actor=SYSTEM, household=home, kind=EntryKind.EARN, points=10, source="base:1", reason="底分"
    )
    assert first == again
    assert home.points_account.balance == 10
    assert AuditEvent.objects.filter(action="points.post_entry").count() == 1


def test_redemption_cannot_overdraw(place: Setting) -> None:
    home = place.households[0]
    post_entry(actor=SYSTEM, household=home, kind=EntryKind.EARN, points=10, source="base:1", reason="底分")
    with pytest.raises(RuleError, match="积分不够：需要 11 分，现有 10 分"):
        post_entry(
            actor=SYSTEM, household=home, kind=EntryKind.REDEEM, points=-11, source="sale:1", reason="兑换"
        )
    assert PointsEntry.objects.count() == 1
    home.points_account.refresh_from_db()
    assert home.points_account.balance == 10


def test_redeeming_does_not_lower_the_score(place: Setting) -> None:
    home = place.households[0]
    post_entry(actor=SYSTEM, household=home, kind=EntryKind.EARN, points=10, source="base:1", reason="底分")
    post_entry(actor=SYSTEM, household=home, kind=EntryKind.REDEEM, points=-4, source="sale:1", reason="兑换")
    account = PointsAccount.objects.get(household=home)
    assert (account.balance, account.year_score, account.redeemed) == (6, 10, 4)
    verified()


def test_posting_needs_permission(place: Setting) -> None:
    stranger = user_with(Role.VILLAGE_SECRETARY, VillageFactory().code)
    for actor in (stranger, place.cadre):
        with pytest.raises(AccessDenied):
            post_entry(
                actor=actor,
                household=place.households[0],
                kind=EntryKind.EARN,
                points=1,
                source="x:1",
                reason="x",
            )
    assert not PointsEntry.objects.exists()
    assert not PointsAccount.objects.exists()


def test_reversal_names_the_entry_and_restores(place: Setting) -> None:
    record = place.approved()
    post_month(actor=SYSTEM, village=place.village, period=OCTOBER)
    entry = PointsEntry.objects.get()

    reversal = reverse_entry(actor=place.secretary, entry=entry, reason="复查未完成")

    assert (reversal.points, reversal.score, reversal.reversal_of_id) == (-20, -20, entry.pk)
    assert reversal.reason == "冲正“修路投工 1 工日 × 20 分 = 20 分”：复查未完成"
    record.refresh_from_db()
    assert record.state == "reversed"
    assert PointsAccount.objects.get().balance == 0
    assert reverse_entry(actor=place.secretary, entry=entry, reason="再来一次").pk == reversal.pk
    verified()


def test_reversal_after_spending_is_owed_and_paid_from_later_points(place: Setting) -> None:
    home = place.households[0]
    earned = post_entry(
        actor=SYSTEM, household=home, kind=EntryKind.EARN, points=20, source="a:1", reason="得分"
    )
    post_entry(
        actor=SYSTEM, household=home, kind=EntryKind.REDEEM, points=-15, source="sale:1", reason="兑换"
    )
    reverse_entry(actor=place.secretary, entry=PointsEntry.objects.get(pk=earned), reason="弄错了")
    account = PointsAccount.objects.get()
    assert (account.balance, account.owed, account.year_score) == (0, 15, 0)

    post_entry(actor=SYSTEM, household=home, kind=EntryKind.EARN, points=20, source="a:2", reason="得分")
    account.refresh_from_db()
    assert (account.balance, account.owed, account.year_score) == (5, 0, 20)
    verified()


def test_recorder_cannot_reverse_alone(place: Setting) -> None:
    record = place.record(actor=place.secretary)
    from points.services.review import review_record

    review_record(actor=place.other, record=record, decision="approve")
    post_month(actor=SYSTEM, village=place.village, period=OCTOBER)
    with pytest.raises(RuleError, match="不能自己冲正"):
        reverse_entry(actor=place.secretary, entry=PointsEntry.objects.get(), reason="改主意")
    assert PointsEntry.objects.count() == 1


def test_late_record_goes_to_the_open_month_and_names_its_own(place: Setting) -> None:
    post_month(actor=SYSTEM, village=place.village, period=OCTOBER)
    close_points_month(actor=SYSTEM, village=place.village, period=OCTOBER)
    place.approved(occurred_on=dt.date(2026, 10, 30))

    assert post_month(actor=SYSTEM, village=place.village, period=OCTOBER).already is True
    post_month(actor=SYSTEM, village=place.village, period=NOVEMBER)

    entry = PointsEntry.objects.get()
    assert (entry.period, entry.for_period) == ("2026-11", "2026-10")
    assert entry.reason.startswith("补记2026年10月：")


def test_single_post_into_a_closed_month_moves_on(place: Setting) -> None:
    close_points_month(actor=SYSTEM, village=place.village, period=OCTOBER)
    key = post_entry(
        actor=SYSTEM,
        household=place.households[0],
        kind=EntryKind.EARN,
        points=3,
        source="late:1",
        reason="补记",
        occurred_on=dt.date(2026, 10, 31),
    )
    entry = PointsEntry.objects.get(pk=key)
    assert (entry.period, entry.for_period) == ("2026-11", "2026-10")


def test_close_month_sums_up_and_ranks_with_shared_ranks(place: Setting) -> None:
    place.approved(0, "L01", 2)  # 40, group 1
    place.approved(1, "L01", 1)  # 20, group 2
    place.approved(2, "L01", 1)  # 20, group 1
    post_month(actor=SYSTEM, village=place.village, period=OCTOBER)
    month = close_points_month(actor=SYSTEM, village=place.village, period=OCTOBER)

    assert (month.entry_count, month.issued, month.households, month.balance) == (3, 80, 3, 80)
    rows = PeriodStanding.objects.filter(period="2026-10").order_by("account__household__number")
    assert [(r.score, r.rank_village, r.rank_group) for r in rows] == [
        (40, 1, 1),
        (20, 2, 1),
        (20, 2, 2),
        (0, 4, 2),
    ]
    assert set(PeriodStanding.objects.values_list("period", flat=True)) == {"2026-10", "2026-Q4", "2026"}
    rank_township(township=place.village.township, period=OCTOBER)
    assert [r.rank_township for r in rows.all()] == [1, 2, 2, 4]
    assert (
        close_points_month(actor=SYSTEM, village=place.village, period=OCTOBER).closed_at == month.closed_at
    )
    verified()


def test_months_close_in_order(place: Setting) -> None:
    place.approved()
    post_month(actor=SYSTEM, village=place.village, period=OCTOBER)
    with pytest.raises(RuleError, match="2026年10月的积分还没有结账"):
        close_points_month(actor=SYSTEM, village=place.village, period=NOVEMBER)
    assert not PointsMonth.objects.filter(state="closed").exists()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE points_pointsentry SET points = 1000",
        "DELETE FROM points_pointsentry",
    ],
)
def test_entries_are_append_only(place: Setting, statement: str) -> None:
    place.approved()
    post_month(actor=SYSTEM, village=place.village, period=OCTOBER)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    verified()


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        ("UPDATE points_pointsentry SET points = 25, balance_after = 25", "points.digests"),
        ("DELETE FROM points_pointsentry", "points.balances"),
        ("UPDATE points_pointsaccount SET balance = balance + 1", "points.balances"),
        ("UPDATE points_pointsaccount SET year_earned = 7", "points.years"),
        ("UPDATE points_pointsrecord SET state = 'approved'", "points.records"),
        ("UPDATE points_periodstanding SET score = 99", "points.standings"),
        ("UPDATE points_pointsrule SET points = 99", "points.rules"),
    ],
)
def test_verify_ledgers_names_the_first_bad(place: Setting, statement: str, check: str) -> None:
    place.approved()
    post_month(actor=SYSTEM, village=place.village, period=OCTOBER)
    close_points_month(actor=SYSTEM, village=place.village, period=OCTOBER)
    with guards.suspended(connection), connection.cursor() as cursor:
        cursor.execute(statement)
    out = StringIO()
    with pytest.raises(CommandError, match="第一处"):
        call_command("verify_ledgers", "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert found["ok"] is False
    assert check in {fault["check"] for fault in found["faults"]}


def test_seals_cover_the_ledger(place: Setting) -> None:
    from cogov.audit.seals import seal_township

    place.approved()
    post_month(actor=SYSTEM, village=place.village, period=OCTOBER)
    seal = seal_township(place.village.township.code)
    assert seal is not None
    assert seal.members["points"] == str(PointsEntry.objects.get().pk)
