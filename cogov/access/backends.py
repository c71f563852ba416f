"""Signing in with user name and password; permissions come from duties."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.db import models
from django.http import HttpRequest

from cogov.access.models import User


class DutyBackend(BaseBackend):
    """Password check in constant time for unknown names; permissions are asked of the user himself."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> User | None:
        if username is None or password is None:
            return None
        user = User.objects.filter(username=username).first()
        if user is None:
            User().set_password(password)
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.filter(pk=user_id).first()
        return user if user is not None and user.is_active else None

    def has_perm(self, user_obj: Any, perm: str, obj: models.Model | None = None) -> bool:
        return isinstance(user_obj, User) and user_obj.has_perm(perm, obj)
