"""WSGI entry point; refuses to serve when the append-only guards are missing."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cogov.settings.production")

# What start-up makes is not garbage: looking for some every 700 objects costs a tenth of it.
gc.set_threshold(20_000, 20, 20)
application = get_wsgi_application()
gc.freeze()

from cogov.audit.guards import require_guards  # noqa: E402 - needs the app registry

require_guards()
