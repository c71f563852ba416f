"""A household's own claim (农户自报, PNT-2): handed in at the kiosk, decided by the rule's reviewers like any record."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from cogov.access.scope import SystemActor
from cogov.common.errors import ConflictError, RuleError
from points.models import PointsRecord, PointsRule, RecordSource
from points.selectors.claims import claim_refusal, claimable_rules
from points.selectors.holders import YOU
from points.services.own_records import withdraw_record
from points.services.recording import record_points
from points.states import REJECTED, RETURNED, WITHDRAWN
from villages.models import Household

MOST_A_DAY = (
    5  # claims of one household handed in on one day: enough for a busy day, too few for a child at play
)
DAYS_BACK = 14  # how long ago the deed may be; older ones go to the cadre, who knows more
MOST_UNITS = 20  # units in one claim


def claim_key(key: str) -> str:
    """The business key of the claim that a form's token stands for."""
    return f"{RecordSource.CLAIM.value}:{key}"


def submit_claim(
    *,
    actor: SystemActor,
    household: Household,
    code: str,
    quantity: int,
    occurred_on: date,
    key: str,
    photo: Any = None,
) -> PointsRecord:
    """Hand in a deed of the household under the claimable rule ``code`` of that day. The same ``key`` gives the same record.

    ``actor`` signs for the household. A claim that came back is withdrawn when the same rule is claimed anew.
    Raises RuleError (rule, day, quantity, too many today), ConflictError (claimed already, photo used), InputError (photo).
    """
    source_key = claim_key(key)
    with transaction.atomic():
        Household.holders.select_for_update().get(pk=household.pk)
        known = PointsRecord.objects.filter(source_key=source_key).first()
        if known is not None:
            if known.household_id != household.pk:
                raise ConflictError("这份申报属于另一户，请重新扫卡")
            return known
        rule = _rule(household, code, occurred_on)
        if quantity > MOST_UNITS:
            raise RuleError(f"一次最多申报 {MOST_UNITS} {rule.unit}，更多的请到村委会登记")
        _require_few(household)
        _require_new(household, rule, occurred_on)
        for old in _claims(household).filter(rule__code=rule.code, state=RETURNED):
            withdraw_record(actor=actor, record=old, reason="农户重新申报")
        return record_points(
            actor=actor,
            household=household,
            rule=rule,
            quantity=quantity,
            occurred_on=occurred_on,
            photo=photo,
            source=RecordSource.CLAIM,
            source_key=source_key,
        )


def _claims(household: Household) -> Any:
    return PointsRecord.objects.filter(household=household, source=RecordSource.CLAIM)


def _rule(household: Household, code: str, day: date) -> PointsRule:
    today = timezone.localdate()
    if day > today:
        raise RuleError("发生日期不能晚于今天")
    if day < today - timedelta(days=DAYS_BACK):
        raise RuleError(f"只能申报最近 {DAYS_BACK} 天的事，更早的请到村委会登记")
    rule = next((row for row in claimable_rules(household, day) if row.code == code), None)
    if rule is None:
        raise RuleError(claim_refusal(household, day) or "这件事现在不能自己申报，请到村委会登记")
    return rule


def _require_few(household: Household) -> None:
    """Counted from midnight on, also what lies ahead: a clock that was moved back gives nothing more."""
    midnight = timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
    if _claims(household).filter(recorded_at__gte=midnight).count() >= MOST_A_DAY:
        raise RuleError(f"今天已经申报 {MOST_A_DAY} 次，请明天再来，或到村委会登记")


def _require_new(household: Household, rule: PointsRule, day: date) -> None:
    same = _claims(household).filter(rule__code=rule.code, occurred_on=day)
    if same.exclude(state__in=(RETURNED, REJECTED, WITHDRAWN)).exists():
        raise ConflictError(
            f"{day.month}月{day.day}日的“{rule.name}”{YOU[household.kind]}已经申报过，不用再报"
        )
