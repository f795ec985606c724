"""S01 with its stock, S02, S03 and S28: the journals of an invoice's goods, to the cent."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounting_sync import queue, setup
from accounting_sync.drain import drain
from accounting_sync.models import Attempt, SyncRecord
from accounting_sync.sandbox.endpoints import manual_journals
from accounting_sync.sandbox.errors import Refused
from accounting_sync.sandbox.faults import Fault
from accounting_sync.xero import transport
from tests.factories import PartFactory, a_garage, an_invoice, stocked
from tests.journeys.conftest import JULY_20, live, record_of
from tests.journeys.stock import in_xero, journals, pool, s01, stock_here, two_lines
from tests.xero import SandboxAdapter, a_xero, connect
from workshop import sales
from workshop.models import StockJournal

COGS = "COGS for invoice INV 1008"
FILTER, OIL = two_lines("310", "631", "12.25"), two_lines("310", "631", "34.40")


def states(kind="journal"):
    return sorted(SyncRecord.objects.filter(kind=kind).values_list("state", "code"))


def test_s01_each_costed_line_is_one_posted_journal(opened, books):
    s01()

    drain(opened)

    assert journals(books) == [(COGS, JULY_20, FILTER), (COGS, JULY_20, OIL)]
    assert (pool("OF-1"), pool("OIL 5W30")) == ((Decimal(7), Decimal("85.75")), (Decimal(55), Decimal("378.40")))
    assert in_xero(books, "631") == stock_here() == Decimal("731.05")
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"synced"}


def test_s01_a_journal_says_what_it_is_about_and_leads_back(opened, books):
    invoice = s01()
    drain(opened)

    journal = StockJournal.objects.get(amount="12.25")
    remote = books.tables["ManualJournals"][record_of("journal", journal).remote_id]
    assert remote["JournalLines"][0]["Description"] == "OF-1 × 1 (job 1, KLM123)"
    assert (remote["Url"].endswith(f"/journals/{journal.pk}/"), remote["ShowOnCashBasisReports"]) == (True, True)
    assert (journal.source, journal.source_id) == ("invoice", invoice.pk)


def test_s01_replaying_the_whole_queue_changes_nothing(opened, books, xero):
    s01()
    drain(opened)
    before, calls = journals(books), len(xero.calls)

    SyncRecord.objects.update(state="pending", wanted=10)
    drain(opened)

    assert (journals(books), len(live(books, "Invoices")), len(xero.calls)) == (before, 1, calls)


def test_a_batch_of_journals_is_one_call(opened, books, xero):
    s01()
    drain(opened)

    assert [call.path for call in xero.calls if "ManualJournals" in call.path] == ["/api.xro/2.0/ManualJournals"]


def test_the_journals_of_an_invoice_never_go_before_it(opened, books, xero):
    xero.faults.add(Fault("offline", method="PUT", path="Invoices"))
    s01()

    drain(opened)

    assert journals(books) == []
    waiting = SyncRecord.objects.filter(kind="journal")
    assert set(waiting.values_list("state", "code")) <= {("waiting", "dependency"), ("pending", "")}


@pytest.mark.parametrize("decide", ["skip", "exclude", "exclude_many"])
def test_the_journals_of_an_invoice_that_somebody_keeps_out_of_xero_go_without_it(opened, books, decide):
    setup.choose(opened, {("account", "labour"): ""})
    invoice = s01()
    drain(opened)
    assert states() == [("waiting", "dependency")] * 2

    chosen = SyncRecord.objects.of("invoice", invoice.pk)
    if decide == "skip":
        queue.skip(chosen, "Entered by hand")
    elif decide == "exclude":
        queue.exclude(chosen.get(), export=True, from_import=False, reason="Entered by hand")
    else:
        queue.exclude_many(chosen, export=True, from_import=False, reason="Entered by hand")
    drain(opened)

    assert (live(books, "Invoices"), len(journals(books))) == ([], 2)


def test_s02_with_journals_off_stock_falls_and_nothing_is_posted(opened, books):
    setup.switch(opened, journals=False)
    s01()
    drain(opened)

    assert (len(live(books, "Invoices")), journals(books), pool("OF-1")[0]) == (1, [], Decimal(7))
    assert states() == [("skipped", "by_choice")] * 2


def test_s02_turning_journals_on_later_does_not_post_the_past(opened, books, time_machine):
    setup.switch(opened, journals=False)
    s01()
    drain(opened)
    time_machine.shift(timedelta(hours=1))

    setup.switch(opened, journals=True)
    StockJournal.objects.get(amount="12.25").save()  # nor does a later change of it
    drain(opened)

    assert (journals(books), states()) == ([], [("skipped", "by_choice")] * 2)


def test_what_is_in_xero_is_voided_there_although_journals_are_off_by_now(opened, books):
    invoice = s01()
    drain(opened)
    setup.switch(opened, journals=False)

    sales.void_invoice(invoice, reason="Wrong car")
    drain(opened)

    assert (journals(books), in_xero(books, "631")) == ([], Decimal("777.70"))


def test_s03_a_part_bought_directly_posts_nothing(opened, books):
    clip = PartFactory(code="CLIP", cost_price=Decimal("1.10"))
    invoice = an_invoice([{"part": clip, "quantity": Decimal(2), "unit_price": Decimal("3.80")}])

    drain(opened)

    (remote,) = live(books, "Invoices")
    assert (remote["SubTotal"], remote["TotalTax"], remote["Total"]) == (
        Decimal("7.60"),
        Decimal("1.14"),
        Decimal("8.74"),
    )
    assert (journals(books), invoice.lines.get().cost) == ([], Decimal("2.20"))


def test_s28_a_void_takes_the_invoice_and_its_journals_out_of_xero(opened, books):
    invoice = s01()
    drain(opened)

    sales.void_invoice(invoice, reason="Wrong car")
    drain(opened)

    assert (live(books, "Invoices"), journals(books)) == ([], [])
    assert len(journals(books, "VOIDED")) == 2
    assert (pool("OF-1"), pool("OIL 5W30")) == ((Decimal(8), Decimal("98.00")), (Decimal(60), Decimal("412.80")))
    assert in_xero(books, "631") == stock_here() == Decimal("777.70")
    assert invoice.job.__class__.objects.get(pk=invoice.job_id).status == "completed"


def test_s28_a_journal_leaves_xero_only_after_its_invoice(opened, books, xero):
    invoice = s01()
    drain(opened)
    xero.faults.add(Fault("offline", method="POST", path="Invoices", times=None))

    sales.void_invoice(invoice, reason="Wrong car")
    drain(opened)

    assert (len(live(books, "Invoices")), len(journals(books))) == (1, 2)


def test_s28_of_two_voids_only_the_one_that_failed_is_tried_again(opened, books, xero, monkeypatch):
    invoice = s01()
    drain(opened)
    update = manual_journals.update

    def refuse_the_oil(call, before, element):
        if before["JournalLines"][0]["LineAmount"] == Decimal("34.40"):
            raise Refused("Xero is busy with this journal")
        return update(call, before, element)

    sales.void_invoice(invoice, reason="Wrong car")
    with monkeypatch.context() as one_bad_day:  # (mocked: one element's fate inside Xero)
        one_bad_day.setattr(manual_journals, "update", refuse_the_oil)
        drain(opened)
    assert journals(books) == [(COGS, JULY_20, OIL)]
    assert in_xero(books, "631") == Decimal("743.30")  # 34.40 below the stock here

    before = len(xero.calls)
    queue.retry(SyncRecord.objects.filter(kind="journal", state="warning"))
    drain(opened)

    assert (journals(books), in_xero(books, "631")) == ([], Decimal("777.70"))
    assert len(xero.calls) == before + 1


def test_s30_after_a_lost_connection_only_the_journal_that_is_missing_is_sent(opened, books, xero, time_machine):
    s01()
    oil = record_of("journal", StockJournal.objects.get(amount="34.40"))
    queue.put_off([oil.pk], timezone.now() + timedelta(minutes=1))
    drain(opened)
    assert journals(books) == [(COGS, JULY_20, FILTER)]

    xero.faults.add(Fault("revoked", method="PUT", path="ManualJournals"))
    time_machine.shift(timedelta(minutes=2))
    drain(opened)
    opened.refresh_from_db()
    assert (opened.status, len(journals(books))) == ("reconnect", 1)

    again = connect(xero, books)
    drain(again)

    assert (again.pk, journals(books)) == (opened.pk, [(COGS, JULY_20, FILTER), (COGS, JULY_20, OIL)])


def test_s34_journals_whose_answer_was_lost_are_found_by_their_address_and_sent_once(opened, books, xero, sync):
    xero.faults.add(Fault("lost", method="PUT", path="ManualJournals"))
    s01()
    drain(opened)
    assert states() == [("unknown", "no_answer")] * 2

    sync(opened, minutes=6)

    assert (journals(books), states()) == ([(COGS, JULY_20, FILTER), (COGS, JULY_20, OIL)], [("synced", "")] * 2)


def test_a_request_of_journals_that_was_lost_is_sent_again_after_the_look_up(opened, books, xero, sync):
    xero.faults.add(Fault("timeout", method="PUT", path="ManualJournals"))
    s01()
    drain(opened)

    sync(opened, minutes=6)

    assert len(journals(books)) == 2


def test_a_journal_follows_its_invoice_to_another_day(opened, books):
    invoice = s01()
    drain(opened)

    sales.redate_invoice(invoice, JULY_20 + timedelta(days=2))
    drain(opened)

    assert {day for _, day, _ in journals(books)} == {JULY_20 + timedelta(days=2)}
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"synced"}


def test_in_australia_a_journal_is_excluded_from_the_bas(db, monkeypatch):
    a_garage("AU")
    xero = a_xero("AU")
    monkeypatch.setattr(transport, "adapter", lambda: SandboxAdapter(xero))
    connection, books = connect(xero), next(iter(xero.organisations.values()))
    an_invoice([{"part": stocked("OF-1", 8, "98.00"), "quantity": Decimal(1), "unit_price": Decimal("24.50")}])

    drain(connection)

    assert journals(books) == [(COGS, JULY_20, FILTER)]
    (sent,) = Attempt.objects.filter(sync_record__kind="journal")
    assert {line["TaxType"] for line in sent.body["JournalLines"]} == {"BASEXCLUDED"}
