"""People with duties."""

from __future__ import annotations

import datetime as dt

import factory
from factory.django import DjangoModelFactory

from cogov.access.models import Duty, User


class UserFactory(DjangoModelFactory):
    """An account without any duty; the password is ``password-of-user``."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    full_name = factory.Sequence(lambda n: f"干部{n}")

    @factory.post_generation
    def password(self, create: bool, extracted: str | None, **_: object) -> None:
        self.set_password(extracted or "password-of-user")
        if create:
            self.save(update_fields=["password"])


class DutyFactory(DjangoModelFactory):
    """A role at a place since 2020."""

    class Meta:
        model = Duty

    user = factory.SubFactory(UserFactory)
    starts_on = dt.date(2020, 1, 1)


def user_with(role: str, code: str, **fields: object) -> User:
    """An account with one duty: ``user_with(Role.VILLAGE_CADRE, village.code)``."""
    user = UserFactory(**fields)
    DutyFactory(user=user, role=str(role), scope_code=code)
    return user
