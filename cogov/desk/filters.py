"""List filters that never name an object outside the user's scope."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.filters import FieldListFilter, RelatedFieldListFilter
from django.db.models import Field, Model
from django.http import HttpRequest

from cogov.desk.scoping import scoped


class ScopedRelatedListFilter(RelatedFieldListFilter):
    """Offers only related objects that the user may see; takes the place of Django's own for every relation."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[Any, str]]:
        """Choices of the filter, in the related model's order, limited to the user's scope."""
        related: type[Model] = field.remote_field.model
        queryset = scoped(related, request.user)
        ordering = self.field_admin_ordering(field, request, model_admin)
        if ordering:
            queryset = queryset.order_by(*ordering)
        key = getattr(field.remote_field, "field_name", None) or related._meta.pk.attname
        return [(getattr(obj, key), str(obj)) for obj in queryset[: self.max_choices]]

    # A filter of more than this many links helps nobody; such a field belongs into search.
    max_choices = 300


def _is_relation(field: Field[Any, Any]) -> bool:
    return bool(field.remote_field)


FieldListFilter.register(_is_relation, ScopedRelatedListFilter, take_priority=True)
