"""The desk's pages of points."""

from points.admin import blacklist, devices, funds, ledger, market, records, rules, sheets, year_ends

__all__ = ["blacklist", "devices", "funds", "ledger", "market", "records", "rules", "sheets", "year_ends"]
