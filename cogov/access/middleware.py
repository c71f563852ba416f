"""A thing outside one's scope answers like a thing that does not exist."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import get_resolver

from cogov.common.errors import AccessDenied


class AccessDeniedMiddleware:
    """Turns AccessDenied into the 404 page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, AccessDenied):
            return None
        handler = get_resolver().resolve_error_handler(404)
        response: HttpResponse = handler(request, exception=exception)
        return response
