"""WSGI entry point; refuses to serve when the append-only guards are missing."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from cogov.common.startup import keep_what_is_loaded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cogov.settings.production")

application = get_wsgi_application()

from cogov.audit.guards import require_guards  # noqa: E402 - needs the app registry

keep_what_is_loaded()
require_guards()
