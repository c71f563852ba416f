"""The demo: embedded SQLite, Celery over a folder, keys made on first use. Needs nothing beside Python."""

from __future__ import annotations

from cogov.settings import base, env
from cogov.settings.base import *  # noqa: F403 - settings modules extend one another
from cogov.settings.keys import load_or_create

DATA_DIR = env.path("COGOV_DATA_DIR", base.BASE_DIR / "var" / "demo")
_keys = load_or_create(DATA_DIR / "keys.json")

DEBUG = False
SECRET_KEY = env.text("COGOV_SECRET_KEY", _keys["secret_key"])
COGOV_ENCRYPTION_KEYS = env.words("COGOV_ENCRYPTION_KEYS") or [_keys["encryption_key"]]
COGOV_HASH_KEY = env.text("COGOV_HASH_KEY", _keys["hash_key"])
ALLOWED_HOSTS = env.words("COGOV_ALLOWED_HOSTS", "*")

ROOT_URLCONF = "cogov.demo.urls"
# Where the demo was last started: other commands print addresses that lead there, on whatever port it was.
_address = DATA_DIR / "address"
COGOV_PUBLIC_URL = env.text(
    "COGOV_PUBLIC_URL", _address.read_text("utf-8") if _address.exists() else base.COGOV_PUBLIC_URL
)

DATABASES = {"default": env.database(env.text("DATABASE_URL", f"sqlite:///{DATA_DIR / 'cogov.sqlite3'}"))}
STATIC_ROOT = DATA_DIR / "static"
MEDIA_ROOT = DATA_DIR / "media"
# Compressing every font takes longer than the whole rest of the first start; on one machine nothing travels far.
STORAGES = {
    **base.STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}

CELERY_BROKER_URL = env.text("CELERY_BROKER_URL", env.text("REDIS_URL", "filesystem://localhost"))
if CELERY_BROKER_URL.startswith("filesystem:"):
    _folder = DATA_DIR / "broker"
    for _name in ("queue", "done"):
        (_folder / _name).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_folder / "queue"),
        "data_folder_out": str(_folder / "queue"),
        "control_folder": str(_folder / "done"),
        "polling_interval": 0.05,
    }
