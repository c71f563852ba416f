"""Household cards on paper: ten of bank-card size on a sheet of A4, to be cut out and handed over."""

from __future__ import annotations

from collections.abc import Sequence

from notices.printing.labels import Label, layout_labels
from notices.printing.weasy import pdf_bytes
from points.selectors.holders import public_name
from villages.models import Household, HouseholdKind
from villages.services.cards import CardPrint

_CARD = {HouseholdKind.PERSON: "卡", HouseholdKind.COLLECTIVE: "集体卡"}
_LINES = ("凭卡查积分、换物品", "遗失到村委会补发")


def label_of(household: Household, card: CardPrint) -> Label:
    """One card. Who finds it learns the number of the household and a masked name, nothing more."""
    return Label(
        heading=f"{household.village.name}积分{_CARD.get(household.kind, '户卡')}",
        title=household.number_text,
        lines=(f"{household.group.name}　{public_name(household)}", *_LINES),
        qr=card.address,
        code=card.code,
    )


def cards_pdf(cards: Sequence[tuple[Household, CardPrint]]) -> bytes:
    """The sheets. Raises PrintingUnavailable."""
    labels = [label_of(household, card) for household, card in cards]
    return pdf_bytes(layout_labels(labels, title="积分户卡"))
