import pytest

from accounting_sync.drain import drain
from accounting_sync.sandbox.faults import Fault
from tests.journeys.conftest import live, record_of, s01_invoice


@pytest.mark.parametrize("fault", ["lost", "error_after", "html_after", "half", "garbage"])
def test_s34_an_answer_lost_after_xero_acted_is_found_and_never_sent_again(fault, today, connection, books, xero, sync):
    invoice = s01_invoice()
    xero.faults.add(Fault(fault, "PUT", "Invoices"))

    drain(connection)
    assert record_of("invoice", invoice).state == "unknown"
    sync(connection, minutes=1)
    assert record_of("invoice", invoice).state == "unknown", "not before the horizon"
    sync(connection, minutes=6)

    record = record_of("invoice", invoice)
    assert (record.state, [a.outcome for a in record.attempts.filter(operation="create")]) == ("synced", ["found"])
    assert len(live(books, "Invoices")) == 1


@pytest.mark.parametrize("fault", ["timeout", "error", "html", "offline"])
def test_s34_a_request_lost_before_xero_acted_is_looked_up_and_then_sent_once(
    fault, today, connection, books, xero, sync
):
    invoice = s01_invoice()
    xero.faults.add(Fault(fault, "PUT", "Invoices"))

    drain(connection)
    sync(connection, minutes=6)
    sync(connection, minutes=6)

    record = record_of("invoice", invoice)
    outcomes = [attempt.outcome for attempt in record.attempts.filter(operation="create").order_by("id")]
    assert (record.state, outcomes) == ("synced", ["absent", "accepted"])
    assert len(live(books, "Invoices")) == 1


@pytest.mark.parametrize(("fault", "minutes"), [("minute", 1), ("concurrent", 1), ("appminute", 2), ("day", 60 * 19)])
def test_put_off_by_a_limit_nothing_is_done_and_it_goes_when_the_time_has_come(
    fault, minutes, today, connection, books, xero, sync
):
    invoice = s01_invoice()
    xero.faults.add(Fault(fault, "PUT", "Invoices"))

    drain(connection)
    assert record_of("invoice", invoice).state == "pending"
    sync(connection, minutes=minutes)

    assert record_of("invoice", invoice).state == "synced"
    assert len(books.tables["Invoices"]) == 1
