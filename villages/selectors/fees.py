"""Who has paid the rubbish fee, who is exempt, who is in arrears (VIL-8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Q, QuerySet, Sum

from cogov.access.policies import version_on
from villages.models import RubbishFee, RubbishFeeEntry, SanitationPolicy, Township


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


def fee_faults() -> Iterator[tuple[str, str]]:
    """Bills whose sums differ from their entries, and entries whose content has changed: (place, message)."""
    paid = Sum("entries__amount_fen", filter=_of("payment"), default=0)
    matched = Sum("entries__amount_fen", filter=_of("match"), default=0)
    wrong = (
        RubbishFee.objects.annotate(entered_paid=paid, entered_matched=matched)
        .exclude(paid_fen=F("entered_paid"), matched_fen=F("entered_matched"))
        .order_by("pk")
    )
    for fee in wrong.iterator(chunk_size=1000):
        yield (
            f"垃圾处理费账单 {fee.pk}",
            f"已缴 {fee.paid_fen}、已补助 {fee.matched_fen} 分，流水合计是 {fee.entered_paid}、{fee.entered_matched} 分",
        )
    for entry in RubbishFeeEntry.objects.order_by("pk").iterator(chunk_size=1000):
        if entry.digest != entry.computed_digest():
            yield f"垃圾处理费流水 {entry.pk}", "内容与入账时的摘要不符"


def _of(kind: str) -> Q:
    """Entries of a kind, and the reversals of such entries."""
    return Q(entries__kind=kind) | Q(entries__reverses__kind=kind)
