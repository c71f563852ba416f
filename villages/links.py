"""Addresses of the lists behind the figures of a report (BEY-10)."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

from villages.models import Village


def village_ids(code: str) -> str:
    """The villages of a township (9 digits), or the one village (12), as the filters of the lists take them."""
    rows = Village.objects.filter(code__startswith=code).order_by("code").values_list("pk", flat=True)
    return ",".join(str(pk) for pk in rows)


def list_behind(
    url_name: str, villages: str, *, village_key: str = "village__in", **filters: str | int
) -> str:
    """The address of a list of the desk, filtered to ``villages`` (:func:`village_ids`) and by ``filters``."""
    query = {village_key: villages, **filters}
    return f"{reverse(url_name)}?{urlencode(query, safe=',')}"
