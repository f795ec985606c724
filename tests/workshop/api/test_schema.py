"""The published description is the one the code gives, and every operation is documented."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from tests.workshop.api.calls import BASE
from workshop.api.resources import Resource

PUBLISHED = Path(__file__).resolve().parents[3] / "docs" / "openapi.yaml"


@pytest.fixture(scope="module")
def generated():
    out = StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=out)
    return out.getvalue()


def test_the_published_schema_is_true(generated):
    assert PUBLISHED.read_text(encoding="utf-8").strip() == generated.strip(), (
        "The API changed. Publish it: manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml"
    )


def operations(schema):
    import yaml

    for path, methods in yaml.safe_load(schema)["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def test_every_operation_says_what_it_is_and_how_it_refuses(generated):
    for name, operation in operations(generated):
        assert operation["summary"], name
        assert len(operation["tags"]) == 1, name
        assert {"400", "401", "403", "429"} <= set(operation["responses"]), name


def test_every_action_names_the_permission_it_needs(generated):
    from django.urls import get_resolver

    views = {}
    for pattern in _patterns(get_resolver().url_patterns):
        if hasattr(pattern.callback, "actions"):
            views.setdefault(pattern.callback.cls, set()).update(pattern.callback.actions.values())

    resources = {view: actions for view, actions in views.items() if issubclass(view, Resource)}
    assert len(resources) > 15
    for view, actions in resources.items():
        assert set(view.permissions) == actions, view


def _patterns(patterns):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from _patterns(pattern.url_patterns)
        else:
            yield pattern


def test_the_documentation_page_loads_nothing_from_elsewhere():
    page = Client().get(f"{BASE}docs/")

    assert page.status_code == 200
    assert "//" not in page.content.decode().replace("http://www.w3.org", "").replace("http://testserver/", "")
    assert "script-src" not in page["Content-Security-Policy"]
    assert page["Content-Security-Policy"].startswith("default-src 'self';")


def test_the_schema_is_served_without_signing_in():
    answer = Client().get(f"{BASE}schema/")

    assert answer.status_code == 200
    assert "openapi: 3" in answer.content.decode()
