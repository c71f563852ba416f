"""Every address of the system, from the URL resolver; what an address needs is filled in from a world of two townships."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver

from cogov.access.scope import scope_of

_CONVERTER = re.compile(r"<(?:(?P<converter>[^>:]+):)?(?P<name>[^>]+)>")


@dataclass(frozen=True, slots=True)
class Route:
    """One address: its namespaced name, its pattern, and the names of its arguments."""

    name: str
    pattern: str
    arguments: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"/{self.pattern}"

    def path(self, values: dict[str, Any]) -> str:
        return "/" + _CONVERTER.sub(lambda found: str(values[found["name"]]), self.pattern)


def routes() -> Iterator[Route]:
    """All routes, in the order of the resolver."""
    yield from _walk(get_resolver().url_patterns, "", "")


def _walk(patterns: list[Any], prefix: str, namespace: str) -> Iterator[Route]:
    for entry in patterns:
        text = prefix + _plain(str(entry.pattern))
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry.url_patterns, text, inner)
        elif isinstance(entry, URLPattern):
            arguments = tuple(found["name"] for found in _CONVERTER.finditer(text))
            yield Route(f"{namespace}{entry.name or ''}", text, arguments)


def _plain(pattern: str) -> str:
    """Regular-expression patterns of the admin's catch-all as plain text."""
    return re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", pattern).lstrip("^").rstrip("$")


def admin_model(name: str) -> type[Model] | None:
    """The model of an admin address such as ``admin:villages_household_change``."""
    for model in admin.site._registry:
        stem = f"admin:{model._meta.app_label}_{model._meta.model_name}_"
        if name.startswith(stem):
            return model
    return None


def first_in(model: type[Model], code: str) -> Model | None:
    """A row of ``model`` that belongs to the place ``code``."""
    if model._meta.label == "access.User":
        return model._default_manager.filter(duties__scope_code__startswith=code).order_by("pk").first()
    if model._meta.label in ("audit.AuditEvent",):
        return model._default_manager.filter(village_code__startswith=code).order_by("pk").first()
    scope = getattr(model, "scope", None) and scope_of(model)
    if not scope or scope.everywhere:
        return model._default_manager.order_by("pk").first()
    return model._default_manager.filter(scope.condition((code,))).order_by("pk").first()


Provider = Callable[[str], dict[str, Any] | None]


def model_named(label: str) -> type[Model]:
    return apps.get_model(label)
