"""The last entries of an account, below it: why there are so many points (PNT-3)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from points.models import PointsAccount

SHOWN = 20


def entries_context(account: PointsAccount | None) -> dict[str, Any]:
    """What the section of entries shows; no account, no entries."""
    if account is None:
        return {"entries": [], "entries_url": ""}
    query = {"q": account.household.number, "village__id__exact": account.village_id}
    return {
        "entries": list(account.entries.order_by("-id")[:SHOWN]),
        "entries_total": account.entry_count,
        "entries_url": f"{reverse('admin:points_pointsentry_changelist')}?{urlencode(query)}",
    }
