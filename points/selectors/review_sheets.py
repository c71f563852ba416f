"""What a review group deliberates on: the records of one village, by household, and who sits in the group (PNT-8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from points.models import PointsRecord
from points.selectors.holders import Wording, wording
from points.typography import chinese
from villages.models import HouseholdKind, OrganisationMember, Village

REVIEW_GROUP = "points_review"
"""Code of the kind of organisation whose members deliberate; three to five, elected by the village."""


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One household: its deeds with what each is worth, and the sum."""

    group: str
    number: str
    head: str
    deeds: tuple[str, ...]
    points: int


@dataclass(frozen=True, slots=True)
class ReviewSheet:
    """Everything on the paper; ``members``: office and name, as many as there are."""

    village: str
    month: str
    lines: tuple[ReviewLine, ...]
    members: tuple[str, ...]
    records: int
    words: Wording

    @property
    def points(self) -> int:
        return sum(line.points for line in self.lines)


def members_of(village: Village) -> tuple[str, ...]:
    """The names in the village's review group today."""
    today = timezone.localdate()
    rows = OrganisationMember.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=today),
        organisation__village=village,
        organisation__kind__code=REVIEW_GROUP,
        organisation__state="active",
        starts_on__lte=today,
    )
    return tuple(rows.order_by("order", "id").values_list("name", flat=True))


def review_sheet(village: Village, month: str, records: Iterable[PointsRecord]) -> ReviewSheet:
    """The paper for these records, by group and household number; ``month`` as it is printed."""
    by_household: defaultdict[int, list[PointsRecord]] = defaultdict(list)
    for row in records:
        by_household[row.household_id].append(row)
    lines = []
    for rows in by_household.values():
        home = rows[0].household
        rows.sort(key=lambda row: (row.occurred_on, row.pk))
        lines.append(
            (
                (home.group.serial, home.number),
                ReviewLine(
                    group=home.group.name,
                    number=home.number_text,
                    head=home.head_name,
                    deeds=tuple(chinese(row.explanation).rstrip("。").replace(" ", "") for row in rows),
                    points=sum(row.points or 0 for row in rows),
                ),
            )
        )
    kinds = {rows[0].household.kind for rows in by_household.values()}
    lines.sort(key=lambda pair: pair[0])
    return ReviewSheet(
        village=village.name,
        month=month,
        lines=tuple(line for _, line in lines),
        members=members_of(village),
        records=sum(len(rows) for rows in by_household.values()),
        words=wording(kinds.pop() if len(kinds) == 1 else HouseholdKind.FAMILY),
    )
