"""What each role may do. Apps add their own permissions in AppConfig.ready(); nothing is stored in tables.

A permission says what, the scope of the duty says where; both must come from the same duty.
"""

from __future__ import annotations

from collections import defaultdict

from cogov.access.roles import Role

_grants: defaultdict[str, set[str]] = defaultdict(set)


def grant(role: Role | str, *permissions: str) -> None:
    """Let ``role`` do ``permissions`` ("app.verb_noun") within the scope of each of its duties."""
    for permission in permissions:
        if permission.count(".") != 1:
            raise ValueError(f"a permission is app.verb_noun, not {permission!r}")
    _grants[str(role)].update(permissions)


def grant_all(roles: tuple[Role, ...], *permissions: str) -> None:
    """The same permissions for several roles."""
    for role in roles:
        grant(role, *permissions)


def permissions_of(role: Role | str) -> frozenset[str]:
    return frozenset(_grants.get(str(role), ()))


def roles_with(permission: str) -> tuple[str, ...]:
    """The roles that hold ``permission``, in the order of :class:`Role`."""
    return tuple(role.value for role in Role if permission in _grants.get(role.value, ()))


def all_permissions() -> frozenset[str]:
    return frozenset().union(*_grants.values()) if _grants else frozenset()
