"""Photos that have been used before: the same bytes, or what a messenger made of them (issue B, bad input)."""

from __future__ import annotations

from datetime import date, timedelta

from points.models import PointsRecord
from points.photos import Photo, look_alike
from points.states import REJECTED, WITHDRAWN
from villages.models import Household

DAYS = 366
"""How far back in the village a look-alike is searched."""


def same_photo(
    photo: Photo, household: Household, on: date, *, apart_from: int | None = None
) -> tuple[PointsRecord | None, bool]:
    """An earlier record with this photo, the household's own first, and whether its bytes are the same.

    The record ``apart_from`` does not count: it is the one that gets the photo.

    The same bytes are found wherever they are; a look-alike within the village and a year, since it takes a look at all.
    """
    rows = PointsRecord.objects.exclude(state__in=(WITHDRAWN, REJECTED)).exclude(pk=apart_from)
    rows = rows.select_related("household", "rule")
    twins = list(rows.filter(photo_digest=photo.digest).order_by("pk"))
    if twins:
        return next((row for row in twins if row.household_id == household.pk), twins[0]), True
    if not photo.print:
        return None, False
    known = (
        rows.filter(village=household.village_id, occurred_on__gte=on - timedelta(days=DAYS))
        .exclude(photo_print="")
        .order_by("pk")
    )
    for pk, print_ in known.values_list("pk", "photo_print"):
        if look_alike(print_, photo.print):
            return rows.get(pk=pk), False
    return None, False
