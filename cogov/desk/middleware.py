"""Nobody works before he has changed a given password and shown his second factor."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse

from cogov.access.models import User
from cogov.desk.second_factor import pending_step

# Pages one needs in order to get through the gate; all others wait.
OPEN = frozenset(
    {
        "admin:login",
        "admin:logout",
        "admin:password_change",
        "admin:password_change_done",
        "admin:jsi18n",
        "admin:desk_verify",
        "admin:desk_enrol",
    }
)


class GateMiddleware:
    """Sends a signed-in person to the step that is still open, wherever he wants to go."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        step = self.open_step(request)
        if not step:
            return self.get_response(request)
        query = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
        return HttpResponseRedirect(reverse(step) + (f"?{query}" if query else ""))

    def open_step(self, request: HttpRequest) -> str:
        """URL name of the step, or "" when the way is free."""
        user = request.user
        if not isinstance(user, User):
            return ""
        try:
            name = resolve(request.path_info).view_name
        except Resolver404:
            return ""
        if name in OPEN:
            return ""
        return pending_step(user) or ("admin:password_change" if user.must_change_password else "")
