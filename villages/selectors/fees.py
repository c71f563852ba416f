"""Who has paid the rubbish fee, who is exempt, who is in arrears (VIL-8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Q, QuerySet, Sum

from cogov.access.policies import version_on
from villages.models import RubbishFee, SanitationPolicy, Township


def policy_on(township: Township, day: date) -> SanitationPolicy | None:
    """The sanitation policy in force in a township on a day, or None."""
    return version_on(SanitationPolicy.objects.filter(township=township), day)


def arrears(rows: QuerySet[RubbishFee]) -> QuerySet[RubbishFee]:
    """Bills that are neither exempt nor paid in full."""
    return rows.filter(exempt=False, paid_fen__lt=F("due_fen"))


@dataclass(frozen=True, slots=True)
class FeeFigures:
    """Sums over bills; money in fen."""

    bills: int
    exempt: int
    paid_up: int
    due_fen: int
    paid_fen: int
    matched_fen: int

    @property
    def in_arrears(self) -> int:
        """Households that still owe."""
        return self.bills - self.exempt - self.paid_up


def fee_figures(rows: QuerySet[RubbishFee]) -> FeeFigures:
    """Sums over ``rows``; exempt bills count neither as due nor as paid up."""
    sums = rows.aggregate(
        bills=Count("pk"),
        free=Count("pk", filter=Q(exempt=True)),
        paid_up=Count("pk", filter=Q(exempt=False, paid_fen__gte=F("due_fen"))),
        due=Sum("due_fen", filter=Q(exempt=False), default=0),
        paid=Sum("paid_fen", default=0),
        matched=Sum("matched_fen", default=0),
    )
    return FeeFigures(
        sums["bills"], sums["free"], sums["paid_up"], sums["due"], sums["paid"], sums["matched"]
    )
