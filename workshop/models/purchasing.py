"""Orders to suppliers, goods received, bills and supplier credits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from simple_history.models import HistoricalRecords

from workshop import money
from workshop.models.fields import MoneyField, QuantityField
from workshop.models.jobs import Job, JobLine
from workshop.models.ledger import AccountRole
from workshop.models.organisation import TaxRate
from workshop.models.parts import COST, Part
from workshop.models.people import Supplier
from workshop.models.places import Location

COMPUTED: dict[str, Any] = {"default": Decimal("0.00"), "editable": False}
PIECES: dict[str, Any] = {"validators": [MinValueValidator(Decimal("0.0001")), MaxValueValidator(Decimal(100_000))]}
SOME = Decimal("1.0000")


class PurchaseOrderQuerySet(models.QuerySet["PurchaseOrder"]):
    def open(self) -> PurchaseOrderQuerySet:
        return self.exclude(status__in=[PurchaseOrder.Status.CLOSED, PurchaseOrder.Status.CANCELLED])

    def search(self, words: str) -> PurchaseOrderQuerySet:
        """By its number, the supplier's name, a supplier's invoice, or a part or job on it."""
        condition = Q(number__iexact=words) | Q(supplier__name__icontains=words) | Q(bills__number__iexact=words)
        lines = Q(lines__part__code__iexact=words) | Q(lines__job__number=words)
        return self.filter(condition | lines | Q(number__iendswith=f" {words}")).distinct()


class PurchaseOrder(models.Model):
    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        ORDERED = "ordered", "Ordered"
        PART_RECEIVED = "part_received", "Part received"
        RECEIVED = "received", "Received"
        CLOSED = "closed", "Closed"
        CANCELLED = "cancelled", "Cancelled"

    number = models.CharField(max_length=50, unique=True, editable=False)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="purchase_orders")
    status = models.CharField(max_length=15, choices=Status, default=Status.DRAFT, editable=False, db_index=True)
    date = models.DateField()
    expected_on = models.DateField(null=True, blank=True)
    deliver_to = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    freight = MoneyField("expected freight without tax", default=Decimal("0.00"), validators=[MinValueValidator(0)])
    note = models.TextField(blank=True)
    placed_at = models.DateTimeField(null=True, blank=True, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    _change_reason: str  # read by the history

    objects = PurchaseOrderQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["version"])

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["updated_at", "id"], name="purchaseorder_changed")]
        constraints = [
            models.CheckConstraint(condition=~Q(number=""), name="purchaseorder_has_a_number"),
            models.CheckConstraint(condition=Q(freight__gte=0), name="purchaseorder_freight_not_negative"),
        ]
        permissions = [("finalise_purchase", "Can finalise supplier bills and credits")]

    def __str__(self) -> str:
        return self.number


class PurchaseLine(models.Model):
    """Goods for stock, or goods and outwork for one job."""

    order = models.ForeignKey(PurchaseOrder, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField(default=0)
    part = models.ForeignKey(Part, on_delete=models.PROTECT, null=True, blank=True, related_name="purchase_lines")
    description = models.CharField(max_length=300)
    supplier_code = models.CharField(max_length=60, blank=True)
    quantity = QuantityField(default=SOME, **PIECES)
    received_quantity = QuantityField(**COMPUTED)
    more_accepted = models.BooleanField(
        default=False, editable=False, help_text="Somebody confirmed that more came than was ordered."
    )
    unit_cost = models.DecimalField("expected cost each, without tax", **COST)
    tax_rate = models.ForeignKey(TaxRate, on_delete=models.PROTECT, related_name="+")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, blank=True, related_name="purchase_lines")
    job_line = models.ForeignKey(
        JobLine, on_delete=models.SET_NULL, null=True, blank=True, related_name="purchase_lines"
    )
    is_core = models.BooleanField("core charge", default=False)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="purchaseline_quantity_positive"),
            models.CheckConstraint(condition=Q(unit_cost__gte=0), name="purchaseline_cost_not_negative"),
            models.CheckConstraint(
                condition=Q(received_quantity__gte=0)
                & (Q(received_quantity__lte=F("quantity")) | Q(more_accepted=True)),
                name="purchaseline_received_within_order",
            ),
            models.CheckConstraint(
                condition=Q(job_line=None) | Q(job__isnull=False), name="purchaseline_job_line_has_its_job"
            ),
            models.CheckConstraint(
                condition=Q(job__isnull=False) | Q(part__isnull=False), name="purchaseline_for_stock_has_a_part"
            ),
        ]

    def __str__(self) -> str:
        return self.description

    @property
    def outstanding(self) -> Decimal:
        return max(self.quantity - self.received_quantity, Decimal(0))


class BillQuerySet(models.QuerySet["Bill"]):
    def owed(self) -> BillQuerySet:
        return self.filter(status__in=[Bill.Status.AWAITING_PAYMENT, Bill.Status.PART_PAID])


class Bill(models.Model):
    """A supplier's invoice. Its number is the supplier's; its lines say what was bought and which account it is for."""

    class Status(models.TextChoices):
        AWAITING_PAYMENT = "awaiting_payment", "Awaiting payment"
        PART_PAID = "part_paid", "Part paid"
        PAID = "paid", "Paid"
        VOIDED = "voided", "Voided"

    number = models.CharField("supplier's invoice number", max_length=100)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="bills")
    order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, null=True, blank=True, related_name="bills")
    status = models.CharField(
        max_length=20, choices=Status, default=Status.AWAITING_PAYMENT, editable=False, db_index=True
    )
    date = models.DateField()
    due_date = models.DateField()
    subtotal = MoneyField(**COMPUTED)
    tax_total = MoneyField("tax", **COMPUTED)
    total = MoneyField(**COMPUTED)
    amount_paid = MoneyField("paid", **COMPUTED)
    amount_credited = MoneyField("credited", **COMPUTED)
    planned_payment_date = models.DateField(
        "payment planned", null=True, blank=True, editable=False, help_text="As noted in the accounts."
    )
    changed_in_accounts = models.BooleanField(default=False, editable=False)
    voided_at = models.DateTimeField(null=True, blank=True, editable=False)
    void_reason = models.CharField(max_length=200, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = BillQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["version"])

    class Meta:
        ordering = ["-date", "-id"]
        indexes = [models.Index(fields=["updated_at", "id"], name="bill_changed")]
        constraints = [
            models.UniqueConstraint(
                "supplier",
                Lower("number"),
                name="bill_once_per_supplier",
                condition=Q(voided_at=None),
                violation_error_message="This supplier's invoice is entered already.",
            ),
            models.CheckConstraint(condition=~Q(number=""), name="bill_has_a_number"),
            models.CheckConstraint(condition=Q(due_date__gte=F("date")), name="bill_due_not_before_date"),
            models.CheckConstraint(condition=Q(total=F("subtotal") + F("tax_total")), name="bill_total_adds_up"),
            models.CheckConstraint(
                condition=Q(total__gte=0, amount_paid__gte=0, amount_credited__gte=0), name="bill_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(status="voided", voided_at__isnull=False) | (~Q(status="voided") & Q(voided_at=None)),
                name="bill_voided_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} ({self.supplier})"

    @property
    def editable(self) -> bool:
        return self.amount_paid == self.amount_credited == 0 and self.status != self.Status.VOIDED

    @property
    def amount_due(self) -> Decimal:
        return self.total - self.amount_paid - self.amount_credited


class Receipt(models.Model):
    """One delivery. It is finalised when the supplier's invoice is entered; until then its goods are not billed."""

    class Status(models.TextChoices):
        RECEIVED = "received", "Received, not billed"
        FINALISED = "finalised", "Finalised"
        UNDONE = "undone", "Undone"

    number = models.CharField(max_length=50, unique=True, editable=False)
    order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, related_name="receipts")
    status = models.CharField(max_length=10, choices=Status, default=Status.RECEIVED, editable=False, db_index=True)
    date = models.DateField()
    delivery_note = models.CharField(max_length=100, blank=True)
    bill = models.OneToOneField(Bill, on_delete=models.PROTECT, null=True, blank=True, related_name="receipt")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(number=""), name="receipt_has_a_number"),
            models.CheckConstraint(
                condition=Q(status="finalised", bill__isnull=False) | (~Q(status="finalised") & Q(bill=None)),
                name="receipt_finalised_has_a_bill",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ReceiptLine(models.Model):
    """What came and what it costs: ``landed`` is amount and share of freight, as it went into stock or onto the job."""

    receipt = models.ForeignKey(Receipt, on_delete=models.CASCADE, related_name="lines")
    order_line = models.ForeignKey(PurchaseLine, on_delete=models.PROTECT, related_name="receipt_lines")
    quantity = QuantityField(**PIECES)
    unit_cost = models.DecimalField("cost each, without tax", **COST)
    amount = MoneyField(**COMPUTED)
    freight = MoneyField("share of freight", **COMPUTED)
    credited_quantity = QuantityField(**COMPUTED)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="receiptline_quantity_positive"),
            models.CheckConstraint(
                condition=Q(unit_cost__gte=0, amount__gte=0, freight__gte=0), name="receiptline_cost_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(credited_quantity__gte=0, credited_quantity__lte=F("quantity")),
                name="receiptline_credited_within_received",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_line} × {self.quantity}"

    @property
    def landed(self) -> Decimal:
        return self.amount + self.freight

    @property
    def left_to_credit(self) -> Decimal:
        return self.quantity - self.credited_quantity


class PurchaseDocumentLine(models.Model):
    """A line as it stands on a bill or a supplier credit: without tax, with the account it is for."""

    position = models.PositiveSmallIntegerField(default=0)
    account = models.CharField(max_length=12, choices=AccountRole)
    description = models.CharField(max_length=400)
    quantity = QuantityField(default=SOME)
    unit_cost = models.DecimalField(max_digits=12, decimal_places=4, default=Decimal(0))
    line_amount = MoneyField("amount", **COMPUTED)
    tax_rate = models.ForeignKey(TaxRate, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    tax_percent = models.DecimalField(max_digits=6, decimal_places=4, default=Decimal(0))
    tax_amount = MoneyField("tax", **COMPUTED)
    receipt_line = models.ForeignKey(
        ReceiptLine, on_delete=models.PROTECT, null=True, blank=True, related_name="%(class)ss"
    )

    class Meta:
        abstract = True
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.description


class BillLine(PurchaseDocumentLine):
    bill = models.ForeignKey(Bill, on_delete=models.CASCADE, related_name="lines")
    freight = models.BooleanField(default=False, editable=False)

    class Meta(PurchaseDocumentLine.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="billline_quantity_positive"),
            models.CheckConstraint(
                condition=Q(account="rounding", tax_amount=0) | Q(tax_rate__isnull=False, line_amount__gte=0),
                name="billline_only_rounding_untaxed",
            ),
        ]


class SupplierCredit(models.Model):
    """Goods going back, or money coming back: asked for, then finalised when the supplier's credit note is here."""

    class Status(models.TextChoices):
        REQUESTED = "requested", "Requested"
        FINALISED = "finalised", "Finalised"
        VOIDED = "voided", "Voided"
        CANCELLED = "cancelled", "Cancelled"

    number = models.CharField(max_length=50, unique=True, editable=False)
    supplier_number = models.CharField("supplier's credit note number", max_length=100, blank=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="supplier_credits")
    status = models.CharField(max_length=10, choices=Status, default=Status.REQUESTED, editable=False, db_index=True)
    date = models.DateField()
    reason = models.CharField(max_length=200)
    void_reason = models.CharField(max_length=200, blank=True, editable=False)
    subtotal = MoneyField(**COMPUTED)
    tax_total = MoneyField("tax", **COMPUTED)
    total = MoneyField(**COMPUTED)
    amount_allocated = MoneyField("used on bills", **COMPUTED)
    amount_consumed_in_accounts = MoneyField(
        "used in the accounts", **COMPUTED, help_text="Paid back, or used on bills that are not here."
    )
    remaining = MoneyField("left to use", **COMPUTED)
    finalised_at = models.DateTimeField(null=True, blank=True, editable=False)
    voided_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["updated_at", "id"], name="suppliercredit_changed")]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_allocated__gte=0, amount_consumed_in_accounts__gte=0, remaining__gte=0),
                name="suppliercredit_never_overused",
            ),
            models.CheckConstraint(
                condition=Q(
                    status="finalised", remaining=F("total") - F("amount_allocated") - F("amount_consumed_in_accounts")
                )
                | (~Q(status="finalised") & Q(amount_allocated=0, amount_consumed_in_accounts=0, remaining=0)),
                name="suppliercredit_remaining_adds_up",
            ),
            models.CheckConstraint(condition=~Q(number=""), name="suppliercredit_has_a_number"),
            models.CheckConstraint(condition=~Q(reason=""), name="suppliercredit_has_a_reason"),
            models.CheckConstraint(
                condition=Q(total=F("subtotal") + F("tax_total"), total__gte=0), name="suppliercredit_total_adds_up"
            ),
            models.CheckConstraint(
                condition=~Q(status="finalised") | ~Q(supplier_number=""), name="suppliercredit_final_has_their_number"
            ),
            models.UniqueConstraint(
                "supplier",
                Lower("supplier_number"),
                name="suppliercredit_once_per_supplier",
                condition=Q(voided_at=None) & ~Q(supplier_number=""),
                violation_error_message="This supplier's credit note is entered already.",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class SupplierCreditLine(PurchaseDocumentLine):
    credit = models.ForeignKey(SupplierCredit, on_delete=models.CASCADE, related_name="lines")
    goods_return = models.BooleanField(
        "goods go back", default=True, help_text="Without: the price alone is credited, the goods stay."
    )

    class Meta(PurchaseDocumentLine.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0, line_amount__gte=0), name="suppliercreditline_quantity_positive"
            ),
        ]


class SupplierCreditAllocation(models.Model):
    """Credit used against a bill: of a supplier credit here, or of one that only the accounts know."""

    class Source(models.TextChoices):
        WORKSHOP = "workshop", "Used here"
        ACCOUNTS = "accounts", "Used in the accounts"

    credit = models.ForeignKey(
        SupplierCredit, on_delete=models.PROTECT, null=True, blank=True, related_name="allocations"
    )
    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="allocations")
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
            models.CheckConstraint(condition=Q(amount__gt=0), name="creditonbill_amount_positive"),
            models.CheckConstraint(
                condition=Q(credit__isnull=False) | Q(source="accounts"), name="creditonbill_here_of_a_credit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} to {self.bill}"


LARGEST_ROUNDING = 5 * money.CENT
