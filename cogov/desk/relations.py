"""Related rows, inlines and lists of the desk: everything through the scope of the person who asks."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Field, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest

from cogov.desk.autocomplete import TypedSelect
from cogov.desk.scoping import scoped


class ScopedRelations:
    """Related choices, in forms and autocomplete boxes, come from the user's scope."""

    admin_site: Any

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any] | None:
        """Queryset of a relation's choices; Django calls it for foreign keys and many-to-many fields."""
        queryset = scoped(db_field.remote_field.model, request.user)
        related_admin = self.admin_site._registry.get(db_field.remote_field.model)
        if related_admin is not None:
            ordering = related_admin.get_ordering(request)
            if ordering:
                queryset = queryset.order_by(*ordering)
        return queryset

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        """As Django does; a box that suggests asks by POST, and where there is one choice it is made."""
        if "widget" not in kwargs and db_field.name in self.get_autocomplete_fields(request):  # type: ignore[attr-defined]
            kwargs["widget"] = TypedSelect(db_field, self.admin_site, using=kwargs.get("using"))
        field: ModelChoiceField | None = super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]
        match = request.resolver_match
        if field is None or not field.required or match is None or not str(match.url_name).endswith("_add"):
            return field
        if not isinstance(field.widget, TypedSelect):
            choices = list(field.queryset[:2])
            if len(choices) == 1:
                field.initial = choices[0].pk
        return field

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """As Django does, but without the add/change/delete links beside a relation: those have their own pages."""
        formfield = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if formfield is not None:
            for name in ("can_add_related", "can_change_related", "can_delete_related", "can_view_related"):
                if hasattr(formfield.widget, name):
                    setattr(formfield.widget, name, False)
        return formfield


class DeskInline(ScopedRelations, admin.TabularInline):
    """Related rows on a change page, for reading; they are written by services of their own."""

    extra = 0
    can_delete = False
    show_change_link = True
    view_permission: ClassVar[str] = ""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        opts = self.model._meta
        return request.user.has_perm(self.view_permission or f"{opts.app_label}.view_{opts.model_name}")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Only rows of the user's scope."""
        return scoped(self.model, request.user)


class DeskChangeList(ChangeList):
    """A list that lets its admin fetch what the rows of the page need."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        self.model_admin.prepare_rows(self.result_list)
