"""Every address, every method, every role: who is let in. The test compares it with `matrix.txt`.

Asked for a record that is not there, with an empty body: the one let in is told so, or told what is missing; the
other is turned away first. So nothing need exist, and nothing is changed.
"""

import re

from django.test import Client
from django.urls import get_resolver
from django.urls.resolvers import URLPattern
from rest_framework.test import APIClient

from tests.factories import UserFactory

ROLES = ["Owner", "Manager", "Advisor", "Parts", "Technician", "Accountant", "Read-only"]
NOBODY, NO_ROLE = "nobody", "no role"
EVERYBODY = [NOBODY, NO_ROLE, *ROLES]
NOT_THERE = "987654321"
WORDS = {"kind": "invoice", "name": "skip"}  # what an address must name for the door to be a door at all
SIGN_IN = re.compile(r"^(/admin)?/login/")
# Signing out ends the visit; the next two only lead to an address that is asked itself; and of a history Django
# looks for the record before it asks who may: see `test_a_history_is_for_whoever_may_see_its_record`.
LEFT_OUT = re.compile(r"/logout/$|^/admin/\w+/\w+/<path:object_id>/$|\(\?P<|/history/$")


def doors():
    """[(method, path)] of everything the resolver knows. A page is asked to GET and POST, the API what it offers."""
    found = set()
    _collect(get_resolver().url_patterns, "/", found)
    return sorted(found, key=lambda door: (door[1], door[0]))


def _collect(patterns, route, found):
    for pattern in patterns:
        path = route + str(pattern.pattern)
        if not isinstance(pattern, URLPattern):
            _collect(pattern.url_patterns, path, found)
        elif not LEFT_OUT.search(path) and "^" not in path:
            found.update((method, path) for method in _methods(pattern.callback))


def _methods(view):
    actions = getattr(view, "actions", None) or ("get", "post")
    return [method.upper() for method in actions if method != "head"]


def filled(path):
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: WORDS.get(found[1], NOT_THERE), path)


class Visitor:
    """Somebody at every door: let in, or not."""

    def __init__(self, role):
        self.browser, self.phone = Client(raise_request_exception=False), APIClient(raise_request_exception=False)
        if role != NOBODY:
            user = UserFactory(is_staff=role not in ("Technician", NO_ROLE))
            user = UserFactory.with_role(role, is_staff=role != "Technician") if role in ROLES else user
            self.browser.force_login(user)
            self.phone.force_authenticate(user)

    def ask(self, method, path):
        if path.startswith("/api/"):
            return self.phone.generic(method, filled(path), "{}", content_type="application/json")
        return self.browser.generic(method, filled(path))


def let_in(answer):
    """True, False, or None where the method does not exist."""
    if answer.status_code == 405:
        return None
    if answer.status_code in (401, 403):
        return False
    return not (answer.status_code == 302 and SIGN_IN.match(answer["Location"]))


def let_in_at(role):
    """{(method, path): let in} of one visitor, without the methods that are not there."""
    visitor = Visitor(role)
    answers = {(method, path): let_in(visitor.ask(method, path)) for method, path in doors()}
    return {door: answer for door, answer in answers.items() if answer is not None}
