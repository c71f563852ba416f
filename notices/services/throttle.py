"""Rate limits of public pages, kept in the database: they hold across processes and restarts (stack.md trap 11)."""

from __future__ import annotations

import time
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from cogov.access.encryption import keyed_hash
from notices.models import PublicAccess

_SQL = """
INSERT INTO notices_publicaccess (purpose, address, "window", hits) VALUES (%s, %s, %s, 1)
ON CONFLICT (purpose, address, "window") DO UPDATE SET hits = notices_publicaccess.hits + 1
RETURNING hits
"""
_KEEP_WINDOWS = 24


def client_address(request: HttpRequest) -> str:
    """The address the request came from, as the front server reports it."""
    forwarded = (
        request.META.get("HTTP_X_FORWARDED_FOR", "") if getattr(settings, "COGOV_BEHIND_PROXY", False) else ""
    )
    return forwarded.split(",")[-1].strip() or request.META.get("REMOTE_ADDR", "")


def allow(*, purpose: str, address: str, limit: int, seconds: int) -> bool:
    """Count one request; False when ``address`` has made more than ``limit`` in this window of ``seconds``.

    The address is stored as a keyed hash. Old windows are swept on the first request of a new one.
    """
    hashed, window = _place(purpose, address, seconds)
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [purpose, hashed, window])
        hits: int = cursor.fetchone()[0]
        if hits == 1:
            cursor.execute(
                'DELETE FROM notices_publicaccess WHERE purpose = %s AND address = %s AND "window" < %s',
                [purpose, hashed, window - _KEEP_WINDOWS],
            )
    return hits <= limit


def counted(*, purpose: str, address: str, seconds: int) -> bool:
    """Whether ``address`` has made any request in this window; asking counts nothing."""
    hashed, window = _place(purpose, address, seconds)
    return PublicAccess.objects.filter(purpose=purpose, address=hashed, window=window).exists()


def _place(purpose: str, address: str, seconds: int) -> tuple[str, int]:
    # Windows of a day begin at midnight here, not in Greenwich.
    here = timezone.localtime().utcoffset() or timedelta()
    return keyed_hash(address, f"throttle:{purpose}"), int(time.time() + here.total_seconds()) // seconds
