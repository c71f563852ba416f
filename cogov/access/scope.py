"""Scope in one place: who may touch which rows (design.md 3.9).

Places are division codes: county 6 digits, township 9, village 12, village group 15. A duty carries a code; a model
says by which lookups its rows belong to a place; a row is in scope when its code begins with the duty's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models import Q

from cogov.access.roles import GROUP, TOWNSHIP, VILLAGE
from cogov.common.errors import AccessDenied

if TYPE_CHECKING:
    from cogov.access.models import User


@dataclass(frozen=True, slots=True)
class SystemActor:
    """The system itself at work (a job, a command): may do everything, and signs with its name."""

    name: str

    @property
    def audit_id(self) -> None:
        return None

    @property
    def audit_name(self) -> str:
        return self.name

    @property
    def pk(self) -> None:
        return None

    def has_perm(self, _perm: str, _obj: models.Model | None = None) -> bool:
        return True

    def scope_codes(self, _perm: str) -> tuple[str, ...]:
        return ("",)


if TYPE_CHECKING:
    Actor: TypeAlias = User | SystemActor
else:
    Actor = object


@dataclass(frozen=True, slots=True)
class Scope:
    """The lookups from a row to the codes of its places.

    ``upward`` rows (the village itself, its notices) are also visible to duties below them.
    """

    township: str = ""
    village: str = ""
    group: str = ""
    upward: bool = False
    everywhere: bool = False

    @classmethod
    def public(cls) -> Scope:
        """Reference rows that belong to no place: visible to whoever holds the permission."""
        return cls(everywhere=True)

    def condition(self, codes: tuple[str, ...]) -> Q:
        """The rows within any of ``codes``."""
        if self.everywhere or "" in codes:
            return Q()
        matched = Q(pk__in=[])
        for code in codes:
            matched |= self._within(code)
        return matched

    def _within(self, code: str) -> Q:
        if len(code) <= TOWNSHIP and self.township:
            exact = len(code) == TOWNSHIP and self.township.endswith("code")
            return Q(**{self.township if exact else f"{self.township}__startswith": code})
        if len(code) < VILLAGE:
            path = self.village or self.group
            return Q(**{f"{path}__startswith": code}) if path else Q(pk__in=[])
        if len(code) == VILLAGE and self.village:
            return Q(**{self.village: code})
        if len(code) == VILLAGE and self.group:
            return Q(**{f"{self.group}__startswith": code})
        if len(code) >= GROUP and self.group:
            return Q(**{self.group: code})
        if self.upward:
            if self.village:
                return Q(**{self.village: code[:VILLAGE]})
            if self.township:
                return Q(**{self.township: code[:TOWNSHIP]})
        return Q(pk__in=[])


def scope_of(model: type[models.Model]) -> Scope:
    """The scope a model declares. Raises ImproperlyConfigured when it forgot to."""
    scope = getattr(model, "scope", None)
    if not isinstance(scope, Scope):
        raise ImproperlyConfigured(f"{model._meta.label} declares no scope")
    return scope


def view_permission(model: type[models.Model]) -> str:
    return f"{model._meta.app_label}.view_{model._meta.model_name}"


def limit(queryset: models.QuerySet[Any], user: Any, perm: str = "", scope: Scope | None = None) -> Any:
    """``queryset`` cut down to what ``user`` may see under ``perm`` (default: the model's view permission)."""
    codes = user.scope_codes(perm or view_permission(queryset.model)) if hasattr(user, "scope_codes") else ()
    if not codes:
        return queryset.none()
    if "" in codes:
        return queryset
    return queryset.filter((scope or scope_of(queryset.model)).condition(codes))


class ScopedQuerySet(models.QuerySet[Any]):
    """``Model.objects.for_user(user)``: only what this person may see."""

    def for_user(self, user: Any, perm: str = "") -> Self:
        """Rows within the scope of those duties of ``user`` that grant ``perm`` (default: view)."""
        limited: Self = limit(self, user, perm)
        return limited


ScopedManager = models.Manager.from_queryset(ScopedQuerySet)


def within(codes: tuple[str, ...], code: str) -> bool:
    """Whether the place ``code`` lies in any of ``codes``."""
    return any(code.startswith(own) for own in codes)


def authorize(actor: Any, perm: str, code: str) -> None:
    """Let ``actor`` do ``perm`` at the place ``code``. Raises AccessDenied."""
    if not within(actor.scope_codes(perm), code):
        raise AccessDenied


def authorize_object(actor: Any, perm: str, obj: models.Model) -> None:
    """Let ``actor`` do ``perm`` to ``obj``. Raises AccessDenied."""
    codes = actor.scope_codes(perm)
    if not codes:
        raise AccessDenied
    if "" in codes:
        return
    model = type(obj)
    if not model._base_manager.filter(scope_of(model).condition(codes), pk=obj.pk).exists():
        raise AccessDenied
