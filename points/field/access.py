"""Who records in the field, and in which village: grid workers and heads, and the cadres on their rounds."""

from __future__ import annotations

from typing import Any

from points.models import PointsRecord, RecordSource
from points.own_villages import village_page
from points.states import RETURNED
from villages.models import Village

PERMISSION = "points.use_field_pages"

field_page = village_page(PERMISSION, "field_village", levels=(12, 15))


def source_for(user: Any, village: Village) -> str:
    """Whether a cadre or a grid worker records here."""
    return RecordSource.CADRE if user.has_perm("points.use_cadre_pages", village) else RecordSource.GRID


def returned_note(user: Any) -> str:
    """What the start page says: how many of this person's records came back."""
    count = PointsRecord.objects.for_user(user).filter(recorder=user, state=RETURNED).count()
    return f"{count} 条被退回，请改好再提交" if count else ""
