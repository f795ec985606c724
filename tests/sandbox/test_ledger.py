"""The books balance: after any sequence of what a client and an accountant may do, on every day."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from accounting_sync.sandbox import ledger
from accounting_sync.sandbox.reports import trial_balance
from tests.sandbox.books import (
    EACH,
    Books,
    a_bill,
    a_credit_note,
    a_journal,
    a_line,
    a_prepayment,
    an_invoice,
    an_overpayment,
)

TODAY = date(2026, 7, 20)


def standing(books, as_at=TODAY):
    """Balances by account code, without the accounts at zero."""
    codes = {account["AccountID"]: account["Code"] for account in books.organisation.tables["Accounts"].values()}
    found = ledger.balances(books.organisation, as_at)
    return {codes[account_id]: str(amount) for account_id, amount in sorted(found.items()) if amount}


def test_an_invoice_and_its_payment(books):
    invoice = books.invoice(a_line("180.00"), a_line("95.50", AccountCode="201"))
    assert standing(books) == {"200": "-180.00", "201": "-95.50", "610": "316.83", "820": "-41.33"}

    books.pay(invoice, "316.83", Account={"Code": "607"})

    assert standing(books) == {"200": "-180.00", "201": "-95.50", "607": "316.83", "820": "-41.33"}


def test_a_bill_with_a_rounding_line(books):
    """Acceptance story S07: the supplier's own total, to the cent."""
    stock = {"AccountCode": "631", "TaxType": "INPUT2"}
    books.put(
        "Invoices",
        a_bill(
            a_line("7.77", Quantity=3, **stock),
            a_line("9.13", Quantity=4, **stock),
            a_line("7.50", **stock),
            a_line("-0.01", AccountCode="860", TaxType="NONE"),
        ),
    )

    assert standing(books) == {"631": "67.33", "800": "-77.43", "820": "10.11", "860": "-0.01"}


def test_an_inclusive_invoice_brings_its_net_to_the_account(books):
    books.invoice(a_line("115.00"), LineAmountTypes="Inclusive")

    assert standing(books) == {"200": "-100.00", "610": "115.00", "820": "-15.00"}


def test_drafts_voids_and_deletions_leave_no_trace(books):
    books.invoice(Status="DRAFT")
    voided = books.invoice()
    books.post("Invoices", {"InvoiceID": voided["InvoiceID"], "Status": "VOIDED"})
    journal = books.put("ManualJournals", a_journal())[0]
    books.post("ManualJournals", {"ManualJournalID": journal["ManualJournalID"], "Status": "VOIDED"})
    payment = books.pay(books.invoice(Date="2026-07-21"), 1, Date="2026-07-21")
    books.rows("POST", f"Payments/{payment['PaymentID']}", {"Status": "DELETED"})

    assert standing(books) == {}


def test_a_journal_moves_stock_to_cost(books):
    books.put("ManualJournals", a_journal())

    assert standing(books) == {"310": "12.25", "631": "-12.25"}


def test_a_balance_is_as_at_a_day(books):
    invoice = books.invoice(Date="2026-07-01")
    books.pay(invoice, "115.00", Date="2026-07-15")

    assert standing(books, date(2026, 6, 30)) == {}
    assert standing(books, date(2026, 7, 1)) == {"200": "-100.00", "610": "115.00", "820": "-15.00"}
    assert standing(books, date(2026, 7, 15)) == {"090": "115.00", "200": "-100.00", "820": "-15.00"}


@pytest.mark.parametrize("parts", [["0.01", "99.99"], ["33.33", "33.33", "33.34"]])
def test_a_prepayment_used_in_parts_leaves_nothing_of_its_lines(books, parts):
    lines = [a_line("57.77", AccountCode="815"), a_line("42.23", AccountCode="200")]
    deposit_id = books.put("BankTransactions", a_prepayment(LineItems=lines))[0]["PrepaymentID"]
    invoice = books.invoice()

    for part in parts:
        body = {"Amount": part, "Invoice": {"InvoiceID": invoice["InvoiceID"]}}
        books.put(f"Prepayments/{deposit_id}/Allocations", body)

    assert standing(books) == {"200": "-100.00", "606": "100.00", "610": "15.00", "820": "-15.00"}


amounts = st.decimals("0.01", 900, places=2)
days = st.integers(-40, 0).map(lambda days: (TODAY + timedelta(days=days)).isoformat())
line = st.builds(
    a_line,
    st.decimals("0.01", 300, places=4),
    Quantity=st.decimals("0.01", 9, places=3),
    AccountCode=st.sampled_from(["200", "201", "205", "631", "815"]),
)
lines = st.lists(line, min_size=1, max_size=4)
amount_types = st.sampled_from(["Exclusive", "Inclusive", "NoTax"])
statuses = st.sampled_from(["DRAFT", "AUTHORISED", "AUTHORISED"])
SIDES = {"Invoices": ("ACCREC", "ACCPAY"), "CreditNotes": ("ACCRECCREDIT", "ACCPAYCREDIT")}
FOUR = f"{EACH}&unitdp=4"
CREDITS = {"CreditNotes": "CreditNoteID", "Prepayments": "PrepaymentID", "Overpayments": "OverpaymentID"}


class Bookkeeping(RuleBasedStateMachine):
    """Clients and accountants do whatever they like; many of the calls are refused, and must then change nothing."""

    def __init__(self):
        super().__init__()
        self.books = Books()
        self.random = self.books.organisation.random

    def any_of(self, kind):
        return self.random.choice(sorted(self.books.organisation.tables[kind]) or ["none"])

    def send(self, method, path, element, query=EACH):
        answer = self.books.call(method, path, element, query)
        assert answer.status in (200, 400), answer.body

    @rule(
        kind=st.sampled_from(sorted(SIDES)),
        side=st.integers(0, 1),
        lines=lines,
        day=days,
        types=amount_types,
        status=statuses,
    )
    def document(self, kind, side, lines, day, types, status):
        make = an_invoice if kind == "Invoices" else a_credit_note
        lines = [{**line, "AccountCode": "429"} for line in lines] if side else lines
        self.send(
            "PUT", kind, make(*lines, Type=SIDES[kind][side], Date=day, LineAmountTypes=types, Status=status), FOUR
        )

    @rule(make=st.sampled_from([a_prepayment, an_overpayment]), amount=amounts, day=days)
    def deposit(self, make, amount, day):
        self.send("PUT", "BankTransactions", make(str(amount), Date=day))

    @rule(amount=amounts, day=days, other=st.sampled_from(["631", "635", "860"]))
    def journal(self, amount, day, other):
        self.send("PUT", "ManualJournals", a_journal(("310", str(amount)), (other, str(-amount)), Date=day))

    @rule(amount=amounts, day=days, on=st.sampled_from([("Invoices", "InvoiceID"), *CREDITS.items()]))
    def pay(self, amount, day, on):
        kind, id_field = on
        target = {kind[:-1]: {id_field: self.any_of(kind)}}
        self.send("PUT", "Payments", {**target, "Account": {"Code": "090"}, "Amount": str(amount), "Date": day})

    @rule(kind=st.sampled_from(sorted(CREDITS)), amount=amounts)
    def allocate(self, kind, amount):
        body = {"Amount": str(amount), "Invoice": {"InvoiceID": self.any_of("Invoices")}}
        self.send("PUT", f"{kind}/{self.any_of(kind)}/Allocations", body)

    @rule()
    def take_back_a_payment(self):
        self.send("POST", f"Payments/{self.any_of('Payments')}", {"Status": "DELETED"}, query="")

    @rule()
    def take_back_an_allocation(self):
        allocation_id = self.any_of("Allocations")
        found = self.books.organisation.tables["Allocations"].get(allocation_id)
        if found:
            path = f"{found['SourceKind']}/{found['SourceID']}/Allocations/{allocation_id}"
            assert self.books.call("DELETE", path).status == 200

    @rule(kind=st.sampled_from(sorted(SIDES)), lines=lines)
    def edit_lines(self, kind, lines):
        self.send("POST", kind, {f"{kind[:-1]}ID": self.any_of(kind), "LineItems": lines})

    @rule(kind=st.sampled_from(sorted(SIDES)), status=st.sampled_from(["AUTHORISED", "VOIDED", "DELETED"]))
    def change_status(self, kind, status):
        self.send("POST", kind, {f"{kind[:-1]}ID": self.any_of(kind), "Status": status})

    @invariant()
    def every_day_is_in_balance(self):
        for as_at in (TODAY, TODAY - timedelta(days=15)):
            assert sum(ledger.balances(self.books.organisation, as_at).values(), Decimal(0)) == 0

    @invariant()
    def receivables_are_what_the_documents_leave_open(self):
        tables = self.books.organisation.tables
        for code, sale, credit, overpaid, sign in (
            ("610", "ACCREC", "ACCRECCREDIT", "RECEIVE-OVERPAYMENT", 1),
            ("800", "ACCPAY", "ACCPAYCREDIT", "SPEND-OVERPAYMENT", -1),
        ):
            due = open_amount(tables["Invoices"], sale, "AmountDue")
            left = open_amount(tables["CreditNotes"], credit, "RemainingCredit")
            left += open_amount(tables["Overpayments"], overpaid, "RemainingCredit")
            assert ledger.balance(self.books.organisation, code, date(2027, 1, 1)) == sign * (due - left)

    @invariant()
    def nothing_is_paid_or_credited_beyond_itself(self):
        tables = self.books.organisation.tables
        for invoice in tables["Invoices"].values():
            assert invoice["AmountDue"] == invoice["Total"] - invoice["AmountPaid"] - invoice["AmountCredited"]
            assert invoice["AmountDue"] >= 0
            assert (invoice["Status"] == "PAID") == (
                invoice["AmountDue"] == 0 and invoice["Status"] in ("AUTHORISED", "PAID")
            )
        for kind in CREDITS:
            assert all(credit["RemainingCredit"] >= 0 for credit in tables[kind].values())

    @invariant()
    def the_trial_balance_shows_equal_totals(self):
        total = trial_balance(self.books.organisation, TODAY)["Rows"][-1]["Rows"][0]["Cells"]
        _, debit, credit, year_debit, year_credit = (cell["Value"] for cell in total)
        assert (debit, year_debit) == (credit, year_credit)


def open_amount(table, side, field):
    found = (one[field] for one in table.values() if one["Type"] == side and one["Status"] in ("AUTHORISED", "PAID"))
    return sum(found, Decimal(0))


TestBookkeeping = Bookkeeping.TestCase
TestBookkeeping.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
