"""The banner stands on every page, for everybody, once, and costs one query."""

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounting_sync import connections, queue
from accounting_sync.models import Connection, SyncRecord
from tests.accounting_sync.standing import in_xero, refused, text
from tests.factories import CustomerFactory, UserFactory
from workshop.models import Invoice

SENTENCE = "2 records are not right in Xero and need you."
PAGES = [
    "/",
    "/invoices/",
    "/invoices/{invoice}/",
    "/accounting/",
    "/accounting/mappings/",
    "/password/",
    "/admin/",
    "/admin/workshop/",
    "/admin/workshop/invoice/",
    "/admin/workshop/invoice/{invoice}/change/",
    "/admin/workshop/invoice/{invoice}/history/",
    "/admin/workshop/invoice/{invoice}/void/",
    "/admin/workshop/customer/add/",
    "/admin/accounting_sync/unresolvederror/",
    "/admin/accounting_sync/syncrecord/{record}/change/",
    "/admin/accounting_sync/attempt/",
    "/admin/password_change/",
]


@pytest.fixture
def live(connection):
    queue.beat()
    return connection


@pytest.fixture
def error(live):
    return refused(in_xero(live, customer=CustomerFactory(last_name="Kea")))


@pytest.fixture
def errors(error, live):
    return [error, refused(in_xero(live))]


@pytest.fixture
def anybody(garage):
    def browser(**fields):
        from django.test import Client

        client = Client()
        client.force_login(UserFactory(**fields))
        return client

    return browser


@pytest.mark.parametrize("page", PAGES)
def test_it_stands_on_every_page_once(anybody, errors, page):
    owner = anybody(is_superuser=True)

    answer = owner.get(page.format(invoice=Invoice.objects.first().pk, record=errors[0].pk))

    assert answer.status_code == 200
    assert text(answer).count(f"{SENTENCE} View errors") == 1


@pytest.mark.parametrize("page", ["/", "/admin/", "/admin/workshop/invoice/"])
def test_it_costs_one_query_however_often_a_page_asks(anybody, errors, page):
    owner = anybody(is_superuser=True)

    with CaptureQueriesContext(database) as captured:
        owner.get(page)

    assert len([q for q in captured if "error_title" in q["sql"]]) == 1


def test_all_is_well_and_nothing_is_said(accountant, live):
    in_xero(live)

    assert 'class="banner' not in accountant.get("/").content.decode()
    assert "office-banner" not in accountant.get("/admin/").content.decode()


def test_one_error_is_named_and_leads_to_its_record(accountant, error):
    answer = accountant.get("/")

    assert "INV 1008 · Jo Kea is not right in Xero and needs you. View errors" in text(answer)
    assert f'href="/accounting/records/{error.pk}/"' in answer.content.decode()


def test_several_errors_lead_to_their_list(accountant, errors):
    assert 'href="/admin/accounting_sync/unresolvederror/"' in accountant.get("/").content.decode()


def test_who_may_not_enter_the_office_is_led_to_the_accounting_page(browser, errors):
    advisor = browser("Advisor", is_staff=False)

    assert 'href="/accounting/#errors"' in advisor.get("/").content.decode()


def test_a_technician_learns_that_something_is_wrong_and_nothing_more(technician, error):
    page = text(technician.get("/"))

    assert "Something could not be sent to Xero. The office can see what." in page
    assert "View errors" not in page


def test_the_count_is_the_list(accountant, errors):
    page = accountant.get("/admin/accounting_sync/unresolvederror/")

    assert page.context["cl"].result_count == 2


def test_what_only_a_person_can_let_go_is_said_too_but_not_as_an_error(accountant, technician, live):
    held = in_xero(live, customer=CustomerFactory(last_name="Kea"))
    sentence = "INV 1008 · Jo Kea waits. The books are locked for this date. Look at it"
    SyncRecord.objects.filter(pk=held.pk).update(state="waiting", code="period_locked", message="Locked.")

    page = accountant.get("/")

    assert sentence in text(page)
    assert 'class="banner banner-warning"' in page.content.decode()
    assert f'href="/accounting/records/{held.pk}/"' in page.content.decode()
    assert "INV 1008 · Jo Kea Waiting Locked." in text(accountant.get("/accounting/"))
    assert "Something waits before it can go to Xero. The office can see what." in text(technician.get("/"))
    assert "INV 1008" not in text(technician.get("/"))


def test_several_that_wait_for_a_person_lead_to_their_list(accountant, live):
    for _ in range(2):
        in_xero(live)
    SyncRecord.objects.filter(kind="invoice").update(state="waiting", code="mapping", message="Not chosen.")

    page = accountant.get("/")

    assert "2 records wait until somebody does something about them. Look at them" in text(page)
    assert 'href="/accounting/#errors"' in page.content.decode()


def test_what_waits_for_another_record_is_not_worth_a_word(accountant, live):
    waiting = in_xero(live)
    SyncRecord.objects.filter(pk=waiting.pk).update(state="waiting", code="dependency", message="Waiting.")

    assert "banner" not in accountant.get("/").content.decode()


def test_a_lost_connection_says_why_and_how_to_come_back(accountant, live):
    connections.lost(live, "revoked")

    page = text(accountant.get("/"))

    assert "The connection to Xero is lost. Access was withdrawn in Xero. Nothing is lost here. Reconnect" in page


def test_who_cannot_reconnect_gets_no_link_to_it(manager, live):
    connections.lost(live, "revoked")

    assert "Nothing is lost here. Reconnect" not in text(manager.get("/"))


def test_a_used_up_day_says_until_when(manager, live):
    connections.park(live, timedelta(hours=5), "Xero's limit of calls per day is used up.", timezone.now())

    assert "Xero's limit of calls per day is used up. It goes on by itself on" in text(manager.get("/"))


def test_a_used_up_minute_is_not_worth_a_word(manager, live):
    connections.park(live, timedelta(seconds=40), "Xero's limit of calls per minute is used up.", timezone.now())

    assert "used up" not in text(manager.get("/"))


def test_a_silent_worker_is_missed(accountant, live, time_machine):
    time_machine.move_to(timezone.now() + timedelta(minutes=6))

    assert "The background worker is not running" in text(accountant.get("/"))


def test_paused_is_shown_with_the_way_on(accountant, live):
    connections.pause(live)

    assert "Sending to Xero is paused. Changes are kept. Resume" in text(accountant.get("/"))


def test_disconnected_says_nothing(accountant, errors):
    Connection.objects.update(status="disconnected", cause="person")

    assert "need you" not in text(accountant.get("/"))


def test_nobody_signed_in_learns_nothing(client, errors):
    assert "Xero" not in text(client.get("/login/"))
