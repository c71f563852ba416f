"""The desk's pages of points."""

from points.admin import devices, funds, ledger, market, records, rules, sheets

__all__ = ["devices", "funds", "ledger", "market", "records", "rules", "sheets"]
