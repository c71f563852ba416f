"""Year end (PNT-6): the redeemable balance is carried over, halved or cleared by the published rules, as entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from cogov.access.scope import Actor, authorize
from cogov.audit.services import record as audit
from cogov.common.errors import RuleError
from cogov.common.periods import Period
from points.models import PointsAccount, YearEnd
from points.rules import EntryKind, year_end_change
from points.selectors.rules import rule_set_on
from points.services.ledger import Posting, open_period, write_postings
from points.services.locks import lock_accounts, own_books
from villages.models import Village


@dataclass(frozen=True, slots=True)
class YearEndResult:
    """What the year's end did to a village; ``points`` left the balances."""

    policy: str
    households: int = 0
    points: int = 0


def close_year(*, actor: Actor, village: Village, year: int) -> YearEndResult:
    """Apply the rule set in force on 31 December. Safe to repeat: each household has one entry per year.

    Without a rule set nothing happens, as when everything is carried over. Raises AccessDenied, RuleError.
    """
    authorize(actor, "points.post_points", village.code)
    last_day = date(year, 12, 31)
    rule_set = rule_set_on(village, last_day)
    policy = rule_set.year_end if rule_set is not None else YearEnd.CARRY.value
    if rule_set is None or policy == YearEnd.CARRY:
        return YearEndResult(policy)
    with transaction.atomic():
        own_books(village.pk)
        homes = list(
            PointsAccount.objects.filter(village=village, balance__gt=0)
            .order_by("pk")
            .values_list("household", flat=True)
        )
        accounts = lock_accounts(village, homes)
        postings = [
            Posting(
                household_id=home,
                kind=EntryKind.CLEAR,
                points=change.points,
                source=f"yearend:{year}:{home}",
                reason=f"{year}年度{change.text}(《{rule_set.title}》第{rule_set.version}版)",
                occurred_on=last_day,
                actor_id=actor.audit_id,
                actor_name=actor.audit_name,
            )
            for home in homes
            if (change := year_end_change(policy, accounts[home].balance)).points
        ]
        period = open_period(village, Period.month(year, 12))
        if period.year > year + 1:
            raise RuleError(f"{year}年已经过去太久,不能再办年终处理")
        outcome = write_postings(village=village, period=period, postings=postings, accounts=accounts)
        points = sum(-posting.points for posting in postings) if outcome.posted else 0
        if outcome.posted:
            audit(
                actor=actor,
                action="points.close_year",
                summary=f"{village}{year}年终积分{YearEnd(policy).label}:{outcome.posted} 户,减少 {points} 分",
                obj=rule_set,
                after={"办法": YearEnd(policy).label, "户数": outcome.posted, "积分": points},
            )
    return YearEndResult(policy, outcome.posted, points)
