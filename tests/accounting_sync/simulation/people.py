"""What people do on both sides while the engine works: the garage through its verbs, the accountant in Xero."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError

from accounting_sync import decisions, pull, queue
from accounting_sync.models import SyncRecord
from accounting_sync.models.sync_record import IN_FLIGHT
from accounting_sync.sandbox import accountant
from accounting_sync.sandbox.errors import Refused
from workshop import credits, people, sales
from workshop.errors import WorkshopError
from workshop.models import (
    CreditAllocation,
    CreditNote,
    Customer,
    Invoice,
    NumberSequence,
    Part,
    Payment,
    PaymentMethod,
)

TENANT_RESOURCES = ["Contacts", "Invoices", "CreditNotes", "Payments"]


class Person:
    """Does one of ``habits`` at a time, by their weights. What is refused is simply not done."""

    habits: dict[str, int] = {}

    def __init__(self, world):
        self.world, self.random = world, world.random

    def act(self):
        names = list(self.habits)
        name = self.random.choices(names, [self.habits[name] for name in names])[0]
        try:
            done = getattr(self, name)()
        except (WorkshopError, ValidationError, Refused, decisions.NotOffered):
            return
        if done:
            self.world.note(f"{type(self).__name__.lower()}: {name.replace('_', ' ')} {done}")

    def one_of(self, rows, rather=()):
        """Any of them; half of the time one of those (ids) that somebody else is at work on too."""
        rows = list(rows)
        shared = [row for row in rows if row.pk in rather] if rather else []
        if shared and self.random.random() < 0.5:
            rows = shared
        return self.random.choice(rows) if rows else None

    def money(self, most):
        return (most * self.random.choice([100, 100, 50, 25, 10]) / 100).quantize(Decimal("0.01"))


class Garage(Person):
    habits = {
        "new_customer": 2, "sell": 8, "edit_invoice": 8, "take_payment": 8, "reverse_payment": 3, "void_invoice": 3,
        "credit": 3, "allocate": 3, "remove_allocation": 2, "void_credit_note": 2, "edit_customer": 4,
        "exclude": 1, "include": 1, "retry": 1, "decide": 8,
    }  # fmt: skip
    customers = 0

    def __init__(self, world):
        super().__init__(world)
        self.excluded = set()  # ever: what rests on a record may have gone to Xero without its latest change

    def open(self):
        for _ in range(2):
            self.new_customer()
            self.sell()

    def new_customer(self):
        self.customers += 1
        phones = [{"kind": "mobile", "number": f"021 55{self.customers:04d}"}]
        return people.add_customer(first_name="Jo", last_name=f"Kea{self.customers}", phones=phones)

    def sell(self):
        customer = self.one_of(Customer.objects.order_by("pk"))
        return sales.sell(customer, self._lines()) if customer else None

    def _lines(self):
        part = Part.objects.first() or Part.objects.create(code="OF-1", description="Oil filter", sell_price=Decimal(9))
        return [
            {
                "part": part,
                "quantity": Decimal(self.random.choice(["1", "2", "0.5"])),
                "unit_price": Decimal(self.random.randint(100, 30000)) / 100,
            }
            for _ in range(self.random.choice([1, 1, 2, 3]))
        ]

    def edit_invoice(self):
        invoice = self.one_of(Invoice.objects.order_by("pk"), self._also_edited_in_xero("invoice"))
        return invoice and sales.edit_invoice(invoice, self._lines())

    def _also_edited_in_xero(self, kind):
        records = SyncRecord.objects.filter(kind=kind, remote_id__in=self.world.accountant.protected())
        return set(records.values_list("object_id", flat=True))

    def take_payment(self):
        invoice = self.one_of(Invoice.objects.unpaid().order_by("pk"))
        if not invoice:
            return None
        method = PaymentMethod.objects.order_by("pk").first()
        return sales.record_payment(invoice, amount=self.money(invoice.amount_due), method=method).number

    def reverse_payment(self):
        payment = self.one_of(Payment.objects.filter(reversed_at=None).order_by("pk"))
        return payment and sales.reverse_payment(payment, reason="Bounced").number

    def void_invoice(self):
        invoice = self.one_of(Invoice.objects.live().order_by("pk"))
        return invoice and sales.void_invoice(invoice, reason="A mistake")

    def credit(self):
        invoice = self.one_of(Invoice.objects.live().order_by("pk"))
        line = invoice and invoice.lines.order_by("position").first()
        if not line:
            return None
        quantity = line.quantity * self.random.choice([Decimal(1), Decimal("0.5")])
        return credits.credit_invoice(invoice, {line.pk: quantity}, allocate=self.random.random() < 0.6)

    def allocate(self):
        note = self.one_of(CreditNote.objects.filter(remaining__gt=0).order_by("pk"))
        unpaid = Invoice.objects.unpaid().filter(customer=note.customer_id).order_by("pk") if note else []
        invoice = self.one_of(unpaid)
        if not invoice:
            return None
        amount = self.money(min(note.remaining, invoice.amount_due))
        return credits.allocate_credit(note, invoice, amount=amount)

    def remove_allocation(self):
        allocation = self.one_of(CreditAllocation.objects.filter(removed_at=None).order_by("pk"))
        return allocation and credits.remove_allocation(allocation)

    def void_credit_note(self):
        note = self.one_of(CreditNote.objects.exclude(status="voided").order_by("pk"))
        return note and credits.void_credit_note(note)

    def edit_customer(self):
        customer = self.one_of(Customer.objects.order_by("pk"), self._also_edited_in_xero("contact"))
        if not customer:
            return None
        if self.random.random() < 0.5:
            self.world.accountant.was_seen_here(customer)
            return people.edit_customer(customer, email=f"jo{self.random.randint(1, 9999)}@kea.example")
        number = f"021 77{self.random.randint(1, 9999):04d}"
        return people.edit_customer(customer, phones=[{"kind": "mobile", "number": number}])

    def exclude(self):
        record = self.one_of(SyncRecord.objects.filter(do_not_export=False).order_by("pk"))
        if record:
            self.excluded.add(record.pk)
            queue.exclude(record, export=True, from_import=False, reason="Not for the books")
        return record

    def include(self):
        record = self.one_of(SyncRecord.objects.filter(do_not_export=True).order_by("pk"))
        return record and queue.exclude(record, export=False, from_import=False, reason="").pk

    def decide(self):
        """Press one of the buttons that a record offers."""
        record = self.one_of(SyncRecord.objects.unresolved().order_by("pk"))
        name = self.one_of(decisions.offered(record)) if record else None
        if not name or name == "link_contact":
            return None
        self.world.proof.decided(record, name)
        decision, _ = decisions.DECISIONS[name]
        decision(record)
        if name == "send_ours" and self.random.random() < 0.5:
            self.world.note(f"accountant: edits it again {self.world.accountant.edit_again(record)}")
        return f"{name}: {record}"

    def retry(self):
        return queue.retry(SyncRecord.objects.all())


class Accountant(Person):
    """Works in Xero's own pages. ``touched`` remembers what the engine may rightly ask a person about."""

    habits = {
        "pay": 6, "delete_payment": 2, "add_line": 3, "void": 2, "edit_contact": 4, "archive_contact": 1,
        "restore_contact": 2, "type_invoice": 2, "hint": 4, "delete_own_payment": 2,
    }  # fmt: skip

    def __init__(self, world):
        super().__init__(world)
        self.books = world.books
        self.diligence = self.random.choice([0.0, 0.0, 0.1, 0.3])
        self.touched = set()  # remote ids
        self.contact_fields = {}  # (contact id, field) → value typed in Xero
        self.rags = Counter()  # invoice id → lines added in Xero that must still be there
        self.typed = {}  # invoice id → what it came to

    def _documents(self, kind, *statuses):
        return [d for d in self.books.tables[kind].values() if d["Status"] in statuses]

    def _invoices(self):
        return [d for d in self._documents("Invoices", "AUTHORISED") if d["InvoiceID"] not in self.typed]

    def pay(self):
        invoice = self.one_of(self._invoices())
        if not invoice:
            return None
        self.touched.add(invoice["InvoiceID"])
        accountant.pay(self.books, invoice["InvoiceID"], self.money(invoice["AmountDue"]))
        return invoice["InvoiceNumber"]

    def delete_payment(self, by="API"):
        payments = [p for p in self._documents("Payments", "AUTHORISED") if p["CreatedBy"] == by]
        payment = self.one_of(payments)
        if not payment:
            return None
        self.touched |= {payment["PaymentID"], payment["TargetID"]}
        accountant.delete_payment(self.books, payment["PaymentID"])
        return payment.get("Reference") or payment["PaymentID"]

    def delete_own_payment(self):
        return self.delete_payment(by="UI")

    def add_line(self, invoice=None):
        invoice = invoice or self.one_of(self._invoices())
        if not invoice:
            return None
        self.touched.add(invoice["InvoiceID"])
        accountant.edit_invoice_add_line(self.books, invoice["InvoiceID"], "Rags", Decimal("3.10"))
        self._typed(self.rags, invoice["InvoiceID"], self.rags[invoice["InvoiceID"]] + 1)
        return invoice["InvoiceNumber"]

    def void(self):
        invoice = self.one_of(self._invoices())
        if not invoice:
            return None
        self.touched.add(invoice["InvoiceID"])
        accountant.void(self.books, invoice["InvoiceID"])
        return invoice["InvoiceNumber"]

    def edit_contact(self, contact=None):
        contact = contact or self.one_of(self.books.tables["Contacts"].values())
        if not contact or contact.get("ContactNumber") is None:
            return None
        email = f"office{self.random.randint(1, 9999)}@kea.example"
        accountant.edit_contact(self.books, contact["ContactID"], EmailAddress=email)
        self._typed(self.contact_fields, (contact["ContactID"], "EmailAddress"), email)
        self.touched.add(contact["ContactID"])
        return email

    def was_seen_here(self, customer):
        """What came from Xero stands on the customer's page: whoever types over it does so knowingly."""
        record = SyncRecord.objects.filter(kind="contact", object_id=customer.pk).first()
        key = (record.remote_id if record else None, "EmailAddress")
        if self.contact_fields.get(key) == customer.email:
            del self.contact_fields[key]

    def edit_again(self, record):
        """While somebody in the garage decides about the very same."""
        if record.kind == "contact":
            return self.edit_contact(self.books.tables["Contacts"][record.remote_id])
        return record.kind == "invoice" and self.add_line(self.books.tables["Invoices"][record.remote_id])

    def _typed(self, kept, key, value):
        """What must still be there at the end. A change of ours that is under way may still land on top: Xero has no
        way to refuse it.
        """
        remote_id = key[0] if isinstance(key, tuple) else key
        under_way = SyncRecord.objects.filter(remote_id=remote_id, state__in=IN_FLIGHT).exists()
        if under_way or remote_id in self.world.network.just_read:
            kept.pop(key, None)
        else:
            kept[key] = value

    def protected(self):
        """Ids of what was edited in Xero and must not be overwritten unasked."""
        return {*(contact_id for contact_id, _ in self.contact_fields), *self.rags}

    def archive_contact(self):
        contact = self.one_of(self.books.tables["Contacts"].values())
        if not contact:
            return None
        self.touched.add(contact["ContactID"])
        return accountant.archive_contact(self.books, contact["ContactID"])["Name"]

    def restore_contact(self):
        contacts = self.books.tables["Contacts"].values()
        contact = self.one_of([c for c in contacts if c["ContactStatus"] == "ARCHIVED"])
        return contact and accountant.restore_contact(self.books, contact["ContactID"])["Name"]

    def type_invoice(self):
        """By hand, sometimes under the very number that our next invoice will get."""
        number = None
        if self.random.random() < 0.5:
            number = NumberSequence.objects.get(series="invoice").formatted()
            self.touched.add(number)
        line = {"Description": "Typed", "Quantity": 1, "UnitAmount": Decimal("55.50"), "AccountCode": "200"}
        typed = accountant.type_invoice_by_hand(self.books, "Somebody Else", [line], number=number)
        self.typed[typed["InvoiceID"]] = (typed["Total"], dict(typed["Contact"]), typed["Status"])
        return typed["InvoiceNumber"]

    def hint(self):
        """A webhook, sometimes twice; most get lost."""
        for _ in range(self.random.choice([1, 2])):
            pull.poke(self.books.id, [self.random.choice(TENANT_RESOURCES)])
        self.world.clock.forward(timedelta(seconds=1).total_seconds())
