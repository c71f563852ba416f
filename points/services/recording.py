"""Recording what households did (PNT-2). Nothing here touches the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from cogov.access.scope import Actor, authorize
from cogov.audit.services import record as audit
from cogov.common.errors import ConflictError, InputError, Problem, RuleError
from cogov.common.periods import Period
from cogov.common.text import normalize_text
from points.models import PointsActivity, PointsRecord, PointsRule, PointsRuleSet, RecordSource
from points.photos import Photo, read_photo
from points.rules import require_quantity
from points.selectors.caps import tally_for
from points.selectors.holders import refusal, wording_of
from points.selectors.interest import interests_of
from points.selectors.photos import same_photo
from points.selectors.rules import may_record, rule_set_on
from points.states import DRAFT, SUBMITTED
from villages.models import Household, Village

LATEST_DAYS_BACK = 366


@dataclass(frozen=True, slots=True)
class Line:
    """One household in a sign-in list; ``row`` is where it stands in the person's own table."""

    household: Household
    quantity: int = 1
    row: int = 0


def check_day(day: date, today: date) -> None:
    """Raises RuleError for a day ahead or long past."""
    if day > today:
        raise RuleError("发生日期不能晚于今天")
    if day < today - timedelta(days=LATEST_DAYS_BACK):
        raise RuleError("发生日期已超过一年，不再登记")


def check_rule(actor: Actor, rule: PointsRule, village: Village, day: date) -> None:
    """Raises RuleError when the rule is not in force in the village on that day, or not the actor's to record."""
    in_force = rule_set_on(village, day)
    if in_force is None:
        raise RuleError(f"{village}在{day:%Y年%m月%d日}还没有发布积分细则")
    if rule.rule_set_id != in_force.pk:
        raise RuleError(f"“{rule.name}”不属于{day:%Y年%m月%d日}有效的积分细则（{in_force}）")
    if not may_record(actor, rule, village.code):
        raise RuleError(f"按细则，您不能登记“{rule.name}”")


def check_household(household: Household, village: Village, rule_set: PointsRuleSet, day: date) -> None:
    """Raises RuleError for a household of another village, one that is cancelled, or one to which the rules give none.

    The rules in force on the day of the deed say whether families, persons or groups have the points (PNT-8).
    """
    if household.village_id != village.pk:
        raise RuleError(f"{household}不是{village}的户")
    if not household.is_active:
        raise RuleError(f"{household}已经注销，不能再登记积分")
    reason = refusal(household, rule_set, day)
    if reason:
        raise RuleError(reason)


def preview(records: Sequence[PointsRecord]) -> None:
    """Fill in points and steps as they would be awarded now; the review decides finally."""
    tally = tally_for(records)
    for row in records:
        result = tally.award(row.household_id, row.rule, row.occurred_on, row.quantity)
        row.points, row.steps = result.points, list(result.steps)


def record_points(
    *,
    actor: Actor,
    household: Household,
    rule: PointsRule,
    quantity: int,
    occurred_on: date,
    place: str = "",
    note: str = "",
    photo: Any = None,
    source: str = RecordSource.CADRE,
    source_key: str = "",
    submit: bool = True,
) -> PointsRecord:
    """One deed of one household. The same ``source_key`` gives the record that exists already.

    A photo that this household has used is refused (ConflictError, the record named); one that another household has
    used is taken, and told to the reviewers of both. Raises AccessDenied, RuleError, InputError (photo).
    """
    authorize(actor, "points.record_points", household.group.code)
    known = _known(source_key)
    if known is not None:
        return known
    require_quantity(quantity)
    check_day(occurred_on, timezone.localdate())
    check_rule(actor, rule, household.village, occurred_on)
    check_household(household, household.village, rule.rule_set, occurred_on)
    picture = read_photo(photo) if photo else None
    if rule.photo_required and picture is None:
        raise InputError("缺少照片", [Problem(f"“{rule.name}”须有照片", column="photo")])
    try:
        with transaction.atomic():
            if source_key:  # a double send waits here for its twin
                Household.holders.select_for_update(of=("self",)).get(pk=household.pk)
                known = _known(source_key)
                if known is not None:
                    return known
            row = build_record(
                actor,
                household,
                rule,
                quantity=quantity,
                occurred_on=occurred_on,
                place=place,
                note=note,
                source=source,
                source_key=source_key or f"{source}:{uuid4().hex}",
                submit=submit,
            )
            twin = attach_photo(row, picture) if picture else None
            row.interest = interests_of(actor, [household]).get(household.pk, "")
            preview([row])
            row.save()
            if twin is not None:
                tell_twin(twin, row)
            audit(
                actor=actor,
                action="points.record_points",
                summary=f"登记积分：{row} {row.points:+d} 分" + ("（待审核）" if submit else "（草稿）"),
                obj=row,
                after={"事项": rule.name, "数量": quantity, "日期": occurred_on, "计算": row.steps},
                comment=note,
            )
    except IntegrityError:  # its twin was for another household, and first
        if picture:
            row.photo.delete(save=False)
        known = _known(source_key)
        if known is None:
            raise
        return known
    return row


def _known(source_key: str) -> PointsRecord | None:
    return PointsRecord.objects.filter(source_key=source_key).first() if source_key else None


def build_record(
    actor: Actor,
    household: Household,
    rule: PointsRule,
    *,
    quantity: int,
    occurred_on: date,
    place: str,
    note: str,
    source: str,
    source_key: str,
    submit: bool,
    activity: PointsActivity | None = None,
) -> PointsRecord:
    """An unsaved record, without points yet (:func:`preview`)."""
    return PointsRecord(
        village=household.village,
        household=household,
        rule=rule,
        activity=activity,
        quantity=quantity,
        occurred_on=occurred_on,
        period=Period.month_of(occurred_on).key,
        place=normalize_text(place),
        note=normalize_text(note),
        source=source,
        source_key=source_key,
        state=SUBMITTED if submit else DRAFT,
        recorder_id=actor.pk,
        recorder_name=actor.audit_name,
        submitted_at=timezone.now() if submit else None,
    )


def attach_photo(row: PointsRecord, photo: Photo) -> PointsRecord | None:
    """Put the photo on the record; returns the earlier record that has it too."""
    row.photo_digest, row.photo_print, row.photo_doubt = photo.digest, photo.print, ""
    twin, same = same_photo(photo, row.household, row.occurred_on, apart_from=row.pk)
    if twin is not None and same and twin.household_id == row.household_id:
        raise ConflictError(
            f"这张照片已经用在{twin.household}的另一条登记里：第{twin.pk}号，{twin.occurred_on:%Y年%m月%d日}，{twin.rule.name}，"
            f"{twin.get_state_display()}。请另拍一张"
        )
    if twin is not None:
        row.photo_doubt = _doubt_text(twin, "相同" if same else "看起来一样")
    row.photo.save(photo.name, ContentFile(photo.content), save=False)
    return twin


def _doubt_text(other: PointsRecord, how: str) -> str:
    text = f"照片与{other.household}第{other.pk}号登记（{other.occurred_on:%Y年%m月%d日}，{other.rule.name}）的{how}"
    return text[:200]


def tell_twin(earlier: PointsRecord, row: PointsRecord) -> None:
    """Tell the reviewer of the earlier record too, while there is something to decide."""
    how = "相同" if earlier.photo_digest == row.photo_digest else "看起来一样"
    PointsRecord.objects.filter(pk=earlier.pk, state=SUBMITTED, photo_doubt="").update(
        photo_doubt=_doubt_text(row, how)
    )


def record_activity(
    *,
    actor: Actor,
    village: Village,
    name: str,
    held_on: date,
    place: str,
    rule: PointsRule,
    lines: Sequence[Line],
) -> PointsActivity:
    """A sign-in list: one record per household, submitted together.

    The same activity on the same day is refused (ConflictError) and nothing is written. Raises InputError with the row
    of each fault, AccessDenied, RuleError.
    """
    authorize(actor, "points.record_points", village.code)
    check_day(held_on, timezone.localdate())
    check_rule(actor, rule, village, held_on)
    title = normalize_text(name)
    problems = _line_problems(village, rule, held_on, lines)
    if not title:
        problems.insert(0, Problem("请填写活动名称", column="name"))
    if not lines:
        problems.append(Problem("签到表里还没有户", column="lines"))
    if rule.photo_required:
        problems.append(
            Problem(f"“{rule.name}”每{wording_of(rule.rule_set).each}须有照片，不能成批登记", column="rule")
        )
    if problems:
        raise InputError("活动没有登记", problems)
    with transaction.atomic():
        activity, created = PointsActivity.objects.get_or_create(
            village=village,
            held_on=held_on,
            name=title,
            defaults={"place": normalize_text(place), "recorder_id": actor.pk},
        )
        if not created:
            raise ConflictError(
                f"{held_on:%Y年%m月%d日}的“{title}”已经登记过"
                f"（{activity.records.count()} {wording_of(rule.rule_set).unit}），没有重复登记"
            )
        interests = interests_of(actor, [line.household for line in lines])
        rows = []
        for line in lines:
            row = build_record(
                actor,
                line.household,
                rule,
                quantity=line.quantity,
                occurred_on=held_on,
                place=place,
                note=title,
                source=RecordSource.ACTIVITY,
                source_key=f"activity:{activity.pk}:{rule.code}:{line.household.pk}",
                submit=True,
                activity=activity,
            )
            row.interest = interests.get(line.household.pk, "")
            rows.append(row)
        preview(rows)
        PointsRecord.objects.bulk_create(rows, batch_size=200)
        audit(
            actor=actor,
            action="points.record_activity",
            summary=f"登记活动积分：{activity} {len(rows)} 户",
            obj=activity,
            after={"事项": rule.name, "户数": len(rows), "户号": [row.household.number for row in rows]},
        )
    return activity


def _line_problems(village: Village, rule: PointsRule, day: date, lines: Sequence[Line]) -> list[Problem]:
    problems: list[Problem] = []
    seen: dict[int, int] = {}
    for position, line in enumerate(lines, start=1):
        number = line.row or position
        first = seen.setdefault(line.household.pk, number)
        if first != number:
            problems.append(Problem(f"{line.household} 与第{first}行重复", row=number, column="lines"))
            continue
        try:
            require_quantity(line.quantity)
            check_household(line.household, village, rule.rule_set, day)
        except RuleError as error:
            problems.append(Problem(error.message, row=number, column="lines"))
    return problems
