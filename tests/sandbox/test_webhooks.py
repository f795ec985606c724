"""Events: what is told, how it is signed, and what happens when nobody listens."""

import base64
import hashlib
import hmac
import json

import pytest

from accounting_sync.sandbox.courier import Courier

KEY = "webhook key"


class Listener:
    """The app's end: answers as told, and keeps what came. Stands for the network, so no socket is needed."""

    def __init__(self, status=200, checks=True):
        self.status, self.checks, self.bodies = status, checks, []

    def __call__(self, url, delivery):
        if self.status is None:
            raise OSError("connection refused")
        expected = base64.b64encode(hmac.new(KEY.encode(), delivery.body, hashlib.sha256).digest()).decode()
        if self.checks and delivery.signature != expected:
            return 401
        body = json.loads(delivery.body)
        if body["events"]:
            self.bodies.append(body)
        return self.status

    @property
    def resources(self):
        return [event["resourceId"] for body in self.bodies for event in body["events"]]


@pytest.fixture
def listener():
    return Listener()


@pytest.fixture
def courier(xero, listener):
    xero.webhooks.subscribe("https://app.example/hook", KEY)
    return Courier(xero, send=listener)


@pytest.fixture
def listening(courier):
    courier.round()
    return courier


def add_contact(program, name):
    answer = program.put("Contacts", {"Contacts": [{"Name": name}]})
    return json.loads(answer.body)["Contacts"][0]["ContactID"]


def test_an_event_is_written_as_xero_writes_it(signed_in, xero, kauri):
    contact_id = add_contact(signed_in, "Tama")
    assert xero.webhooks.outbox == [
        {
            "resourceUrl": f"https://api.xero.com/api.xro/2.0/Contacts/{contact_id}",
            "resourceId": contact_id,
            "eventDateUtc": "2026-11-23T01:00:00.000",
            "eventType": "CREATE",
            "eventCategory": "CONTACT",
            "tenantId": kauri.id,
            "tenantType": "ORGANISATION",
        }
    ]


def test_events_are_told_only_of_connected_organisations(signed_in, xero, wattle):
    wattle.on_event("CONTACT", "CREATE", "c1")
    assert xero.webhooks.outbox == []


def test_the_intent_to_receive_has_good_and_bad_signatures(xero):
    xero.webhooks.subscribe("https://app.example/hook", KEY)
    intents = xero.webhooks.intents()
    assert sorted(status for _, status in intents) == [200, 200, 401, 401]
    bodies = [json.loads(delivery.body) for delivery, _ in intents]
    assert {(len(each["events"]), each["firstEventSequence"], each["lastEventSequence"]) for each in bodies} == {
        (0, 0, 0)
    }


def test_an_app_that_checks_signatures_is_told_events(listening, listener, signed_in, xero):
    assert xero.webhooks.subscription["status"] == "on"
    contact_id = add_contact(signed_in, "Tama")
    listening.round()
    assert listener.resources == [contact_id]
    assert xero.webhooks.outbox == []


def test_an_app_that_takes_any_signature_is_not(courier, listener, xero):
    listener.checks = False
    courier.round()
    assert xero.webhooks.subscription["status"] == "disabled"
    assert xero.webhooks.subscription["why"] == "Intent to receive: 200 instead of 401"


def test_an_app_that_is_not_up_yet_is_asked_again(courier, listener, xero):
    listener.status = None
    assert courier.round() is False
    assert xero.webhooks.subscription["status"] == "asking"
    listener.status = 200
    assert courier.round() is True
    assert xero.webhooks.subscription["status"] == "on"


def test_one_delivery_mixes_organisations_and_counts_on(listening, listener, signed_in, kauri, wattle):
    add_contact(signed_in, "Tama")
    add_contact(signed_in.sign_in(wattle), "Bruce")
    listening.round()
    (body,) = listener.bodies
    assert [event["tenantId"] for event in body["events"]] == [kauri.id, wattle.id]
    assert (body["firstEventSequence"], body["lastEventSequence"]) == (1, 2)


def test_a_refused_delivery_comes_again_at_once_and_then_every_quarter_of_an_hour(
    listening, listener, signed_in, clock
):
    contact_id = add_contact(signed_in, "Tama")
    listener.status = 500
    assert [listening.round() for _ in range(3)] == [False, False, True]
    assert listener.resources == [contact_id] * 2
    clock.forward(minutes=15)
    listener.status = 200
    listening.round()
    assert listener.resources == [contact_id] * 3


def test_after_a_day_of_failing_the_subscription_is_disabled_and_events_are_kept(
    listening, listener, signed_in, clock, xero
):
    add_contact(signed_in, "Tama")
    listener.status = None
    for _ in range(100):
        listening.round()
        clock.forward(minutes=15)
    assert xero.webhooks.subscription["status"] == "disabled"
    assert len(xero.webhooks.outbox) == 1


def test_on_demand_every_delivery_comes_twice(listening, listener, signed_in, xero):
    xero.webhooks.change(duplicate=True)
    contact_id = add_contact(signed_in, "Tama")
    listening.round()
    assert listener.resources == [contact_id, contact_id]


def test_on_demand_events_come_in_another_order(listening, listener, signed_in, xero):
    xero.webhooks.change(reorder=True)
    made = [add_contact(signed_in, f"Customer {number}") for number in range(8)]
    listening.round()
    assert listener.resources != made
    assert sorted(listener.resources) == sorted(made)


def test_on_demand_events_come_late(listening, listener, signed_in, xero, clock):
    xero.webhooks.change(delay=900)
    add_contact(signed_in, "Tama")
    listening.round()
    assert listener.resources == []
    clock.forward(seconds=900)
    listening.round()
    assert len(listener.resources) == 1


def test_a_new_subscription_is_told_only_what_happens_from_now_on(signed_in, xero, listener):
    add_contact(signed_in, "Before")
    xero.webhooks.subscribe("https://app.example/hook", KEY)
    courier = Courier(xero, send=listener)
    courier.round()
    after = add_contact(signed_in, "After")
    courier.round()
    assert listener.resources == [after]


def test_the_same_address_again_changes_nothing(listening, xero):
    xero.webhooks.subscribe("https://app.example/hook", KEY)
    assert xero.webhooks.subscription["status"] == "on"
    xero.webhooks.subscribe("https://app.example/other", KEY)
    assert xero.webhooks.subscription["status"] == "asking"


def test_events_nobody_subscribed_to_do_not_pile_up(signed_in, xero, kauri):
    for number in range(1005):
        kauri.on_event("CONTACT", "UPDATE", str(number))
    assert [event["resourceId"] for event in xero.webhooks.outbox][:1] == ["5"]
    assert len(xero.webhooks.outbox) == 1000


def test_a_credit_note_event_tells_its_type_and_status(signed_in, xero):
    contact_id = add_contact(signed_in, "Tama")
    signed_in.put("CreditNotes", {"CreditNotes": [{"Type": "ACCRECCREDIT", "Contact": {"ContactID": contact_id}}]})
    assert xero.webhooks.outbox[-1]["data"] == {"Type": "ACCRECCREDIT", "Status": "DRAFT"}
