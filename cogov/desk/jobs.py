"""Pages of background jobs."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern


def urls(site: Any) -> list[URLPattern]:
    """Addresses of the job pages."""
    return []
