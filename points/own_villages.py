"""Pages of people who work in a village of their own: the page gets the village, everybody else gets 404."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from villages.models import Village

View = Callable[..., HttpResponse]


def villages_where(user: Any, permission: str, *, levels: tuple[int, ...]) -> list[Village]:
    """The villages in which this person holds ``permission`` by a duty of these code lengths, in the order of codes."""
    codes = {code[:12] for code in user.scope_codes(permission) if len(code) in levels}
    return list(Village.objects.filter(code__in=codes).select_related("township").order_by("code"))


def village_page(permission: str, session_key: str, *, levels: tuple[int, ...]) -> Callable[[View], View]:
    """The view gets the village, and ``request.own_villages``; who serves several picks one by ``?village=``.

    Whoever serves none gets 404, like everything outside his scope; whose village is not registered yet is told so.
    """

    def decorate(view: View) -> View:
        @login_required
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            user: Any = request.user
            villages = villages_where(user, permission, levels=levels)
            if not villages and user.has_perm(permission):
                return render(request, "village/none.html", {"title": "还没有您的村"})
            if not villages:
                raise Http404
            wanted = request.GET.get("village") or request.session.get(session_key, "")
            village = next((row for row in villages if row.code == wanted), villages[0])
            if len(villages) > 1:
                request.session[session_key] = village.code
            request.own_villages = villages  # type: ignore[attr-defined]
            return view(request, village, *args, **kwargs)

        return wrapped

    return decorate
