import re

import pytest

from accounting_sync import connections, queue
from accounting_sync.drain import drain
from accounting_sync.models import Attempt, SyncRecord
from accounting_sync.sandbox import accountant as in_their_books
from tests.accounting_sync.standing import an_invoice_record, in_xero, record_of, refused, text, told
from tests.factories import CustomerFactory, an_invoice

AS_FRAGMENT = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://testserver/invoices/7/"}
WHY = "It was paid in cash."


def panel(client, record, **headers):
    return client.get(f"/accounting/panel/{record.kind}/{record.object_id}/", **headers)


def press(client, record, name, **fields):
    return client.post(f"/accounting/records/{record.pk}/{name}/", fields, follow=True)


@pytest.fixture
def stuck(connection):
    return refused(in_xero(connection), code="changed_in_xero", message="Changed in Xero by +23.00.")


def test_a_record_that_agrees_says_so_and_links_to_xero(accountant, connection, settings):
    settings.XERO_GO_URL = "https://go.xero.com"
    record = in_xero(connection)

    answer = panel(accountant, record)

    assert "In Xero Open in Xero Xero holds what is shown here." in text(answer)
    assert record.remote_id in text(answer)
    assert (
        'href="https://go.xero.com/organisationlogin/default.aspx?shortcode='
        f"{connection.short_code.replace('!', '%21')}"
        f'&amp;redirecturl=%2FAccountsReceivable%2FView.aspx%3FInvoiceID%3D{record.remote_id}"'
    ) in answer.content.decode()


def test_htmx_gets_a_fragment_and_everybody_else_a_page(accountant, connection):
    record = an_invoice_record()

    assert "<html" in panel(accountant, record).content.decode()
    assert "<html" not in panel(accountant, record, **AS_FRAGMENT).content.decode()


def test_the_buttons_of_a_fragment_lead_back_to_the_page_it_stands_on(accountant, stuck):
    assert 'name="next" value="/invoices/7/"' in panel(accountant, stuck, **AS_FRAGMENT).content.decode()


def test_what_asks_shows_reason_cure_and_buttons(accountant, stuck):
    page = text(panel(accountant, stuck))

    assert "Changed in Xero by +23.00. Accept Xero's version, or send ours again." in page
    assert "Accept Xero's version Send ours over it Retry" in page


def looks_again(answer):
    """After how many seconds, and where; () when it rests."""
    return re.findall(r'hx-get="([^"]+)" hx-trigger="load delay:(\d+)s"', answer.content.decode())


def test_what_is_under_way_looks_again_by_itself_ever_more_seldom(accountant, connection):
    record = an_invoice_record()
    address = f"/accounting/panel/invoice/{record.object_id}/"

    assert looks_again(panel(accountant, record)) == [(f"{address}?looked=1", "1")]
    assert looks_again(accountant.get(address, {"looked": "25"})) == [(f"{address}?looked=26", "6")]
    assert looks_again(accountant.get(address, {"looked": "99999"})) == [(f"{address}?looked=100000", "30")]
    assert looks_again(accountant.get(address, {"looked": "x"})) == [(f"{address}?looked=1", "1")]


def test_while_nothing_is_sent_no_panel_promises_seconds(accountant, connection):
    record = an_invoice_record()
    assert "usually within seconds" in text(panel(accountant, record))
    connections.pause(connection)
    assert "It goes by itself, but not yet: the top of the page says" in text(panel(accountant, record))


def test_what_agrees_rests(accountant, connection):
    assert looks_again(panel(accountant, in_xero(connection))) == []


def test_whoever_waits_for_a_record_that_asks_is_led_to_it(accountant, connection):
    invoice = an_invoice_record()
    contact = refused(SyncRecord.objects.get(kind="contact"), "contact_name_taken", "Xero has a contact of this name.")
    drain(connection)

    page = panel(accountant, invoice)

    assert "That one needs you: Xero has a contact of this name." in text(page)
    assert f'href="/accounting/records/{contact.pk}/">Cure {contact}</a>' in page.content.decode()


def test_a_manager_may_retry_but_not_decide(manager, stuck):
    page = text(panel(manager, stuck))

    assert "Retry" in page
    assert "Accept Xero's version Send" not in page
    assert "Do not export" not in page
    assert "An owner or the accountant decides that." in page


def test_a_technician_sees_the_state_and_nothing_of_the_books(technician, stuck):
    page = text(panel(technician, stuck))

    assert "Needs you" in page
    assert "23.00" not in page
    assert stuck.remote_id not in page
    assert "Retry" not in page


def test_before_its_first_invoice_a_customer_is_not_sent(accountant, connection):
    customer = CustomerFactory()
    SyncRecord.objects.all().delete()

    page = text(accountant.get(f"/accounting/panel/contact/{customer.pk}/"))

    assert "Not sent yet The contact goes to Xero with the first invoice or bill." in page


def test_without_xero_the_panel_leads_to_connecting(accountant, garage):
    page = text(accountant.get(f"/accounting/panel/invoice/{an_invoice().pk}/"))

    assert "Not connected Xero is not connected. Connect to Xero" in page


@pytest.mark.parametrize("path", ["horse/1/", "invoice/0x1/", "invoice/-1/"])
def test_what_does_not_exist_has_no_panel(accountant, connection, path):
    assert accountant.get(f"/accounting/panel/{path}").status_code == 404


@pytest.mark.parametrize("attempts", [1, 3])
def test_a_panel_costs_the_same_for_one_call_and_for_three(accountant, connection, attempts, django_assert_num_queries):
    record = in_xero(connection)
    for _ in range(attempts - 1):
        queue.decided(record, accountant.user, "Looked at.")

    with django_assert_num_queries(7):
        panel(accountant, record, **AS_FRAGMENT)


# Decisions


def test_retry_queues_it_and_says_who(manager, stuck):
    answer = press(manager, stuck, "retry")

    stuck.refresh_from_db()
    assert told(answer) == [f"{stuck} is tried again."]
    assert (stuck.state, stuck.decided_by) == ("pending", manager.user)


def test_what_is_in_xero_has_nothing_to_retry(manager, connection):
    record = in_xero(connection)

    assert told(press(manager, record, "retry")) == [f"{record} is “In Xero”; there is nothing to retry."]


def test_a_skip_keeps_its_reason(accountant, stuck):
    answer = press(accountant, stuck, "skip", reason=WHY)

    stuck.refresh_from_db()
    assert told(answer) == [f"{stuck} is not sent."]
    assert (stuck.state, stuck.code, stuck.reason, stuck.decided_by) == ("skipped", "by_person", WHY, accountant.user)


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_skip_without_a_reason_is_refused(accountant, stuck, reason):
    answer = press(accountant, stuck, "skip", reason=reason)

    stuck.refresh_from_db()
    assert (answer.status_code, stuck.state) == (422, "warning")
    assert "Why Say why. The reason stays visible." in text(answer)


def test_what_was_skipped_is_sent_after_all(accountant, stuck):
    press(accountant, stuck, "skip", reason=WHY)
    assert "Send it after all" in text(panel(accountant, stuck))

    press(accountant, stuck, "unskip")

    stuck.refresh_from_db()
    assert (stuck.state, stuck.reason) == ("pending", "")


def test_do_not_export_needs_a_reason(accountant, stuck):
    answer = press(accountant, stuck, "exclude", do_not_export="on", reason="")

    stuck.refresh_from_db()
    assert answer.status_code == 422
    assert "Why Say why it is kept out. The reason stays visible." in text(answer)
    assert answer.context["exclusion"]["do_not_export"].value()  # what was ticked stays ticked
    assert not stuck.do_not_export


def test_do_not_export_stops_it_and_the_mark_can_be_taken_off(accountant, stuck):
    press(accountant, stuck, "exclude", do_not_export="on", reason=WHY)
    stuck.refresh_from_db()
    assert (stuck.state, stuck.do_not_export, stuck.reason) == ("skipped", True, WHY)

    press(accountant, stuck, "exclude")
    stuck.refresh_from_db()
    assert (stuck.state, stuck.do_not_export, stuck.reason) == ("pending", False, "")


def test_a_decision_of_the_catalogue_is_taken_and_stays_in_the_history(accountant, stuck):
    press(accountant, stuck, "accept")

    stuck.refresh_from_db()
    decided = Attempt.objects.get(outcome="decided")
    assert stuck.state == "synced"
    assert (decided.actor, decided.message) == (accountant.user, "Xero's version is accepted.")


def test_a_decision_that_does_not_fit_any_more_is_told(accountant, connection):
    record = in_xero(connection)

    assert told(press(accountant, record, "accept")) == ["This was settled meanwhile. Look at the record again."]


@pytest.fixture
def namesakes(connection, books):
    there = [in_their_books.add_contact(books, "Jo Kea") for _ in range(1)]
    record = record_of("contact", an_invoice(customer=CustomerFactory(last_name="Kea")).customer)
    candidates = [{"remote_id": c["ContactID"], "name": c["Name"], "status": "ACTIVE"} for c in there]
    return refused(record, "contact_match", "Is it the same?", candidates=candidates)


def test_a_contact_is_linked_to_the_one_that_was_picked(accountant, namesakes):
    picked = namesakes.evidence["candidates"][0]["remote_id"]
    assert "Link to Jo Kea" in text(panel(accountant, namesakes))

    press(accountant, namesakes, "link_contact", value=picked)

    namesakes.refresh_from_db()
    assert namesakes.remote_id == picked


@pytest.mark.parametrize("value", ["", "somebody-else"])
def test_a_contact_that_was_not_offered_cannot_be_picked(accountant, namesakes, value):
    answer = press(accountant, namesakes, "link_contact", value=value)

    namesakes.refresh_from_db()
    assert (told(answer), namesakes.remote_id) == (["Choose one of the contacts that are offered."], None)


@pytest.mark.parametrize("name", ["retry", "skip", "unskip", "exclude", "accept", "link_contact"])
def test_looking_at_a_button_does_not_press_it(accountant, stuck, name):
    assert accountant.get(f"/accounting/records/{stuck.pk}/{name}/").status_code == 405
    stuck.refresh_from_db()
    assert stuck.state == "warning"


@pytest.mark.parametrize("name", ["skip", "unskip", "exclude", "accept", "send_ours"])
def test_a_manager_cannot_decide(manager, stuck, name):
    answer = manager.post(f"/accounting/records/{stuck.pk}/{name}/", {"reason": WHY})

    stuck.refresh_from_db()
    assert (answer.status_code, stuck.state) == (403, "warning")


@pytest.mark.parametrize("role", ["Technician", "Parts", "Read-only"])
def test_others_cannot_even_retry(browser, stuck, role):
    assert browser(role).post(f"/accounting/records/{stuck.pk}/retry/").status_code == 403


def test_an_unknown_button_is_not_found(accountant, stuck):
    assert accountant.post(f"/accounting/records/{stuck.pk}/explode/").status_code == 404


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "", "abc", "a\x00b"]
)
def test_a_button_never_leads_to_another_place(accountant, stuck, target):
    answer = accountant.post(f"/accounting/records/{stuck.pk}/retry/", {"next": target})

    assert answer["Location"] == f"/accounting/records/{stuck.pk}/"
