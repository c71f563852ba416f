"""Production: PostgreSQL, Redis and any number of workers, by environment variables alone."""

from __future__ import annotations

from cogov.settings import env
from cogov.settings.base import *  # noqa: F403 - settings modules extend one another

DEBUG = False
SECRET_KEY = env.text("COGOV_SECRET_KEY")
COGOV_ENCRYPTION_KEYS = env.text("COGOV_ENCRYPTION_KEYS").split(",")
COGOV_HASH_KEY = env.text("COGOV_HASH_KEY")
ALLOWED_HOSTS = env.text("COGOV_ALLOWED_HOSTS").split(",")
CSRF_TRUSTED_ORIGINS = env.words("COGOV_TRUSTED_ORIGINS")
COGOV_PUBLIC_URL = env.text("COGOV_PUBLIC_URL")
COGOV_REQUIRE_OTP = env.boolean("COGOV_REQUIRE_OTP", default=True)
COGOV_KIOSK_ENROLLED_ONLY = env.boolean("COGOV_KIOSK_ENROLLED_ONLY", default=True)

DATABASES = {"default": env.database(env.text("DATABASE_URL"))}
CELERY_BROKER_URL = env.text("CELERY_BROKER_URL", env.text("REDIS_URL"))

SECURE_SSL_REDIRECT = env.boolean("COGOV_SSL_REDIRECT", default=True)
# Behind a front server (nginx …) its headers tell the visitor's address and scheme; without one they must not be believed.
COGOV_BEHIND_PROXY = env.boolean("COGOV_BEHIND_PROXY", default=True)
if COGOV_BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = env.integer("COGOV_HSTS_SECONDS", 31_536_000)
SESSION_COOKIE_SECURE = SECURE_SSL_REDIRECT
CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT
