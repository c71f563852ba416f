"""Who is in a cadre page, and in which village."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from villages.models import Village

PERMISSION = "points.use_cadre_pages"
_SESSION = "cadre_village"

View = Callable[..., HttpResponse]


def villages_of(user: Any) -> list[Village]:
    """The villages whose cadre this person is, in the order of their codes."""
    codes = [code for code in user.scope_codes(PERMISSION) if len(code) == 12]
    return list(Village.objects.filter(code__in=codes).select_related("township").order_by("code"))


def cadre_page(view: View) -> View:
    """Pages for village cadres; whoever is none gets 404, like everything outside his scope. A cadre whose village is not
    in the registry yet is told so.

    The view gets the village; somebody who serves several picks one by ``?village=``.
    """

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
        request.cadre_villages = villages  # type: ignore[attr-defined]
        return view(request, village, *args, **kwargs)

    return wrapped
