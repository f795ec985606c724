from datetime import timedelta

import pytest
from django.utils import timezone

from accounting_sync import connections, export_runs, queue
from accounting_sync.models import Connection, Mapping, SyncRecord
from accounting_sync.sandbox.faults import Fault
from tests.accounting_sync.standing import an_invoice_record, in_xero, refused, text, told
from tests.factories import CustomerFactory, an_invoice

HOME = "/accounting/"
BUTTONS = ["connect", "pause", "resume", "reload", "start-date"]


@pytest.fixture
def live(connection):
    """Connected, and with a worker that is heard."""
    queue.beat()
    return connection


def test_the_page_says_what_is_connected_and_that_nothing_is_wrong(accountant, live):
    page = text(accountant.get(HOME))

    assert "Kauri Motors Connected" in page
    assert "Done Every account is chosen Done Every tax rate is chosen Done Every way of paying has its account" in page
    assert "The background worker is running" in page
    assert "Nothing has been sent yet. The next invoice is the first." in page


def test_what_is_missing_is_counted(accountant, live):
    Mapping.objects.filter(subject="payment").delete()

    assert "3 ways of paying without an account" in text(accountant.get(HOME))


def test_what_needs_somebody_is_listed_with_its_reason(accountant, live):
    refused(in_xero(live, customer=CustomerFactory(last_name="Kea")), message="Xero already has this number.")

    page = text(accountant.get(HOME))

    assert "INV 1008 · Jo Kea" in page
    assert "Xero already has this number." in page


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_for_one_error_and_for_three(accountant, live, rows, django_assert_num_queries):
    for _ in range(rows):
        refused(an_invoice_record())

    with django_assert_num_queries(26):
        accountant.get(HOME)


def test_a_lost_connection_shows_its_cause_and_a_way_back(accountant, live):
    connections.lost(live, "revoked")

    page = text(accountant.get(HOME))

    assert "Kauri Motors Connection lost" in page
    assert "access was withdrawn in xero" in page.lower()
    assert "Reconnect" in page


def test_the_day_limit_says_until_when(accountant, live):
    until = timezone.now() + timedelta(hours=5)
    connections.park(live, timedelta(hours=5), "Xero's limit of calls per day is used up.", timezone.now())

    assert f"It goes on by itself at {timezone.localtime(until):%H:}" in text(accountant.get(HOME))


def test_pause_and_resume(accountant, live):
    accountant.post("/accounting/pause/")
    assert Connection.objects.get().status == "paused"

    accountant.post("/accounting/resume/")
    assert Connection.objects.get().status == "connected"


def test_reload_reads_the_accounts_again(accountant, live):
    live.accounts.all().delete()

    answer = accountant.post("/accounting/reload/", follow=True)

    assert told(answer) == ["Accounts, tax rates and lock dates are read again."]
    assert live.accounts.filter(code="200").exists()


def test_reload_while_xero_is_away_says_so_and_keeps_what_is_there(accountant, live, xero):
    xero.faults.add(Fault("timeout", path="/TaxRates"))

    answer = accountant.post("/accounting/reload/", follow=True)

    assert told(answer) == ["The accounts could not be read yet. Press “Reload” in a minute."]
    assert live.accounts.filter(code="200").exists()


def test_disconnect_asks_first_and_changes_nothing(accountant, live):
    in_xero(live)

    page = text(accountant.get("/accounting/disconnect/"))

    assert "Disconnect Kauri Motors?" in page
    assert "2 linked records and the whole history are kept" in page
    assert Connection.objects.get().status == "connected"


def test_disconnected_on_both_sides_the_links_stay(accountant, live, xero):
    record = in_xero(live)

    answer = accountant.post("/accounting/disconnect/", follow=True)

    assert told(answer) == ["Kauri Motors is disconnected. What is in Xero stays there."]
    assert Connection.objects.get().status == "disconnected"
    assert SyncRecord.objects.get(pk=record.pk).remote_id == record.remote_id
    assert "Kauri Motors is disconnected" in text(answer)


def test_disconnecting_while_xero_is_away_leaves_it_connected(accountant, live, xero):
    xero.faults.add(Fault("timeout", method="DELETE", path="/connections"))

    answer = accountant.post("/accounting/disconnect/", follow=True)

    assert told(answer)[0].endswith("The connection stands as it was; try again in a minute.")
    assert Connection.objects.get().status == "connected"


def test_an_earlier_start_date_lets_older_documents_go(accountant, live):
    export_runs.start_from(live, timezone.localdate() + timedelta(days=1))
    record = an_invoice_record()
    queue.park([(record, "skipped", "before_start_date", "Dated before the start.", None, {})], timezone.now())

    answer = accountant.post("/accounting/start-date/", {"start_date": "2020-01-01"}, follow=True)

    record.refresh_from_db()
    assert told(answer) == ["Saved. 1 earlier documents are on their way."]
    assert record.state == "pending"


def test_a_start_date_that_is_none_is_refused_at_its_field(accountant, live):
    answer = accountant.post("/accounting/start-date/", {"start_date": "soon"})

    assert answer.context["start_form"].errors == {"start_date": ["Enter a valid date."]}
    assert 'value="soon"' in answer.content.decode()


@pytest.mark.parametrize("button", BUTTONS)
def test_a_link_cannot_press_a_button(accountant, live, button):
    assert accountant.get(f"/accounting/{button}/").status_code == 405
    assert Connection.objects.get().status == "connected"


@pytest.mark.parametrize("role", ["Manager", "Advisor", "Technician", "Parts", "Read-only"])
@pytest.mark.parametrize("button", [*BUTTONS, "disconnect"])
def test_only_owners_and_accountants_press_them(browser, live, role, button):
    assert browser(role).post(f"/accounting/{button}/").status_code == 403


@pytest.mark.parametrize("role", ["Technician", "Parts", "Read-only"])
def test_who_has_nothing_to_do_with_the_books_does_not_see_the_page(browser, live, role):
    assert browser(role).get(HOME).status_code == 403


@pytest.mark.parametrize("path", ["", "mappings/", "disconnect/"])
def test_nobody_signed_in_is_sent_to_sign_in(client, garage, path):
    answer = client.get(f"/accounting/{path}")

    assert answer["Location"] == f"/login/?next=/accounting/{path}"


@pytest.mark.parametrize("button", ["pause", "resume", "reload", "disconnect", "start-date"])
def test_without_a_connection_each_button_says_so(accountant, button):
    answer = accountant.post(f"/accounting/{button}/", follow=True)

    assert told(answer) == ["No organisation is connected."]


def test_a_form_without_its_token_is_refused(accountant, live):
    accountant.handler.enforce_csrf_checks = True

    assert accountant.post("/accounting/pause/").status_code == 403
    assert Connection.objects.get().status == "connected"


def test_what_happens_without_a_connection_costs_the_invoice_nothing(accountant, garage):
    an_invoice()

    assert not SyncRecord.objects.exists()


def test_another_organisation_begins_with_the_day_that_somebody_chooses(accountant, live):
    Connection.objects.update(status="paused", cause="another")

    page = text(accountant.get(HOME))
    assert "Kauri Motors is another organisation than before. Nothing is sent to it" in page
    assert ("Start fresh from this day" in page, "Resume" in page) == (True, False)
    accountant.post(f"{HOME}start-date/", {"start_date": "2026-07-20"})

    live.refresh_from_db()
    assert (live.status, live.cause, str(live.start_date)) == ("connected", "", "2026-07-20")
