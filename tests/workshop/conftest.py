from contextlib import contextmanager

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext


@pytest.fixture
def workshop_queries(db):
    """Count the workshop's own queries; what listeners of its signals do is counted where they are tested."""

    @contextmanager
    def counted(number):
        with CaptureQueriesContext(connection) as captured:
            yield
        ours = [query["sql"] for query in captured if "accounting_sync" not in query["sql"]]
        assert len(ours) == number, "\n".join(ours)

    return counted
