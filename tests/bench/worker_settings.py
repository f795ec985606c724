"""The tests' settings for a process of its own, led to the sandbox of this run."""

import os

from tests.settings import *  # noqa: F403

XERO_API_URL = XERO_IDENTITY_URL = XERO_LOGIN_URL = XERO_GO_URL = os.environ["BENCH_SANDBOX_URL"]
XERO_CLIENT_ID, XERO_CLIENT_SECRET = "workshop-bench", "bench-secret"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
