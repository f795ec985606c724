"""Earlier documents from a day on, and all that a new mapping books otherwise: counted, sent behind today, compared."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounting_sync import export_runs, queue, setup, sweep
from accounting_sync.drain import drain
from accounting_sync.models import Connection, ExportRun, TieOutRun
from accounting_sync.pull import pull
from accounting_sync.sandbox import accountant as in_xero
from tests.accounting_sync.standing import text, told
from tests.factories import an_invoice
from tests.journeys.conftest import record_of

PAGE, START, RESYNC = "/accounting/earlier-documents/", "/accounting/start-date/", "/accounting/resync/"
JUNE, JULY = date(2026, 6, 15), date(2026, 7, 1)


@pytest.fixture
def today(time_machine):
    """20 July 2026, ten in the morning where the garage stands."""
    time_machine.move_to("2026-07-19T22:00:00Z", tick=False)


@pytest.fixture
def garage_of_july(today, connection):
    """From 1 July on documents go to Xero; three of May and June stayed here."""
    Connection.objects.update(start_date=JULY)
    connection.refresh_from_db()
    invoices = [an_invoice(date=day) for day in (date(2026, 5, 20), JUNE, date(2026, 6, 30))]
    drain(connection)
    return connection, invoices


def code_of_the_first_line(books, record):
    return books.tables["Invoices"][record.remote_id]["LineItems"][0]["AccountCode"]


def test_an_earlier_day_is_counted_before_anything_goes(garage_of_july, accountant, books):
    page = text(accountant.get(PAGE, {"start_date": "2026-06-01"}))

    assert "2 documents from 1 Jun 2026 on Invoice 2" in page
    assert (len(books.tables["Invoices"]), Connection.objects.get().start_date) == (0, JULY)


def test_before_everything_was_looked_through_a_count_of_nothing_says_so(connection, accountant):
    said = "Everything here is still being looked through. Count again in a minute."
    assert said in text(accountant.get(PAGE, {"start_date": ""}))

    sweep.every_minute()

    assert "0 documents Nothing that was held back is dated then." in text(accountant.get(PAGE, {"start_date": ""}))


def test_only_what_is_dated_from_that_day_on_goes_and_how_far_it_is_can_be_seen(garage_of_july, accountant, books):
    _, invoices = garage_of_july
    answer = accountant.post(START, {"start_date": "2026-06-01"}, follow=True)
    assert told(answer) == ["Saved. 2 earlier documents are on their way."]
    assert "0 of 2 done. About a minute to go." in text(answer)

    drain(Connection.objects.get())

    assert "2 of 2 done." in text(accountant.get(PAGE))
    numbers = [there["InvoiceNumber"] for there in books.tables["Invoices"].values()]
    assert numbers == [invoice.number for invoice in invoices[1:]]
    assert record_of("invoice", invoices[0]).code == "before_start_date"


def test_at_the_end_both_sides_are_compared(garage_of_july, accountant):
    export_runs.start_from(garage_of_july[0], None, accountant.user)
    drain(garage_of_july[0])

    sweep.every_minute()

    run = ExportRun.objects.get()
    assert (run.total, run.finished_at is not None, TieOutRun.objects.get().started_by) == (3, True, accountant.user)
    assert "3 documents went on 20 Jul 2026, 10:00" in text(accountant.get(PAGE))


def test_paused_nothing_of_it_is_sent_while_todays_work_goes_on(garage_of_july, accountant, books):
    accountant.post(START, {"start_date": "2026-06-01"})
    accountant.post(f"{PAGE}pause/")
    today = an_invoice()

    drain(Connection.objects.get())
    assert [there["InvoiceNumber"] for there in books.tables["Invoices"].values()] == [today.number]
    assert "Paused since 20 Jul, 10:00." in text(accountant.get(PAGE))

    accountant.post(f"{PAGE}resume/")
    drain(Connection.objects.get())
    assert len(books.tables["Invoices"]) == 3


def test_a_day_that_is_chosen_while_some_are_under_way_adds_to_them(garage_of_july, accountant):
    accountant.post(START, {"start_date": "2026-06-01"})
    accountant.post(START, {"start_date": "2026-05-01"})

    assert (ExportRun.objects.get().total, ExportRun.objects.get().from_day) == (3, date(2026, 5, 1))


@pytest.mark.parametrize(("calls_left", "invoices", "days"), [(5000, 150_000, 0), (2500, 30_000, 1), (1000, 60_000, 1)])
def test_how_long_it_takes_follows_from_xeros_limits(connection, calls_left, invoices, days):
    run = ExportRun.objects.create(
        connection=connection, purpose="history", total=invoices, collected_at=timezone.now()
    )
    connection.day_left = calls_left

    wait = export_runs._wait(run.connection, invoices // 50)

    assert wait == (timedelta(minutes=invoices / 50 / 60) if not days else timedelta(days=days))


def test_what_waits_for_somebody_does_not_keep_the_rest_from_ending(garage_of_july, accountant):
    connection, invoices = garage_of_july
    export_runs.start_from(connection, None)
    stuck = record_of("invoice", invoices[0])
    drain(connection)
    queue.warn(record_of("invoice", invoices[1]), "refused", "Xero says no.", {})
    queue.park([(stuck, "waiting", "mapping", "No account is chosen.", None, {})], stuck.since)

    sweep.every_minute()

    assert ExportRun.objects.get().finished_at is not None
    page = text(accountant.get(PAGE))
    assert "1 record did not go since and says why. Look at them" in page
    assert "Both sides agree" not in page


# After a change of the mapping


@pytest.fixture
def remapped(today, connection, books):
    """Two invoices are in Xero, one of them paid; then labour is booked to another account."""
    open_one, paid = an_invoice(), an_invoice()
    drain(connection)
    in_xero.pay(books, record_of("invoice", paid).remote_id, paid.total)
    pull(connection, only_due=False)
    setup.choose(connection, {("account", "labour"): "202"})
    return connection, open_one, paid


def test_a_new_mapping_alone_moves_nothing_that_xero_has(remapped, books):
    connection, open_one, _ = remapped

    assert sweep.sweep(connection, full=True) == 0
    assert code_of_the_first_line(books, record_of("invoice", open_one)) == "200"


def test_money_on_an_invoice_is_no_reason_to_book_it_otherwise(remapped):
    connection, _, paid = remapped

    drain(connection)

    record = record_of("invoice", paid)
    assert (record.state, record.attempts.first().outcome) == ("synced", "unchanged")


def test_an_edit_takes_the_new_mapping_along(remapped, books):
    connection, open_one, _ = remapped
    open_one.reference = "ABC123"
    open_one.save()

    drain(connection)

    assert code_of_the_first_line(books, record_of("invoice", open_one)) == "202"


def test_before_everything_is_booked_anew_the_page_says_how_much_that_could_be(remapped, accountant):
    """A contact and the two invoices; each kind is one call, and one more to compare what Xero holds."""
    page = text(accountant.get(PAGE))

    assert "3 records are compared here, which costs no call." in page
    assert "If every one of them differed it would take 4 calls;" in page


def test_with_nothing_in_xero_there_is_nothing_to_book_anew(connection, accountant):
    page = text(accountant.get(PAGE))

    assert "Nothing is in Xero yet that could be booked otherwise." in page
    assert "Book all as mapped now" not in page


def test_on_request_everything_is_booked_as_mapped_now_but_what_is_paid(remapped, accountant, books):
    connection, open_one, paid = remapped
    accountant.post(RESYNC)
    sweep.every_minute()
    drain(connection)

    assert code_of_the_first_line(books, record_of("invoice", open_one)) == "202"
    assert code_of_the_first_line(books, record_of("invoice", paid)) == "200"
    assert record_of("invoice", paid).state == "synced"
    sweep.every_minute()
    assert "1 document went on 20 Jul 2026, 10:00" in text(accountant.get(PAGE))
    assert "1 paid or locked in Xero stay as they were booked." in text(accountant.get(PAGE))


def test_what_was_changed_here_unseen_is_found_though_the_mapping_changed_too(remapped, books):
    connection, open_one, _ = remapped
    type(open_one).objects.filter(pk=open_one.pk).update(reference="ABC123")

    assert sweep.sweep(connection, full=True) == 1
    drain(connection)
    assert books.tables["Invoices"][record_of("invoice", open_one).remote_id]["Reference"] == "ABC123"


def test_where_nothing_is_booked_otherwise_no_call_is_made(connection):
    an_invoice()
    drain(connection)
    export_runs.resync(connection)

    export_runs.work()

    assert (ExportRun.objects.get().total, drain(connection).calls) == (0, 0)


def test_what_somebody_changed_in_xero_meanwhile_is_asked_about_and_not_overwritten(remapped, books):
    connection, open_one, _ = remapped
    in_xero.edit_invoice_add_line(books, record_of("invoice", open_one).remote_id, "Sundries", "10.00")
    export_runs.resync(connection)
    export_runs.work()
    drain(connection)

    record = record_of("invoice", open_one)
    assert (record.state, record.code) == ("conflict", "changed_in_xero")


def test_one_at_a_time(garage_of_july, accountant):
    accountant.post(START, {"start_date": "2026-06-01"})

    answer = accountant.post(RESYNC, follow=True)

    assert told(answer)[-1:] == ["Documents are on their way already. Wait until those are through."]


@pytest.mark.parametrize("role", ["Manager", "Technician", "Read-only"])
def test_who_may_not_map_sends_nothing_in_bulk(connection, browser, role):
    assert browser(role).get(PAGE).status_code == 403
    assert browser(role).post(RESYNC).status_code == 403
    assert not ExportRun.objects.exists()
