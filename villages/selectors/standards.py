"""How complete a village is by the standards it follows (VIL-4)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils import timezone

from villages.models import (
    Organisation,
    OrganisationStandard,
    OrganisationState,
    StandardEvidence,
    StandardItem,
    Village,
)


@dataclass(frozen=True, slots=True)
class ChecklistLine:
    """One item: done or not, by which organisations and evidence, and otherwise what is missing."""

    item: StandardItem
    done: bool
    organisations: tuple[Organisation, ...]
    evidence: tuple[StandardEvidence, ...]
    missing: str


@dataclass(frozen=True, slots=True)
class Checklist:
    """One standard in one village."""

    standard: OrganisationStandard
    lines: tuple[ChecklistLine, ...]

    @property
    def done(self) -> int:
        return sum(line.done for line in self.lines)

    @property
    def total(self) -> int:
        return len(self.lines)

    @property
    def percent(self) -> int:
        """Whole percent, rounded down, so that 100 means complete."""
        return self.done * 100 // self.total if self.total else 0


def village_checklists(village: Village) -> list[Checklist]:
    """The standards that the village follows, each with its lines. Five queries, however long the lists."""
    standards = list(
        OrganisationStandard.objects.filter(villages=village)
        .prefetch_related("items__organisation_kind")
        .order_by("order", "code")
    )
    today = timezone.localdate()
    in_office = Q(members__ends_on__isnull=True) | Q(members__ends_on__gte=today)
    by_kind: defaultdict[int, list[Organisation]] = defaultdict(list)
    organisations = (
        Organisation.objects.filter(village=village, state=OrganisationState.ACTIVE)
        .annotate(in_office=Count("members", filter=in_office))
        .order_by("id")
    )
    for organisation in organisations:
        by_kind[organisation.kind_id].append(organisation)
    by_item: defaultdict[int, list[StandardEvidence]] = defaultdict(list)
    rows = StandardEvidence.objects.filter(village=village, withdrawn_at__isnull=True)
    for evidence in rows.select_related("organisation", "recorded_by").order_by("-fulfilled_on", "-id"):
        by_item[evidence.item_id].append(evidence)
    return [
        Checklist(
            standard,
            tuple(
                _line(item, by_kind[item.organisation_kind_id or 0], by_item[item.pk])
                for item in standard.items.all()
                if not item.retired
            ),
        )
        for standard in standards
    ]


def _line(
    item: StandardItem, organisations: list[Organisation], evidence: list[StandardEvidence]
) -> ChecklistLine:
    staffed = [organisation for organisation in organisations if getattr(organisation, "in_office", 0)]
    done = bool(staffed or evidence)
    missing = ""
    if not done and organisations:
        missing = f"“{organisations[0].name}”还没有登记在任成员"
    elif not done and item.organisation_kind is not None:
        missing = f"还没有登记“{item.organisation_kind}”"
    elif not done:
        missing = "还没有登记佐证"
    return ChecklistLine(item, done, tuple(organisations), tuple(evidence), missing)
