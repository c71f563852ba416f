"""Who is in a bank of people: a saved filter over tags, applied to whatever rows the viewer may see (VIL-3)."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from villages.models import Resident, TalentBank
from villages.models.residents import ACTIVE_RESIDENT_STATES


def bank_members(bank: TalentBank, rows: QuerySet[Resident]) -> QuerySet[Resident]:
    """Residents of ``rows`` on the register who fit the bank: any of its tags or political statuses, or skills."""
    fits = Q(pk__in=Resident.tags.through.objects.filter(tag__talent_banks=bank).values("resident_id"))
    if bank.political_statuses:
        fits |= Q(political_status__in=bank.political_statuses)
    if bank.with_skills:
        fits |= ~Q(skills="")
    return rows.filter(fits, state__in=ACTIVE_RESIDENT_STATES)
