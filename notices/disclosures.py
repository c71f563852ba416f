"""What is due, drafted, disclosed or overdue: the list that the village works off and the township watches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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

    @property
    def when(self) -> str:
        return self.period.label if self.period else self.event


def due_rows(villages: Iterable[Village], today: date | None = None) -> list[DueRow]:
    """Everything that these villages must disclose by now, the most urgent first. Three queries,
    and one for disclosures that were corrected."""
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
    for village in places:
        for item in by_township.get(village.township_id, ()):
            dues = rules.periods_due(item.rhythm, since=item.starts_on, due_days=item.due_days, today=day)
            for due in dues:
                found = known.get((item.pk, village.pk, due.period.key))
                rows.append(_row(village, item, due.period, due.due_on, found, day))
    return sorted(rows, key=lambda row: (row.state == DONE, row.due_on, row.village.code, row.item.pk))


def _row(
    village: Village,
    item: DisclosureItem,
    period: Period | None,
    due_on: date,
    duty: DisclosureDuty | None,
    day: date,
) -> DueRow:
    notice = duty.notice if duty else None
    state = OPEN
    if notice is not None and notice.state == states.PUBLISHED:
        state = DONE
    elif notice is not None and notice.state in states.PENDING:
        state = DRAFTED
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
    )


def overdue_rows(rows: Sequence[DueRow]) -> list[DueRow]:
    return [row for row in rows if row.overdue]
