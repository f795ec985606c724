"""Django as the sandbox's doorman: no database, no admin, nothing of the workshop's own settings."""

from __future__ import annotations

import logging
import os
from pathlib import Path

HERE = Path(__file__).resolve().parent

#: From the sandbox's own database file, so that a signed-in person stays signed in over a restart.
SECRET_KEY = os.environ.get("SANDBOX_SECRET_KEY", "only for checks: the server sets its own")
DEBUG = False
#: It holds nothing but invented books, and is reached under whatever name the machine has.
ALLOWED_HOSTS = ["*"]

INSTALLED_APPS = ["django.contrib.sessions", "django.contrib.staticfiles", "accounting_sync.sandbox"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounting_sync.sandbox.web.middleware.ContentSecurityPolicy",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "accounting_sync.sandbox.urls"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "accounting_sync.sandbox.web.context.frame",
            ],
            "builtins": ["accounting_sync.sandbox.templatetags.books"],
        },
    }
]
DATABASES: dict[str, dict[str, str]] = {}
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS: list[Path] = []
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

# Cookies know no port: other names than the workshop's, or signing in here would sign out there.
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
SESSION_COOKIE_NAME = "xero_sandbox_session"
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "xero_sandbox_csrf"
CSRF_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# One POST of a batch may have 3.5 MB with Xero; the sandbox takes ten.
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024


def is_a_bug(record: logging.LogRecord) -> bool:
    """An exception is one; a 503 asked for on the faults page is not."""
    return record.exc_info is not None


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"bugs": {"()": "django.utils.log.CallbackFilter", "callback": is_a_bug}},
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["bugs"]}},
    "loggers": {"django.request": {"handlers": ["console"], "level": "ERROR", "propagate": False}},
}
