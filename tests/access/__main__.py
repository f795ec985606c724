"""`python -m tests.access` writes `matrix.txt` anew. Read the difference before you commit it: it is the point."""

import logging
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()
logging.disable(logging.CRITICAL)

from django.test.runner import DiscoverRunner  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402
from rest_framework.throttling import SimpleRateThrottle  # noqa: E402

from tests.access.matrix import EVERYBODY, let_in_at  # noqa: E402
from tests.access.table import FILE, written  # noqa: E402
from tests.factories import a_garage  # noqa: E402


def main():
    setup_test_environment()
    SimpleRateThrottle.allow_request = lambda *_: True  # nobody asks so much in a minute
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    a_garage()
    FILE.write_text(written({role: let_in_at(role) for role in EVERYBODY}), encoding="utf-8")
    runner.teardown_databases(databases)


if __name__ == "__main__":
    sys.exit(main())
