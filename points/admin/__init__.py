"""The desk's pages of points."""

from points.admin import devices, funds, ledger, market, records, rules, sheets, year_ends

__all__ = ["devices", "funds", "ledger", "market", "records", "rules", "sheets", "year_ends"]
