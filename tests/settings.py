"""The product's settings with a throw-away key and quick password hashing."""

import os

os.environ["ENV_FILE"] = os.devnull  # a developer's own .env may lead to the real Xero
os.environ.setdefault("SECRET_KEY", "only-for-the-tests-" + "x" * 50)
os.environ.setdefault("FIELD_ENCRYPTION_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
os.environ.setdefault("LOG_LEVEL", "CRITICAL")

from config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# the sandbox's addresses: nothing answers there in the tests but an adapter in the same process
SITE_URL = "http://localhost:8000"
XERO_API_URL = XERO_IDENTITY_URL = XERO_LOGIN_URL = XERO_GO_URL = "http://localhost:8001"
XERO_CLIENT_ID, XERO_CLIENT_SECRET, XERO_WEBHOOK_KEY = "workshop-under-test", "its-secret", "webhook-key"
