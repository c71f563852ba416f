"""The desk's pages of points."""

from points.admin import (
    blacklist,
    cards,
    devices,
    funds,
    hearings,
    holders,
    ledger,
    market,
    records,
    rules,
    sheets,
    year_ends,
)

__all__ = [
    "blacklist",
    "cards",
    "devices",
    "funds",
    "hearings",
    "holders",
    "ledger",
    "market",
    "records",
    "rules",
    "sheets",
    "year_ends",
]
