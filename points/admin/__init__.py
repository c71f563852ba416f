"""The desk's pages of points."""

from points.admin import funds, ledger, market, records, rules

__all__ = ["funds", "ledger", "market", "records", "rules"]
