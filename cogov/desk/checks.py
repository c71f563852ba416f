"""System checks of the desk: what would break scope or tempt somebody to write around the services."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.contrib import admin
from django.core.checks import CheckMessage, Error, Tags, register

from cogov.desk.modeladmin import DeskModelAdmin
from cogov.desk.scoping import _rules


@register(Tags.admin)
def check_desk_admins(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Every page of the desk is scoped, writes by service and asks for related objects by autocomplete."""
    problems: list[CheckMessage] = []
    for model, model_admin in admin.site._registry.items():
        name = type(model_admin).__name__
        if not isinstance(model_admin, DeskModelAdmin):
            problems.append(Error(f"{name} is not a DeskModelAdmin", id="desk.E001"))
            continue
        own_scope = type(model_admin).scoped_queryset is not DeskModelAdmin.scoped_queryset
        if not own_scope and model not in _rules and not hasattr(model._default_manager, "for_user"):
            problems.append(Error(f"{name}: {model.__name__} has no scope", id="desk.E002"))
        if model_admin.raw_id_fields:
            problems.append(
                Error(f"{name}: use autocomplete_fields, raw ids name foreign objects", id="desk.E003")
            )
        if model_admin.list_editable:
            problems.append(Error(f"{name}: list_editable would write around the service", id="desk.E004"))
    return problems
