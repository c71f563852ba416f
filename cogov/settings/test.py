"""Tests: SQLite in memory unless DATABASE_URL says otherwise; a throw-away data directory; fast hashing."""

from __future__ import annotations

import tempfile
from pathlib import Path

from cogov.settings import env
from cogov.settings.base import *  # noqa: F403 - settings modules extend one another

DATA_DIR = env.path("COGOV_DATA_DIR", Path(tempfile.gettempdir()) / "cogov-test-data")

DEBUG = False
SECRET_KEY = "test-only"  # noqa: S105
COGOV_ENCRYPTION_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]
COGOV_HASH_KEY = "test-only-hash-key"
ALLOWED_HOSTS = ["*"]

DATABASES = {"default": env.database(env.text("DATABASE_URL", "sqlite:///:memory:"))}
DATABASES["default"]["CONN_MAX_AGE"] = 0
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # empty: the live server serves the sources themselves
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_BROKER_URL = "memory://"
CELERY_TASK_ALWAYS_EAGER = False
