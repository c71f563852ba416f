"""What the desk's search box finds of persons and groups that hold points (PNT-8)."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from cogov.desk.registry import SearchHit
from points.models import PointsHolder
from villages.selectors import search_holders


def search(user: Any, text: str, limit: int) -> list[SearchHit]:
    """By number, name, initials, the family's number, or the exact identity or phone number of the person."""
    rows = search_holders(PointsHolder.objects.for_user(user), text).select_related("village", "group")
    return [
        SearchHit(
            f"{row.village.name} {row}",
            reverse("admin:points_pointsholder_change", args=(row.pk,)),
            f"{row.get_kind_display()} · {row.group.name} · {row.get_state_display()}",
        )
        for row in rows.order_by("village__code", "number")[:limit]
    ]
