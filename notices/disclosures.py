"""What is due, drafted, disclosed or overdue: the list that the village works off and the township watches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from cogov.common.periods import Period
from notices import disclosure_rules as rules
from notices import states
from notices.models import DisclosureDuty, DisclosureItem, Notice
from notices.selectors import successors
from villages.models import Village

OPEN, DRAFTED, DONE = "open", "drafted", "done"


@dataclass(frozen=True, slots=True)
class DueRow:
    """One line of the list. ``period`` is empty for an event, whose words stand in ``event``."""

    village: Village
    item: DisclosureItem
    period: Period | None
    event: str
    due_on: date
    state: str
    notice: Notice | None
    duty_id: int | None
    overdue: bool
    more: int = 0
    """Later periods of the same item, all older than those listed one by one, that this line stands for as well."""

    @property
    def count(self) -> int:
        return 1 + self.more

    @property
    def when(self) -> str:
        if self.period is None:
            return self.event
        return f"{self.period.label}等{self.count}期" if self.more else self.period.label


def due_rows(villages: Iterable[Village], today: date | None = None) -> list[DueRow]:
    """Everything that these villages must disclose by now, the most urgent first: the latest periods one by one, and
    what is missing of older ones in one line of the item. Three queries, and one for disclosures that were corrected."""
    day = today or timezone.localdate()
    places = list(villages)
    items = DisclosureItem.objects.filter(
        township__in={v.township_id for v in places}, is_active=True
    ).order_by("category", "pk")
    by_township: dict[int, list[DisclosureItem]] = {}
    for item in items:
        by_township.setdefault(item.township_id, []).append(item)
    duties = list(DisclosureDuty.objects.filter(village__in=places).select_related("item", "notice"))
    instead = successors(duty.notice for duty in duties if duty.notice is not None)
    for duty in duties:
        duty.notice = instead.get(duty.notice_id or 0, duty.notice)
    known: dict[tuple[int, int, str], DisclosureDuty] = {}
    rows: list[DueRow] = []
    by_pk = {v.pk: v for v in places}
    for duty in duties:
        if duty.period:
            known[duty.item_id, duty.village_id, duty.period] = duty
        else:
            rows.append(_row(by_pk[duty.village_id], duty.item, None, duty.due_on, duty, day))
    dues = {
        item.pk: rules.periods_due(item.rhythm, since=item.starts_on, due_days=item.due_days, today=day)
        for item in items
    }
    for village in places:
        for item in by_township.get(village.township_id, ()):
            older, listed = dues[item.pk][: -rules.BACK], dues[item.pk][-rules.BACK :]
            missing: list[rules.Due] = []
            for due in older:
                duty = known.get((item.pk, village.pk, due.period.key))
                state = _state(duty)
                if state == OPEN:
                    missing.append(due)
                elif state == DRAFTED:
                    rows.append(_row(village, item, due.period, due.due_on, duty, day))
            if missing:
                rest = len(missing) - 1
                rows.append(_row(village, item, missing[0].period, missing[0].due_on, None, day, more=rest))
            for due in listed:
                duty = known.get((item.pk, village.pk, due.period.key))
                rows.append(_row(village, item, due.period, due.due_on, duty, day))
    return sorted(rows, key=lambda row: (row.state == DONE, row.due_on, row.village.code, row.item.pk))


def _state(duty: DisclosureDuty | None) -> str:
    notice = duty.notice if duty else None
    if notice is not None and notice.state == states.PUBLISHED:
        return DONE
    return DRAFTED if notice is not None and notice.state in states.PENDING else OPEN


def _row(
    village: Village,
    item: DisclosureItem,
    period: Period | None,
    due_on: date,
    duty: DisclosureDuty | None,
    day: date,
    more: int = 0,
) -> DueRow:
    notice, state = duty.notice if duty else None, _state(duty)
    return DueRow(
        village=village,
        item=item,
        period=period,
        event=duty.event if duty else "",
        due_on=due_on,
        state=state,
        notice=notice if state != OPEN else None,
        duty_id=duty.pk if duty else None,
        overdue=state != DONE and due_on < day,
        more=more,
    )
