"""The desk's pages of points."""

from points.admin import ledger, records, rules

__all__ = ["ledger", "records", "rules"]
