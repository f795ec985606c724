"""The same histories with Xero on the other side: a bad road, locked periods, days going by, and drains in between.

What Xero should hold is taken from Xero's own trial balance and from the documents there; what is missing, from the
queue. Nothing that made the journals is asked.
"""

from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import rule

from accounting_sync import queue, setup, sweep, tieout
from accounting_sync.models import Connection, State, SyncRecord, TieOutRun
from accounting_sync.sandbox import accountant, ledger
from tests.accounting_sync.simulation.world import World
from tests.histories import ZERO, Histories, documents_on, held, received_not_billed
from workshop.models import JobLot, Organisation, StockPool

CODES = {"stock": "631", "wip": "635"}
HELD = {"stock": StockPool, "wip": JobLot}
TABLES = {"bill": "Invoices", "supplier_credit": "CreditNotes", "journal": "ManualJournals"}
LIVE = {"AUTHORISED", "PAID", "POSTED"}
FAR = timedelta(days=400)


class HistoriesInXero(Histories):
    def open(self):
        self.bad = World(1)
        self.bad.pauses = self.bad.deaths = 0.0
        self.bad.busy = True  # nobody else acts meanwhile: what people do is up to the rules here
        self.begun = self.bad.begun()
        self.begun.__enter__()
        super().open()
        opening = {"631": self.opening, "840": -self.opening}
        accountant.post_journal(self.bad.books, "Opening stock", opening, self.today())
        setup.switch(
            Connection.objects.get(), orders=True, items=True
        )  # they move no account, whatever happens to them
        setup.propose_mappings(Connection.objects.get())
        sweep.sweep(Connection.objects.get())
        self.drain()

    def teardown(self):
        try:
            self.come_to_rest()
        finally:
            self.begun.__exit__(None, None, None)
            super().teardown()

    def today(self):
        return Organisation.current().today()

    # What happens besides

    @rule()
    def drain(self):
        self.bad.clock.forward(61)
        self.bad.tick()
        self.both_sides_agree()

    @rule(spoils=st.sampled_from([0.0, 0.0, 0.3, 0.6]), deaths=st.sampled_from([0.0, 0.0, 0.3]))
    def the_road_changes(self, spoils, deaths):
        self.bad.network.spoils, self.bad.deaths = spoils, deaths

    @rule(days=st.integers(1, 20))
    def days_go_by(self, days):
        self.bad.clock.forward(days * 86_400)

    @rule(days=st.integers(1, 30))
    def the_accountant_locks(self, days):
        accountant.lock(self.bad.books, self.today() - timedelta(days=days))
        sweep.reload(Connection.objects.get())

    @rule()
    def the_accountant_unlocks(self):
        accountant.lock(self.bad.books, None)
        sweep.reload(Connection.objects.get())

    # What must hold

    def both_sides_agree(self):
        """Xero's balance, what is not there yet and what is not billed yet are what lies on shelves and jobs."""
        records = {(row.kind, row.object_id): row for row in SyncRecord.objects.filter(kind__in=TABLES)}
        for account, code in CODES.items():
            unsent = self._unsent(account, code, records)
            there = ledger.balance(self.bad.books, code, self.today() + FAR)
            not_billed = received_not_billed(job=account == "wip")
            assert there + unsent + not_billed == held(HELD[account]), (account, there, unsent, not_billed)

    def _unsent(self, account, code, records):
        here = {}
        for document, amount in documents_on(account):
            here[document] = here.get(document, ZERO) + amount
        unsent = ZERO
        for document in {*here, *records}:
            record = records.get(document)
            difference = here.get(document, ZERO) - self._there(record, code)
            if record is not None and record.state == State.SYNCED:
                assert not difference, (record, difference)
            unsent += difference
        return unsent

    def _missing(self, account, code):
        """The documents that put something else on the account here than there."""
        records = {(row.kind, row.object_id): row for row in SyncRecord.objects.filter(kind__in=TABLES)}
        here = dict.fromkeys(records, ZERO)
        for document, amount in documents_on(account):
            here[document] = here.get(document, ZERO) + amount
        return {
            document: (amount, record and (record.title, record.state, record.code, record.message))
            for document, amount in here.items()
            if amount != self._there(record := records.get(document), code)
        }

    def _there(self, record, code):
        """What the document in Xero puts on the account."""
        if record is None or not record.remote_id:
            return self._made_unheard(record, code)
        return _on(self.bad.books.tables[TABLES[record.kind]].get(record.remote_id), code)

    def _made_unheard(self, record, code):
        """Xero may have made it without our knowing yet; the record says that it is being looked up."""
        if record is None or record.state not in {State.SENDING, State.UNKNOWN}:
            return ZERO
        marker = record.open_attempt.body.get("Url")
        rows = [row for row in self.bad.books.tables[TABLES[record.kind]].values() if _is_it(row, record, marker)]
        assert len(rows) <= 1, rows
        return sum((_on(row, code) for row in rows), ZERO)

    def come_to_rest(self):
        """The road is good, the periods open, whoever is asked to retries: then nothing is missing."""
        self.bad.network.spoils = self.bad.deaths = 0.0
        self.the_accountant_unlocks()
        for _ in range(3):
            self._until_at_rest()
            self.bad.clock.forward(1000)
            queue.look_again(Connection.objects.get())
            queue.retry(SyncRecord.objects.unresolved())
        self._until_at_rest()
        self.both_sides_agree()
        rest = SyncRecord.objects.filter(kind__in=TABLES).exclude(state__in=[State.SYNCED, State.SKIPPED])
        left = [(row.title, row.state, row.code, row.message) for row in rest]
        assert not left, left
        for account, code in CODES.items():
            assert not self._missing(account, code), self._missing(account, code)
        for journal in self.bad.books.tables["ManualJournals"].values():
            assert sum(line["LineAmount"] for line in journal["JournalLines"]) == 0
        self._tied_out()

    def _tied_out(self):
        """The tie-out, which reads Xero's lists alone, comes to the same verdict."""
        run = tieout.begin(Connection.objects.get())
        assert tieout.work()
        told = [str(one) for one in run.differences.all()]
        assert (TieOutRun.objects.get(pk=run.pk).stage, told) == ("done", [])

    def _until_at_rest(self):
        for _ in range(60):
            self.bad.clock.forward(self.bad._until_next())
            self.bad.tick()
            if self.bad._at_rest():
                return


def _is_it(row, record, marker):
    if marker:
        return row.get("Url") == marker
    return row.get("CreditNoteNumber") == record.open_attempt.body.get("CreditNoteNumber")


def _on(row, code):
    if row is None or row["Status"] not in LIVE:
        return ZERO
    if "JournalLines" in row:
        return sum((line["LineAmount"] for line in row["JournalLines"] if line["AccountCode"] == code), ZERO)
    sign = Decimal(-1) if row["Type"] == "ACCPAYCREDIT" else Decimal(1)
    return sum((sign * line["LineAmount"] for line in row["LineItems"] if line.get("AccountCode") == code), ZERO)
