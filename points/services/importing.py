"""Deeds from a workbook (表格导入): all of them or none, and the same deed once, however often the file comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from cogov.access.scope import Actor, authorize
from cogov.audit.services import record as audit
from cogov.common.errors import InputError, Problem, RuleError
from points.models import PointsRecord, PointsRule, RecordSource
from points.rules import require_quantity
from points.selectors.interest import interests_of
from points.services.recording import build_record, check_day, check_household, check_rule, preview
from points.states import RECORD_STATES
from villages.models import Household, Village


@dataclass(frozen=True, slots=True)
class Deed:
    """One row: what a household did on a day. ``row`` is the number that Excel shows."""

    household: Household
    rule: PointsRule
    quantity: int
    occurred_on: date
    note: str = ""
    row: int = 0

    @property
    def source_key(self) -> str:
        """One deed of a household under a rule on a day; its second row is the same deed."""
        return f"import:{self.household.pk}:{self.rule.code}:{self.occurred_on.isoformat()}"


def known_deeds(deeds: Sequence[Deed]) -> dict[str, str]:
    """Key -> state (as people read it) of those that an earlier file has brought already."""
    keys = [deed.source_key for deed in deeds]
    known: dict[str, str] = {}
    for start in range(0, len(keys), 500):
        rows = PointsRecord.objects.filter(source_key__in=keys[start : start + 500])
        known.update(
            (key, RECORD_STATES.states[state]) for key, state in rows.values_list("source_key", "state")
        )
    return known


def record_deeds(*, actor: Actor, village: Village, deeds: Sequence[Deed]) -> tuple[int, int]:
    """Record and submit them; returns how many are new and how many were there already.

    Raises InputError with the row of each fault, AccessDenied; then nothing is written.
    """
    authorize(actor, "points.record_points", village.code)
    problems = _problems(actor, village, deeds)
    if problems:
        raise InputError("没有登记", problems)
    with transaction.atomic():
        Village.objects.select_for_update().get(pk=village.pk)  # the same file sent twice at once
        known = known_deeds(deeds)
        fresh = [deed for deed in deeds if deed.source_key not in known]
        interests = interests_of(actor, [deed.household for deed in fresh])
        rows = []
        for deed in fresh:
            row = build_record(
                actor,
                deed.household,
                deed.rule,
                quantity=deed.quantity,
                occurred_on=deed.occurred_on,
                place="",
                note=deed.note,
                source=RecordSource.IMPORT,
                source_key=deed.source_key,
                submit=True,
            )
            row.interest = interests.get(deed.household.pk, "")
            rows.append(row)
        preview(rows)
        PointsRecord.objects.bulk_create(rows, batch_size=200)
        if rows:
            audit(
                actor=actor,
                action="points.import_records",
                summary=f"表格导入积分登记：{village} {len(rows)} 条",
                obj=village,
                after={"条数": len(rows), "户数": len({row.household_id for row in rows})},
            )
    return len(rows), len(deeds) - len(rows)


def note_download(*, actor: Actor, village: Village, what: str, households: int) -> None:
    """A workbook that names every household left the system: who took it. Raises AccessDenied."""
    authorize(actor, "points.record_points", village.code)
    audit(
        actor=actor,
        action="points.download_sheet",
        summary=f"下载{village}{what}",
        obj=village,
        after={"户数": households},
    )


def _problems(actor: Actor, village: Village, deeds: Sequence[Deed]) -> list[Problem]:
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    ruled: dict[tuple[int, date], str] = {}
    for deed in deeds:
        first = seen.setdefault(deed.source_key, deed.row)
        if first != deed.row:
            problems.append(Problem(REPEATED.format(first), row=deed.row))
            continue
        about = (deed.rule.pk, deed.occurred_on)
        if about not in ruled:
            ruled[about] = rule_refusal(actor, deed.rule, village, deed.occurred_on)
        try:
            require_quantity(deed.quantity)
            check_household(deed.household, village, deed.rule.rule_set, deed.occurred_on)
        except RuleError as error:
            problems.append(Problem(error.message, row=deed.row))
        if ruled[about]:
            problems.append(Problem(ruled[about], row=deed.row))
    return problems


REPEATED = "与第{}行是同一户、同一天、同一事项，请合并成一行，数量相加"


def rule_refusal(actor: Actor, rule: PointsRule, village: Village, day: date) -> str:
    """Why this person cannot import deeds of that day under this rule, or ""."""
    try:
        check_day(day, timezone.localdate())
        check_rule(actor, rule, village, day)
    except RuleError as error:
        return error.message
    return f"“{rule.name}”须有照片，请用“登记积分”逐条登记" if rule.photo_required else ""
