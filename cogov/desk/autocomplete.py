"""Choosing a related row by typing. What is typed comes by POST: it may be somebody's number, and addresses are kept."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.widgets import AutocompleteSelect
from django.forms import Media
from django.http import HttpRequest, HttpResponse


class TypedAutocomplete(AutocompleteJsonView):
    """Django's suggestions, for a POST."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """As Django answers a GET; its view, paginator and our admins look for the values there."""
        request.GET = request.POST  # type: ignore[assignment]
        return self.get(request, *args, **kwargs)


class TypedSelect(AutocompleteSelect):
    """Django's select box, asking by POST; static/js/desk-autocomplete.js adds the form's token."""

    def build_attrs(
        self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        return {**super().build_attrs(base_attrs, extra_attrs), "data-ajax--type": "POST"}

    @property
    def media(self) -> Media:
        return super().media + Media(js=("admin/js/jquery.init.js", "js/desk-autocomplete.js"))
