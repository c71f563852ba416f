"""A paginator that does not count a large table to its end."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.utils.functional import cached_property

COUNT_LIMIT = 20_000


class CappedPaginator(Paginator):
    """Counts at most COUNT_LIMIT rows; behind that the list says "more than" and asks for a filter."""

    @cached_property
    def count(self) -> int:
        """Number of rows, at most COUNT_LIMIT."""
        rows = self.object_list
        if hasattr(rows, "query"):
            return int(rows.order_by()[:COUNT_LIMIT].count())
        return len(rows)

    @property
    def is_capped(self) -> bool:
        """True when there may be more rows than the count says."""
        return self.count >= COUNT_LIMIT
