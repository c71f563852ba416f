"""Personal values that print masked. The one place that decides how much of a person is shown.

``str(value)`` is always masked, in templates, logs, exports and errors alike. ``value.plain`` is for services that
store or compare; showing it to somebody goes through :meth:`PersonalValue.reveal`, which is permissioned and logged.
"""

from __future__ import annotations

from typing import Any

from django.db import models

from cogov.access.encryption import decrypt_text, encrypt_text
from cogov.access.scope import Actor, authorize_object
from cogov.audit.services import record
from cogov.common.text import mask_name

__all__ = ["BankAccount", "IdentityNumber", "PersonalValue", "Phone", "mask_name"]


class PersonalValue:
    """A value that is encrypted at rest and masked in print. Decrypts only when it has to."""

    label = "个人信息"
    __slots__ = ("_plain", "_token")

    def __init__(self, plain: str = "", *, token: str | None = None) -> None:
        self._plain: str | None = plain if token is None else None
        self._token = token

    @property
    def plain(self) -> str:
        """The bare value, for storing and comparing; never for showing."""
        if self._plain is None:
            self._plain = decrypt_text(self._token or "")
        return self._plain

    @property
    def token(self) -> str:
        """The ciphertext to store."""
        if self._token is None:
            self._token = encrypt_text(self._plain or "")
        return self._token

    def masked(self) -> str:
        raise NotImplementedError

    def reveal(self, *, actor: Actor, reason: str, obj: models.Model) -> str:
        """The bare value for ``actor``, logged with the reason. Raises AccessDenied outside permission or scope."""
        authorize_object(actor, "access.reveal_personal_data", obj)
        record(
            actor=actor,
            action="access.reveal_personal_data",
            summary=f"查看{self.label}：{obj}",
            obj=obj,
            comment=reason,
        )
        return self.plain

    def __str__(self) -> str:
        return self.masked() if self else ""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"

    def __bool__(self) -> bool:
        return bool(self._token) if self._plain is None else bool(self._plain)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, PersonalValue) and other.plain == self.plain

    def __hash__(self) -> int:
        return hash((type(self), self.plain))

    def __reduce__(self) -> tuple[Any, ...]:
        return (_restore, (type(self), self.token))


def _restore(kind: type[PersonalValue], token: str) -> PersonalValue:
    return kind(token=token)


class IdentityNumber(PersonalValue):
    """居民身份证号: first three and last two digits are shown."""

    label = "身份证号"
    __slots__ = ()

    def masked(self) -> str:
        plain = self.plain
        return f"{plain[:3]}{'*' * (len(plain) - 5)}{plain[-2:]}" if len(plain) > 8 else "*" * len(plain)


class Phone(PersonalValue):
    """联系电话: 138****5678."""

    label = "联系电话"
    __slots__ = ()

    def masked(self) -> str:
        plain = self.plain
        return (
            f"{plain[:3]}****{plain[-4:]}"
            if len(plain) >= 11
            else f"{'*' * max(len(plain) - 3, 3)}{plain[-3:]}"
        )


class BankAccount(PersonalValue):
    """一卡通账号: only the last four digits are shown."""

    label = "银行账号"
    __slots__ = ()

    def masked(self) -> str:
        return f"**** {self.plain[-4:]}"
