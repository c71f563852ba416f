"""Pages of the desk that belong to no model, and the error pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse

from cogov.common.text import holds_personal_number
from cogov.desk import dashboard as dashboard_data
from cogov.desk import search as search_engine
from cogov.desk import typed

__all__ = ["dashboard", "forbidden", "not_found", "search", "server_error", "todo"]


def dashboard(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """This month's figures and charts of the user's scope, and what waits for him."""
    switch = dashboard_data.month_switch(request.GET.get("month", ""))
    cards = dashboard_data.cards_for(request.user, switch.shown)
    context = {
        **admin.site.each_context(request),
        "title": "工作台",
        "subtitle": None,
        "switch": switch,
        "wide_cards": [card for card in cards if card.wide],
        "narrow_cards": [card for card in cards if not card.wide],
        "todos": dashboard_data.todos_for(request.user),
        **(extra_context or {}),
    }
    return TemplateResponse(request, "admin/index.html", context)


def todo(request: HttpRequest) -> HttpResponse:
    """Everything that waits for the user."""
    context = {
        **admin.site.each_context(request),
        "title": "我的待办",
        "todos": dashboard_data.todos_for(request.user),
    }
    return TemplateResponse(request, "admin/todo.html", context)


def search(request: HttpRequest) -> HttpResponse:
    """Results of the search box; see :mod:`cogov.desk.typed` for how they are asked for."""
    posted = request.method == "POST"
    text = (request.POST if posted else request.GET).get("q", "").strip()[: search_engine.MAX_LENGTH]
    secret = holds_personal_number(text)
    if posted and not secret:
        return redirect(f"{request.path}?{urlencode({'q': text})}" if text else request.path)
    if secret and not posted:
        messages.warning(request, typed.NOT_HERE)
        return redirect(request.path)
    groups = search_engine.search(request.user, text)
    return typed.shown(request, groups, text="" if secret else text, asked=bool(text))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404; the same page for a foreign object and for none."""
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, without any database query."""
    return render(request, "500.html", status=500)
