"""Who records in the field, and in which village: grid workers and heads, and the cadres on their rounds."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from points.models import PointsRecord, RecordSource
from points.states import RETURNED
from villages.models import Village

PERMISSION = "points.use_field_pages"
_SESSION = "field_village"

View = Callable[..., HttpResponse]


def villages_of(user: Any) -> list[Village]:
    """The villages in which this person has ground of his own, in the order of their codes."""
    codes = {code[:12] for code in user.scope_codes(PERMISSION) if len(code) >= 12}
    return list(Village.objects.filter(code__in=codes).select_related("township").order_by("code"))


def field_page(view: View) -> View:
    """The view gets the village; whoever works in several picks one by ``?village=``. Strangers get 404."""

    @login_required
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        villages = villages_of(request.user)
        if not villages and request.user.has_perm(PERMISSION):
            return render(request, "village/none.html", {"title": "还没有您的村"})
        if not villages:
            raise Http404
        wanted = request.GET.get("village") or request.session.get(_SESSION, "")
        village = next((row for row in villages if row.code == wanted), villages[0])
        if len(villages) > 1:
            request.session[_SESSION] = village.code
        request.field_villages = villages  # type: ignore[attr-defined]
        return view(request, village, *args, **kwargs)

    return wrapped


def source_for(user: Any, village: Village) -> str:
    """Whether a cadre or a grid worker records here."""
    return RecordSource.CADRE if user.has_perm("points.use_cadre_pages", village) else RecordSource.GRID


def returned_note(user: Any) -> str:
    """What the start page says: how many of this person's records came back."""
    count = PointsRecord.objects.for_user(user).filter(recorder=user, state=RETURNED).count()
    return f"{count} 条被退回，请改好再提交" if count else ""
