"""Xero's doorbell: the signature on the raw bytes, a note, an empty answer; the work is done elsewhere."""

import base64
import hashlib
import hmac
import json
import time

import pytest
from django.test import Client
from django.utils import timezone

from accounting_sync import wake
from accounting_sync.models import Attempt, Cursor, SyncRecord
from tests.factories import an_invoice

URL = "/accounting/webhook/"


@pytest.fixture
def wakes(monkeypatch, django_capture_on_commit_callbacks):
    """What the background worker is asked to do (mocked: the queue)."""
    asked = []
    monkeypatch.setattr(wake, "_wake", asked.append)
    return asked


def sign(body):
    return base64.b64encode(hmac.new(b"webhook-key", body, hashlib.sha256).digest()).decode()


def ring(body, signature=None):
    """As Xero posts it: no session, no CSRF token."""
    browser = Client(enforce_csrf_checks=True)
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"x-xero-signature": sign(body) if signature is None else signature}
    return browser.post(URL, body, content_type="application/json", headers=headers)


def event(tenant, category="INVOICE"):
    return {
        "resourceUrl": "https://evil.example/api.xro/2.0/Invoices/1", "resourceId": "1", "tenantId": tenant,
        "eventDateUtc": "2026-07-20T00:44:09.923", "eventType": "UPDATE", "eventCategory": category,
        "tenantType": "ORGANISATION",
    }  # fmt: skip


def poked():
    return sorted(Cursor.objects.exclude(poke_at=None).values_list("resource", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("category", "resources"),
    [
        ("INVOICE", ["Invoices", "Payments"]),
        ("CREDITNOTE", ["CreditNotes", "Payments"]),
        ("CONTACT", ["Contacts"]),
        ("SUBSCRIPTION", []),
        ("PREPAYMENT", ["Payments", "Prepayments"]),
        ("OVERPAYMENT", ["Overpayments"]),
    ],
)
def test_each_kind_of_event_pokes_what_must_be_read(connection, category, resources):
    answer = ring({"events": [event(connection.tenant_id, category)], "entropy": "X"})

    assert (answer.status_code, answer.content, answer.cookies) == (200, b"", {})
    assert poked() == resources


@pytest.mark.django_db
def test_a_flood_is_one_note_and_one_wake_up(connection, wakes, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        ring({"events": [event(connection.tenant_id)] * 500})

    assert (poked(), wakes) == (["Invoices", "Payments"], ["pull"])


@pytest.mark.django_db
def test_it_does_no_work_and_costs_the_same_however_many_events(connection, xero, django_assert_num_queries):
    an_invoice()
    records, calls = list(SyncRecord.objects.values()), len(xero.calls)
    one = json.dumps({"events": [event(connection.tenant_id)]}).encode()
    many = json.dumps({"events": [event(connection.tenant_id)] * 1000}).encode()
    wake._broker()

    for body in (one, many):
        with django_assert_num_queries(2):  # the cursors, and when Xero was last heard
            ring(body)

    assert (list(SyncRecord.objects.values()), Attempt.objects.count(), len(xero.calls)) == (records, 0, calls)


@pytest.mark.django_db
def test_it_answers_within_fifty_milliseconds(connection):
    body = json.dumps({"events": [event(connection.tenant_id)] * 100}).encode()
    ring(body)

    took = []
    for _ in range(5):
        began = time.perf_counter()
        ring(body)
        took.append(time.perf_counter() - began)

    assert min(took) < 0.05


@pytest.mark.django_db
def test_the_same_event_twice_is_one_more_note(connection):
    body = {"events": [event(connection.tenant_id)]}

    assert [ring(body).status_code, ring(body).status_code] == [200, 200]
    assert poked() == ["Invoices", "Payments"]


@pytest.mark.django_db
def test_the_intent_to_receive_is_answered_right_for_both_signatures(connection, wakes):
    body = {"events": [], "firstEventSequence": 0, "lastEventSequence": 0, "entropy": "S0m3r4nd0mt3xt"}

    assert ring(body).status_code == 200
    assert ring(body, sign(b"something else")).status_code == 401
    assert (poked(), wakes) == ([], [])


@pytest.mark.django_db
@pytest.mark.parametrize("signature", ["", "nonsense", "ключ", sign(b"{}")[:-2]])
def test_no_other_signature_passes(connection, signature):
    answer = ring({"events": [event(connection.tenant_id)]}, signature)

    assert (answer.status_code, answer.content, answer.cookies) == (401, b"", {})
    assert poked() == []


@pytest.mark.django_db
def test_the_signature_is_of_the_bytes_and_not_of_what_they_mean(connection):
    sent = json.dumps({"events": []}).encode()
    reordered = b' {"events":   []} '

    assert ring(reordered, sign(sent)).status_code == 401
    assert ring(reordered, sign(reordered)).status_code == 200


@pytest.mark.django_db
def test_without_a_key_nobody_can_sign(connection, settings):
    settings.XERO_WEBHOOK_KEY = ""

    assert ring({"events": []}, sign(b"")).status_code == 401


@pytest.mark.django_db
def test_an_organisation_we_do_not_know_is_nobodys(connection, wakes):
    assert ring({"events": [event("somebody-elses")]}).status_code == 200
    assert (poked(), wakes) == ([], [])


@pytest.mark.django_db
def test_a_disconnected_organisation_is_not_read(connection, wakes):
    type(connection).objects.update(status="disconnected", cause="person", status_since=timezone.now())

    assert ring({"events": [event(connection.tenant_id)]}).status_code == 200
    assert (poked(), wakes) == ([], [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b"[]", b"null", b'{"events": null}', b'{"events": ["x"]}', b'{"events": [{}]}', b'{"Events": []}'],
)
def test_what_cannot_be_understood_is_left_to_the_poll(connection, body):
    """Refusing it would make Xero send it for a day and then stop everything."""
    assert ring(body).status_code == 200
    assert poked() == []


@pytest.mark.django_db
def test_a_queue_that_cannot_be_reached_keeps_the_note(connection, monkeypatch, django_capture_on_commit_callbacks):
    def down(task):
        raise ConnectionError("redis is down")

    monkeypatch.setattr(wake, "_wake", down)
    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        answer = ring({"events": [event(connection.tenant_id)]})

    assert (answer.status_code, len(callbacks), poked()) == (200, 1, ["Invoices", "Payments"])


@pytest.mark.django_db
def test_looking_at_it_in_a_browser_is_refused():
    assert Client().get(URL).status_code == 405
