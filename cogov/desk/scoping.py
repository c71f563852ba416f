"""What a user may see of any model, in one function. A model without a scope is a programming error, not public."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model, Q, QuerySet

from cogov.access.models import User
from cogov.access.scope import Scope, limit
from cogov.audit.models import AuditEvent

ScopeRule = Callable[[Any], QuerySet[Any]]
_rules: dict[type[Model], ScopeRule] = {}

AUDIT_SCOPE = Scope(township="township_code", village="village_code")


def register_scope(model: type[Model], rule: ScopeRule) -> None:
    """Give a model without ``for_user`` its scope."""
    _rules[model] = rule


def scoped(model: type[Model], user: Any) -> QuerySet[Any]:
    """The rows of ``model`` that ``user`` may see. Raises ImproperlyConfigured when the model has no scope."""
    rule = _rules.get(model)
    if rule is not None:
        return rule(user)
    manager = model._default_manager
    if not hasattr(manager, "for_user"):
        raise ImproperlyConfigured(f"{model._meta.label} has no scope: use ScopedManager or register_scope")
    queryset: QuerySet[Any] = manager.for_user(user)
    return queryset


def visible_users(user: Any) -> QuerySet[User]:
    """Accounts that hold, or held, a duty within the places where ``user`` may see accounts; and his own."""
    codes = user.scope_codes("access.view_user")
    if "" in codes:
        return User.objects.all()
    place = Q(pk=user.pk)
    for code in codes:
        place |= Q(duties__scope_code__startswith=code)
    return User.objects.filter(pk__in=User.objects.filter(place).values("pk"))


def visible_events(user: Any) -> QuerySet[AuditEvent]:
    """Audit events of the places where ``user`` may read the operation log."""
    queryset: QuerySet[AuditEvent] = limit(AuditEvent.objects.all(), user, scope=AUDIT_SCOPE)
    return queryset


register_scope(User, visible_users)
register_scope(AuditEvent, visible_events)
