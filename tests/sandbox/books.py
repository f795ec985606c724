"""One organisation's books, spoken to as a client that has passed sign-in and limits."""

import json
from datetime import UTC, datetime
from random import Random

from accounting_sync.sandbox.api import respond
from accounting_sync.sandbox.chart import demo_organisation
from accounting_sync.sandbox.message import Request
from tests.sandbox.program import Clock

EACH = "summarizeErrors=false"


class Books:
    """``events`` collects what a webhook subscriber would be told."""

    def __init__(self, country="NZ", **settings):
        self.clock = Clock(datetime(2026, 7, 20, 1, 0, tzinfo=UTC))
        self.organisation = demo_organisation(self.clock, country=country, random=Random(7), settings=settings)
        self.events = []
        self.organisation.on_event = lambda *event: self.events.append(event)

    # -- calling

    def call(self, method, path, document=None, query="", *, adviser=False, since=""):
        body = b"" if document is None else json.dumps(document, default=str).encode()
        headers = {"if-modified-since": since} if since else {}
        return respond(
            self.organisation, Request(method, f"/api.xro/2.0/{path}", query, headers, body), adviser=adviser
        )

    def rows(self, method, path, document=None, query="", **more):
        """The collection of an answer that must be 200."""
        answer = self.call(method, path, document, query, **more)
        assert answer.status == 200, answer.body.decode()
        return next(value for value in json.loads(answer.body).values() if isinstance(value, list))

    def get(self, path, query="", **more):
        return self.rows("GET", path, None, query, **more)

    def put(self, path, *elements, query="", **more):
        return self.rows("PUT", path, {path.split("/")[-1]: list(elements)}, query, **more)

    def post(self, path, *elements, query="", **more):
        return self.rows("POST", path, {path.split("/")[0]: list(elements)}, query, **more)

    def problems(self, method, path, element, query="", **more):
        """The sentences one refused element is refused with; the answer must be a 400 validation exception."""
        answer = self.call(method, path, element, query, **more)
        reply = json.loads(answer.body)
        assert (answer.status, reply["ErrorNumber"], reply["Type"]) == (400, 10, "ValidationException"), reply
        return [error["Message"] for error in reply["Elements"][0]["ValidationErrors"]]

    # -- what most tests start from

    def contact(self, name="Jo Kea", **more):
        return self.put("Contacts", {"Name": name, **more})[0]

    def invoice(self, *lines, **more):
        return self.put("Invoices", an_invoice(*lines, **more))[0]

    def pay(self, invoice, amount, **more):
        return self.put("Payments", a_payment(invoice, amount, **more))[0]

    def credit_note(self, *lines, **more):
        return self.put("CreditNotes", a_credit_note(*lines, **more))[0]

    def fetch(self, kind, document):
        return self.get(f"{kind}/{document[kind[:-1] + 'ID']}")[0]

    def account(self, code):
        return self.organisation.tables["Accounts"].first("code", code)


def a_line(unit="100.00", **more):
    return {"Description": "Labour", "Quantity": 1, "UnitAmount": unit, "AccountCode": "200", **more}


def an_invoice(*lines, **more):
    """An approved sales invoice for Jo Kea, dated 20 July 2026."""
    return {
        "Type": "ACCREC",
        "Contact": {"Name": "Jo Kea"},
        "Date": "2026-07-20",
        "DueDate": "2026-08-20",
        "Status": "AUTHORISED",
        "LineItems": list(lines) or [a_line()],
        **more,
    }


def a_bill(*lines, **more):
    found = list(lines) or [a_line(AccountCode="429")]
    return an_invoice(*found, **{"Type": "ACCPAY", "Contact": {"Name": "Parts Ltd"}, **more})


def a_credit_note(*lines, **more):
    return {
        "Type": "ACCRECCREDIT",
        "Contact": {"Name": "Jo Kea"},
        "Date": "2026-07-20",
        "Status": "AUTHORISED",
        "LineItems": list(lines) or [a_line()],
        **more,
    }


def a_payment(invoice, amount, **more):
    return {
        "Invoice": {"InvoiceID": invoice["InvoiceID"]},
        "Account": {"Code": "090"},
        "Amount": amount,
        "Date": "2026-07-20",
        **more,
    }


def a_prepayment(amount="115.00", **more):
    line = {"Description": "Deposit", "Quantity": 1, "UnitAmount": amount, "AccountCode": "815", "TaxType": "OUTPUT2"}
    return {
        "Type": "RECEIVE-PREPAYMENT",
        "Contact": {"Name": "Jo Kea"},
        "BankAccount": {"Code": "606"},
        "Date": "2026-07-20",
        "LineItems": [line],
        **more,
    }


def an_overpayment(amount="50.00", **more):
    return {
        "Type": "RECEIVE-OVERPAYMENT",
        "Contact": {"Name": "Jo Kea"},
        "BankAccount": {"Code": "606"},
        "Date": "2026-07-20",
        "LineAmountTypes": "NoTax",
        "LineItems": [{"Description": "Paid too much", "LineAmount": amount}],
        **more,
    }


def a_journal(*amounts, **more):
    """Cost of goods against stock, unless lines are given; amounts are pairs of account code and amount."""
    pairs = amounts or (("310", "12.25"), ("631", "-12.25"))
    return {
        "Narration": "COGS for invoice INV 1008",
        "Date": "2026-07-20",
        "Status": "POSTED",
        "JournalLines": [{"AccountCode": code, "LineAmount": amount} for code, amount in pairs],
        **more,
    }
