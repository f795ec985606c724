"""Invoices, payments and credit notes: what the accountant sees."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q, Sum
from simple_history.models import HistoricalRecords

from workshop import money
from workshop.models.fields import MoneyField
from workshop.models.jobs import DocumentDiscount, Job, JobLine, discount_constraints
from workshop.models.lines import PricedLine, supply_field
from workshop.models.organisation import PaymentMethod, TaxMode
from workshop.models.people import Customer
from workshop.models.vehicles import Vehicle

if TYPE_CHECKING:
    from workshop.models.deposits import Deposit

COMPUTED: dict[str, Any] = {"default": Decimal("0.00"), "editable": False}


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    def live(self) -> InvoiceQuerySet:
        return self.exclude(status=Invoice.Status.VOIDED)

    def standing(self) -> InvoiceQuerySet:
        """Neither voided nor issued anew as another: of a job there is one at most."""
        return self.live().filter(replaced_at=None)

    def unpaid(self) -> InvoiceQuerySet:
        return self.filter(status__in=[Invoice.Status.ISSUED, Invoice.Status.PART_PAID])

    def search(self, words: str) -> InvoiceQuerySet:
        return self.filter(
            Q(number__icontains=words) | Q(customer__name__icontains=words) | Q(reference__icontains=words.upper())
        )


class Invoice(DocumentDiscount):
    """A sales invoice. Totals are stored and equal the sum of the lines; the balance equals total − paid − credited."""

    _change_reason: str  # read by the history

    class Status(models.TextChoices):
        ISSUED = "issued", "Awaiting payment"
        PART_PAID = "part_paid", "Part paid"
        PAID = "paid", "Paid"
        VOIDED = "voided", "Voided"

    number = models.CharField(max_length=50, unique=True)
    previous_numbers = models.TextField(blank=True, editable=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.ISSUED, editable=False, db_index=True)
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, blank=True, related_name="invoices")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="invoices")
    vehicle = models.ForeignKey(Vehicle, on_delete=models.PROTECT, null=True, blank=True, related_name="invoices")
    reference = models.CharField(max_length=50, blank=True, help_text="The vehicle's rego.")
    date = models.DateField()
    due_date = models.DateField()
    tax_mode = models.CharField("amounts are", max_length=10, choices=TaxMode, default=TaxMode.EXCLUSIVE)
    subtotal = MoneyField(**COMPUTED)
    tax_total = MoneyField("tax", **COMPUTED)
    total = MoneyField(**COMPUTED)
    amount_paid = MoneyField("paid", **COMPUTED)
    amount_credited = MoneyField("credited", **COMPUTED)
    amount_due = MoneyField("due", **COMPUTED)
    expected_payment_date = models.DateField(
        "payment expected", null=True, blank=True, editable=False, help_text="As noted in the accounts."
    )
    emailed_at = models.DateTimeField(null=True, blank=True, editable=False)
    changed_in_accounts = models.BooleanField(
        default=False, editable=False, help_text="The accountant changed it; reconcile before editing here."
    )
    voided_at = models.DateTimeField(null=True, blank=True, editable=False)
    void_reason = models.CharField(max_length=200, blank=True, editable=False)
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="replaced_by"
    )
    replaced_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When it was credited and issued anew."
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = InvoiceQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["version", "emailed_at"])

    class Meta:
        ordering = ["-date", "-id"]
        indexes = [
            models.Index(fields=["status", "due_date"], name="invoice_debtors"),
            models.Index(fields=["updated_at", "id"], name="invoice_changed"),
        ]
        constraints = [
            *discount_constraints("invoice"),
            models.CheckConstraint(condition=~Q(number=""), name="invoice_has_a_number"),
            models.CheckConstraint(condition=Q(due_date__gte=F("date")), name="invoice_due_not_before_date"),
            models.CheckConstraint(condition=Q(total=F("subtotal") + F("tax_total")), name="invoice_total_adds_up"),
            models.CheckConstraint(
                condition=Q(amount_due=F("total") - F("amount_paid") - F("amount_credited")) | Q(status="voided"),
                name="invoice_due_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(amount_due__gte=0, amount_paid__gte=0, amount_credited__gte=0),
                name="invoice_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(status="voided", amount_paid=0, amount_credited=0, amount_due=0)
                | Q(status="paid", amount_due=0)
                | Q(status="issued", amount_due__gt=0, amount_paid=0, amount_credited=0)
                | (Q(status="part_paid", amount_due__gt=0) & (Q(amount_paid__gt=0) | Q(amount_credited__gt=0))),
                name="invoice_status_follows_balance",
            ),
            models.CheckConstraint(
                condition=Q(status="voided", voided_at__isnull=False) | (~Q(status="voided") & Q(voided_at=None)),
                name="invoice_voided_has_a_time",
            ),
            models.UniqueConstraint(
                fields=["job"],
                condition=~Q(status="voided") & Q(replaced_at=None),
                name="invoice_one_standing_per_job",
            ),
        ]
        permissions = [
            ("void_invoice", "Can void invoices"),
            ("backdate_invoice", "Can change an invoice's date or number"),
            ("email_invoice", "Can e-mail invoices and credit notes to customers"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def editable(self) -> bool:
        """A nil invoice counts as paid, yet nothing rests on it."""
        untouched = self.amount_paid == self.amount_credited == 0 and self.replaced_at is None
        return untouched and self.status != self.Status.VOIDED and not self.changed_in_accounts

    @property
    def cost(self) -> Decimal:
        """What the goods on it cost; reads the lines."""
        return sum((line.cost for line in self.lines.all()), money.ZERO)

    @property
    def margin(self) -> Decimal:
        """Without tax, before the cost of labour."""
        return self.subtotal - self.cost


class InvoiceLine(PricedLine):
    """A line as it was invoiced: rate, amount and tax are kept, whatever the settings say later."""

    class Kind(models.TextChoices):
        LABOUR = "labour", "Labour"
        PART = "part", "Part"
        OUTWORK = "outwork", "Outwork"
        TEXT = "text", "Text"
        FREIGHT = "freight", "Freight"
        DISCOUNT = "discount", "Discount"
        ADJUSTMENT = "adjustment", "Adjustment made in the accounts"

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.LABOUR)
    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    unit_price = models.DecimalField(max_digits=12, decimal_places=4, default=Decimal("0.0000"))
    tax_percent = models.DecimalField(max_digits=6, decimal_places=4, default=Decimal("0.0000"))
    line_amount = MoneyField("amount", **COMPUTED)
    tax_amount = MoneyField("tax", **COMPUTED)
    job_line = models.ForeignKey(
        JobLine, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="invoice_lines"
    )
    supply = supply_field()
    cost = MoneyField("cost of the goods", **COMPUTED)

    class Meta(PricedLine.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="invoiceline_quantity_positive"),
            models.CheckConstraint(
                condition=Q(kind__in=["text", "adjustment"]) | Q(tax_rate__isnull=False),
                name="invoiceline_priced_is_taxed",
            ),
            models.CheckConstraint(
                condition=Q(unit_price__gte=0) | Q(kind="discount"), name="invoiceline_only_discounts_negative"
            ),
            models.CheckConstraint(
                condition=~Q(kind="text") | Q(unit_price=0, line_amount=0, tax_amount=0),
                name="invoiceline_text_has_no_price",
            ),
        ]


class PaymentQuerySet(models.QuerySet["Payment"]):
    def received(self) -> PaymentQuerySet:
        return self.filter(reversed_at=None)

    def total(self) -> Decimal:
        return self.received().aggregate(total=Sum("amount"))["total"] or money.ZERO


class Payment(models.Model):
    """Money received against an invoice. Never edited: reversed and entered again."""

    class Source(models.TextChoices):
        WORKSHOP = "workshop", "Entered here"
        ACCOUNTS = "accounts", "Entered in the accounts"

    number = models.CharField(max_length=50, unique=True, editable=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="payments")
    method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, null=True, blank=True, related_name="payments")
    date = models.DateField()
    amount = MoneyField(validators=[MinValueValidator(money.CENT)])
    reference = models.CharField(max_length=100, blank=True)
    source = models.CharField(max_length=10, choices=Source, default=Source.WORKSHOP, editable=False)
    reversed_at = models.DateTimeField(null=True, blank=True, editable=False)
    reverse_reason = models.CharField(max_length=200, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PaymentQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["-date", "-id"]
        indexes = [models.Index(fields=["updated_at", "id"], name="payment_changed")]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=Q(source="accounts") | Q(method__isnull=False), name="payment_entered_here_has_a_method"
            ),
            models.CheckConstraint(
                condition=Q(reversed_at=None, reverse_reason="")
                | (Q(reversed_at__isnull=False) & ~Q(reverse_reason="")),
                name="payment_reversed_with_a_reason",
            ),
        ]
        permissions = [("reverse_payment", "Can reverse payments")]

    def __str__(self) -> str:
        return f"{self.number}: {self.amount}"


class CreditNote(models.Model):
    _change_reason: str  # read by the history

    class Status(models.TextChoices):
        ISSUED = "issued", "Not allocated"
        PART_ALLOCATED = "part_allocated", "Part allocated"
        ALLOCATED = "allocated", "Allocated"
        REFUNDED = "refunded", "Refunded"
        VOIDED = "voided", "Voided"

    number = models.CharField(max_length=50, unique=True)
    status = models.CharField(max_length=15, choices=Status, default=Status.ISSUED, editable=False, db_index=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="credit_notes")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, null=True, blank=True, related_name="credit_notes")
    reference = models.CharField(max_length=50, blank=True)
    date = models.DateField()
    reason = models.CharField(max_length=200, blank=True)
    tax_mode = models.CharField("amounts are", max_length=10, choices=TaxMode, default=TaxMode.EXCLUSIVE)
    subtotal = MoneyField(**COMPUTED)
    tax_total = MoneyField("tax", **COMPUTED)
    total = MoneyField(**COMPUTED)
    amount_allocated = MoneyField("allocated", **COMPUTED)
    amount_refunded = MoneyField("refunded", **COMPUTED)
    remaining = MoneyField(**COMPUTED)
    emailed_at = models.DateTimeField(null=True, blank=True, editable=False)
    voided_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords(excluded_fields=["emailed_at"])

    class Meta:
        ordering = ["-date", "-id"]
        indexes = [models.Index(fields=["updated_at", "id"], name="creditnote_changed")]
        constraints = [
            models.CheckConstraint(condition=Q(total=F("subtotal") + F("tax_total")), name="creditnote_total_adds_up"),
            models.CheckConstraint(condition=Q(total__gt=0), name="creditnote_total_positive"),
            models.CheckConstraint(
                condition=Q(status="voided", amount_allocated=0, amount_refunded=0, remaining=0)
                | (~Q(status="voided") & Q(remaining=F("total") - F("amount_allocated") - F("amount_refunded"))),
                name="creditnote_remaining_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(remaining__gte=0, amount_allocated__gte=0, amount_refunded__gte=0),
                name="creditnote_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(status="voided", voided_at__isnull=False)
                | Q(status="issued", voided_at=None, amount_allocated=0, remaining__gt=0)
                | Q(status="part_allocated", voided_at=None, amount_allocated__gt=0, remaining__gt=0)
                | Q(status="allocated", voided_at=None, amount_allocated__gt=0, remaining=0)
                | Q(status="refunded", voided_at=None, amount_allocated=0, remaining=0),
                name="creditnote_status_follows_allocation",
            ),
            models.CheckConstraint(condition=~Q(number=""), name="creditnote_has_a_number"),
        ]

    def __str__(self) -> str:
        return self.number


class Goods(models.TextChoices):
    """What became of the goods on a credited line."""

    NONE = "", "None came back"
    RESTOCKED = "restocked", "Back on the shelf"
    SCRAPPED = "scrapped", "Came back and was scrapped"
    ON_JOB = "on_job", "On the job again, for the invoice that takes its place"


#: what a person may say; the other follows from issuing an invoice anew
RETURNS = [(value, label) for value, label in Goods.choices if value != Goods.ON_JOB]


class CreditNoteLine(PricedLine):
    kind = models.CharField(max_length=10, choices=InvoiceLine.Kind, default=InvoiceLine.Kind.LABOUR)
    credit_note = models.ForeignKey(CreditNote, on_delete=models.CASCADE, related_name="lines")
    invoice_line = models.ForeignKey(
        InvoiceLine, on_delete=models.PROTECT, null=True, blank=True, related_name="credit_lines"
    )
    unit_price = models.DecimalField(max_digits=12, decimal_places=4, default=Decimal("0.0000"))
    tax_percent = models.DecimalField(max_digits=6, decimal_places=4, default=Decimal("0.0000"))
    line_amount = MoneyField("amount", **COMPUTED)
    tax_amount = MoneyField("tax", **COMPUTED)
    goods = models.CharField(max_length=10, choices=Goods, blank=True, default=Goods.NONE)
    cost = MoneyField("cost of the goods", **COMPUTED)

    class Meta(PricedLine.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(goods="") | Q(invoice_line__isnull=False) | Q(cost=0), name="creditnoteline_goods_were_sold"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="creditnoteline_quantity_positive"),
            models.CheckConstraint(
                condition=Q(kind="text") | Q(tax_rate__isnull=False), name="creditnoteline_priced_is_taxed"
            ),
        ]


class CreditAllocation(models.Model):
    """Credit used against an invoice: a credit note's, a deposit's, or one that only the accounts know."""

    class Source(models.TextChoices):
        WORKSHOP = "workshop", "Allocated here"
        ACCOUNTS = "accounts", "Allocated in the accounts"

    credit_note = models.ForeignKey(
        CreditNote, on_delete=models.PROTECT, null=True, blank=True, related_name="allocations"
    )
    deposit = models.ForeignKey(
        "workshop.Deposit", on_delete=models.PROTECT, null=True, blank=True, related_name="allocations"
    )
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="allocations")
    amount = MoneyField(validators=[MinValueValidator(money.CENT)])
    date = models.DateField()
    source = models.CharField(max_length=10, choices=Source, default=Source.WORKSHOP, editable=False)
    external_number = models.CharField(max_length=50, blank=True, editable=False)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["-date", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="allocation_amount_positive"),
            models.CheckConstraint(
                condition=Q(credit_note__isnull=False, deposit=None)
                | Q(credit_note=None, deposit__isnull=False)
                | Q(source="accounts", credit_note=None, deposit=None),
                name="allocation_here_of_one_credit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} to {self.invoice}"

    @property
    def credit(self) -> CreditNote | Deposit | None:
        """What of ours it uses."""
        return self.credit_note or self.deposit
