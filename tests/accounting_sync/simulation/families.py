"""Records that rest on one another: what the accountant did to one may rightly stop its family."""

from workshop.models import CreditAllocation, CreditNote, Invoice, Payment


class Families:
    """An invoice with its payments, credit notes and allocations is a family; a contact excuses all of its own."""

    def __init__(self, records, world):
        self.records = {(record.kind, record.object_id): record for record in records}
        self.head = {key: key for key in self.records}
        self.contact = {}
        for key, other in self._ties():
            self._join(key, other)
        touched = world.accountant.touched
        excluded = world.garage.excluded
        self.asked_about = {
            key for key, record in self.records.items() if record.pk in excluded or self._has_cause(record, touched)
        }

    def _ties(self):
        for pk, customer, number in Invoice.objects.values_list("pk", "customer_id", "number"):
            self.contact["invoice", pk] = ("contact", customer)
            self.numbers = {**getattr(self, "numbers", {}), ("invoice", pk): number}
        for pk, customer, invoice in CreditNote.objects.values_list("pk", "customer_id", "invoice_id"):
            self.contact["credit_note", pk] = ("contact", customer)
            if invoice:
                yield ("credit_note", pk), ("invoice", invoice)
        for pk, invoice in Payment.objects.values_list("pk", "invoice_id"):
            yield ("payment", pk), ("invoice", invoice)
        for pk, invoice, note in CreditAllocation.objects.values_list("pk", "invoice_id", "credit_note_id"):
            yield ("allocation", pk), ("invoice", invoice)
            yield ("allocation", pk), ("credit_note", note)

    def _root(self, key):
        while self.head.get(key, key) != key:
            key = self.head[key]
        return key

    def _join(self, key, other):
        self.head[self._root(key)] = self._root(other)

    def _has_cause(self, record, touched):
        number = getattr(self, "numbers", {}).get((record.kind, record.object_id))
        return record.remote_id in touched or number in touched

    def of(self, record):
        root = self._root((record.kind, record.object_id))
        return [other for key, other in self.records.items() if self._root(key) == root]

    def excuse(self, record):
        """Whether somebody did something to it, or to what it rests on."""
        keys = {(other.kind, other.object_id) for other in self.of(record)}
        contacts = {self.contact[key] for key in keys if key in self.contact}
        return bool((keys | contacts) & self.asked_about)
