"""Writing down what must be disclosed, and drafting the notice that does it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from cogov.access.scope import Actor, authorize
from cogov.audit.services import record, snapshot
from cogov.common.errors import ConflictError, InputError, Problem, RuleError
from cogov.common.periods import Period
from notices import disclosure_rules as rules
from notices import kinds, states
from notices.models import DisclosureDuty, DisclosureItem, Notice
from notices.printing.markup import unsafe
from notices.selectors import successors
from notices.services.composing import Written, compose_notice
from villages.models import Township, Village

_FIELDS = ("category", "name", "rhythm", "due_days", "starts_on", "guidance", "is_active")
_MANAGE = "notices.manage_disclosure"


def install_catalogue(*, actor: Actor, township: Township, starts_on: date | None = None) -> int:
    """Put the general catalogue into a township that has none of its items yet; returns how many were added."""
    authorize(actor, _MANAGE, township.code)
    day = starts_on or timezone.localdate()
    added = 0
    with transaction.atomic():
        for entry in rules.CATALOGUE:
            _, made = DisclosureItem.objects.get_or_create(
                township=township,
                category=entry.category,
                name=entry.name,
                defaults={
                    "rhythm": entry.rhythm,
                    "due_days": entry.due_days,
                    "guidance": entry.guidance,
                    "starts_on": day,
                },
            )
            added += made
        if added:
            record(
                actor=actor,
                action="notices.install_disclosures",
                summary=f"装入三务公开通用目录{added}项",
                obj=township,
                township_code=township.code,
            )
    return added


def save_item(*, actor: Actor, instance: DisclosureItem | None, data: dict[str, Any]) -> DisclosureItem:
    """Add or change an item of the catalogue. Raises AccessDenied, InputError."""
    township = instance.township if instance else data["township"]
    authorize(actor, _MANAGE, township.code)
    problems = [
        Problem(why, column=label)
        for name, label in (("name", "公开事项"), ("guidance", "内容要求"))
        if (why := unsafe(str(data.get(name, ""))))
    ]
    if problems:
        raise InputError("目录内容有错", problems)
    with transaction.atomic():
        item = (
            DisclosureItem.objects.select_for_update().get(pk=instance.pk)
            if instance
            else DisclosureItem(township=township)
        )
        before = snapshot(item, _FIELDS) if instance else None
        for name in _FIELDS:
            if name in data:
                setattr(item, name, data[name])
        item.save()
        record(
            actor=actor,
            action="notices.save_disclosure_item",
            summary=f"三务公开目录：{item}",
            obj=item,
            before=before,
            after=snapshot(item, _FIELDS),
        )
    return item


def register_event(
    *, actor: Actor, item: DisclosureItem, village: Village, event: str, occurred_on: date
) -> DisclosureDuty:
    """Something happened that is to be disclosed at once. Raises AccessDenied, InputError, RuleError."""
    authorize(actor, "notices.draft_notice", village.code)
    if item.rhythm != rules.AT_ONCE or not item.is_active or item.township_id != village.township_id:
        raise RuleError("这一项不是随时公开的事项")
    words = event.strip()
    if not words or len(words) > 120 or unsafe(words):
        raise InputError("请用120字以内写明发生了什么事", [Problem("请用120字以内写明", column="发生的事")])
    if occurred_on > timezone.localdate():
        raise InputError("发生日期不能在今天之后", [Problem("不能在今天之后", column="发生日期")])
    with transaction.atomic():
        duty = DisclosureDuty.objects.create(
            item=item, village=village, event=words, due_on=occurred_on + timedelta(days=item.due_days)
        )
        record(
            actor=actor,
            action="notices.register_disclosure",
            summary=f"{village}：{item.name}——{words}，须在{duty.due_on}前公开",
            obj=duty,
            after={"公开期限": duty.due_on},
        )
    return duty


def draft_disclosure(
    *, actor: Actor, village: Village, category: str, period: str = "", duty: DisclosureDuty | None = None
) -> Notice:
    """Draft the notice for all items of a category due for ``period``, or for one event, and link them.

    A draft that exists already is returned unchanged. Raises ConflictError when it has been disclosed.
    """
    authorize(actor, "notices.draft_notice", village.code)
    if category not in rules.CATEGORIES:
        raise RuleError("公开类别只有党务、村务、财务")
    with transaction.atomic():
        Village.objects.select_for_update().get(pk=village.pk)
        duties = [duty] if duty else _duties(village, category, Period.parse(period))
        for row in duties:
            if row.notice and row.notice.state in states.PENDING:
                return row.notice
        instead = successors(row.notice for row in duties if row.notice is not None)
        left = [
            row
            for row in duties
            if row.notice is None or instead.get(row.notice.pk, row.notice).state != states.PUBLISHED
        ]
        if not left:
            raise ConflictError("这些事项已经公开")
        label = Period.parse(period).label if period else left[0].event
        written = _template(category, label, left)
        first = left[0]
        key = f"event{first.pk}" if duty else period
        notice = compose_notice(
            actor=actor,
            kind=rules.kind_of(category),
            village=village,
            period=period,
            written=written,
            subject_key=f"{village.code}:{category}:{key}:{first.item_id}:{first.notice_id or 0}",
        )
        for row in left:
            row.notice = notice
            row.save()
    return notice


def _duties(village: Village, category: str, period: Period) -> list[DisclosureDuty]:
    """The rows of every active item whose rhythm is this period's; unsaved where there is none yet."""
    items = DisclosureItem.objects.filter(
        township_id=village.township_id, category=category, rhythm=period.kind.value, is_active=True
    ).order_by("pk")
    if not items:
        raise RuleError(f"目录里没有{period.label}要公开的{rules.CATEGORIES[category]}事项")
    if period.end >= timezone.localdate():
        raise RuleError(f"{period.label}还没有结束")
    known = {
        row.item_id: row
        for row in DisclosureDuty.objects.filter(
            village=village, item__in=items, period=period.key
        ).select_related("notice", "item")
    }
    return [
        known.get(item.pk)
        or DisclosureDuty(
            item=item, village=village, period=period.key, due_on=period.end + timedelta(days=item.due_days)
        )
        for item in items
    ]


def _template(category: str, label: str, duties: list[DisclosureDuty]) -> Written:
    """A heading for each item with what belongs below it; blanks stop publication until they are filled in."""
    name = rules.CATEGORIES[category]
    parts = [f"现将{label}{name}公开如下。"]
    for row in duties:
        parts += [f"# {row.item.name}", row.item.guidance or "【填】"]
    kind = kinds.get(rules.kind_of(category))
    return Written(
        title=f"{label}{kind.label}",
        body="\n".join(parts),
        basis="《中华人民共和国村民委员会组织法》第三十五条",
        legal_basis="《中华人民共和国村民委员会组织法》第三十五条",
    )
