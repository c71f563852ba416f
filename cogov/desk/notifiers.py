"""Channels by which a message reaches somebody. In-app ships; SMS or WeChat are further notifiers.

class SmsNotifier:
    code, label = "sms", "短信"
    def accepts(self, user) -> bool: ...     # has a number, wants messages
    def send(self, row: Outbox) -> None: ...  # hands ``row.pk`` to the gateway as its idempotency key

register_notifier(SmsNotifier())             # in AppConfig.ready()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from cogov.common.errors import CogovError

if TYPE_CHECKING:
    from cogov.desk.models import Outbox


class NotDelivered(CogovError):
    """The channel could not take the message now; it will be tried again."""


class Notifier(Protocol):
    """A channel. ``send`` runs in the transaction that marks the row as delivered; it may raise NotDelivered."""

    code: str
    label: str

    def accepts(self, user: Any) -> bool:
        """Whether this person is reached by this channel."""

    def send(self, row: Outbox) -> None:
        """Deliver one message."""


class InAppNotifier:
    """The message box of the desk; everybody with an account has one."""

    code, label = "in_app", "站内消息"

    def accepts(self, user: Any) -> bool:
        return bool(user.is_active)

    def send(self, row: Outbox) -> None:
        from cogov.desk.models import Message  # noqa: PLC0415 - this module is imported before models are loaded

        Message.objects.get_or_create(
            outbox=row,
            defaults={"user_id": row.user_id, "title": row.title, "body": row.body, "link": row.link},
        )


_notifiers: dict[str, Notifier] = {}


def register_notifier(notifier: Notifier) -> Notifier:
    """Add a channel. Another one under the same code is a programming error."""
    known = _notifiers.setdefault(notifier.code, notifier)
    if known is not notifier and type(known) is not type(notifier):
        raise ValueError(f"notifier {notifier.code!r} is registered twice")
    return known


def notifiers() -> tuple[Notifier, ...]:
    return tuple(_notifiers[code] for code in sorted(_notifiers))


def notifier_of(code: str) -> Notifier:
    """Raises NotDelivered for a channel that is gone."""
    try:
        return _notifiers[code]
    except KeyError:
        raise NotDelivered(f"没有“{code}”这个消息渠道。") from None
