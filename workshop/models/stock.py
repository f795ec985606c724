"""Where goods are, what they are worth, and every movement of either. Written by workshop.stock alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from workshop.models.fields import MoneyField, QuantityField
from workshop.models.jobs import Job, JobLine
from workshop.models.ledger import FromSource, StockJournal
from workshop.models.parts import Part
from workshop.models.places import Location

NOTHING: dict[str, Any] = {"default": Decimal(0), "editable": False}


class StockPool(models.Model):
    """A part's goods, wherever they lie: quantity and exact value. The average is derived and never the source.

    Goods set aside for a job stay in the pool until they are invoiced.
    """

    part = models.OneToOneField(Part, on_delete=models.PROTECT, primary_key=True, related_name="pool")
    quantity = QuantityField(**NOTHING)
    value = MoneyField(**NOTHING)
    last_average = models.DecimalField(max_digits=16, decimal_places=6, **NOTHING)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(quantity=0) | Q(value=0), name="stockpool_empty_has_no_value"),
            models.CheckConstraint(condition=Q(quantity__lte=0) | Q(value__gte=0), name="stockpool_held_has_value"),
            models.CheckConstraint(condition=Q(quantity__gte=0) | Q(value__lte=0), name="stockpool_owed_has_debt"),
        ]

    def __str__(self) -> str:
        return f"{self.part_id}: {self.quantity}"


class StockLevel(models.Model):
    """How much of a part lies at a place, and in which bin."""

    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="levels")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="levels")
    quantity = QuantityField(**NOTHING)
    bin = models.CharField(max_length=30, blank=True)

    class Meta:
        ordering = ["part", "location"]
        constraints = [models.UniqueConstraint(fields=["part", "location"], name="stocklevel_one_per_place")]

    def __str__(self) -> str:
        return f"{self.part_id} at {self.location_id}: {self.quantity}"


class JobLot(models.Model):
    """Goods or outwork bought for one job, at their own cost, until the job is invoiced."""

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="lots")
    job_line = models.ForeignKey(JobLine, on_delete=models.SET_NULL, null=True, blank=True, related_name="lots")
    receipt_line = models.OneToOneField(
        "workshop.ReceiptLine", on_delete=models.PROTECT, null=True, blank=True, related_name="lot"
    )
    part = models.ForeignKey(Part, on_delete=models.PROTECT, null=True, blank=True, related_name="lots")
    description = models.CharField(max_length=300)
    quantity = QuantityField(**NOTHING)
    value = MoneyField(**NOTHING)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=0, value__gte=0), name="joblot_not_negative"),
            models.CheckConstraint(condition=~Q(quantity=0) | Q(value=0), name="joblot_empty_has_no_value"),
        ]

    def __str__(self) -> str:
        return f"{self.description} for job {self.job_id}"


class StockMovement(FromSource):
    """Append-only: quantity and exact value, into (+) or out of (−) a part's pool or a job's lot.

    Its value is the amount in the ledger. A mistake is put right by another movement.
    """

    class Kind(models.TextChoices):
        OPENING = "opening", "Opening stock"
        RECEIVED = "received", "Received"
        SOLD = "sold", "Sold"
        RETURNED = "returned", "Returned by the customer"
        TO_SUPPLIER = "to_supplier", "Returned to the supplier"
        ADJUSTED = "adjusted", "Adjusted"
        COUNTED = "counted", "Counted"
        MOVED = "moved", "Moved"
        BUILT = "built", "Built or dismantled"
        TO_STOCK = "to_stock", "Taken into stock from a job"
        COST_CORRECTED = "cost_corrected", "Cost corrected"
        UNDONE = "undone", "Undone"

    kind = models.CharField(max_length=15, choices=Kind)
    part = models.ForeignKey(Part, on_delete=models.PROTECT, null=True, blank=True, related_name="movements")
    lot = models.ForeignKey(JobLot, on_delete=models.PROTECT, null=True, blank=True, related_name="movements")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    quantity = QuantityField()
    value = MoneyField()
    date = models.DateField(help_text="The day it counts for in the books.")
    description = models.CharField(max_length=300, blank=True)
    journal = models.ForeignKey(
        StockJournal, on_delete=models.PROTECT, null=True, blank=True, related_name="movements", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["source", "source_id"], name="stockmovement_source"),
            models.Index(fields=["part", "date"], name="stockmovement_part"),
            models.Index(fields=["date", "part", "lot", "quantity", "value"], name="stockmovement_as_at"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(lot__isnull=False, location=None) | Q(lot=None, part__isnull=False, location__isnull=False),
                name="stockmovement_of_a_pool_or_a_lot",
            ),
            models.CheckConstraint(condition=~Q(quantity=0, value=0), name="stockmovement_moves_something"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.quantity}"


class StockAdjustment(models.Model):
    """A correction of quantity, of value alone, or the stock a garage opens with, with its reason."""

    class Kind(models.TextChoices):
        QUANTITY = "quantity", "Quantity"
        REVALUATION = "revaluation", "Value only"
        OPENING = "opening", "Opening stock"

    number = models.CharField(max_length=50, unique=True, editable=False)
    kind = models.CharField(max_length=15, choices=Kind, default=Kind.QUANTITY)
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="adjustments")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    quantity = QuantityField(default=Decimal(0))
    value = MoneyField(default=Decimal(0))
    date = models.DateField()
    reason = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(number=""), name="stockadjustment_has_a_number"),
            models.CheckConstraint(condition=~Q(reason=""), name="stockadjustment_has_a_reason"),
            models.CheckConstraint(condition=~Q(kind="revaluation") | Q(quantity=0), name="stockadjustment_value_only"),
        ]
        permissions = [("revalue_stock", "Can change the value of stock, and enter opening stock")]

    def __str__(self) -> str:
        return self.number


class Stocktake(models.Model):
    """A count: what the books said when it began, what was found, and the difference applied when it is finalised."""

    class Status(models.TextChoices):
        COUNTING = "counting", "Counting"
        REVIEW = "review", "In review"
        FINALISED = "finalised", "Finalised"
        CANCELLED = "cancelled", "Cancelled"

    number = models.CharField(max_length=50, unique=True, editable=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.COUNTING, editable=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="stocktakes")
    category = models.CharField(max_length=60, blank=True)
    date = models.DateField(null=True, blank=True)
    finalised_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(number=""), name="stocktake_has_a_number"),
            models.CheckConstraint(
                condition=Q(status="finalised", finalised_at__isnull=False, date__isnull=False)
                | (~Q(status="finalised") & Q(finalised_at=None)),
                name="stocktake_finalised_has_a_time",
            ),
        ]
        permissions = [
            ("count_stock", "Can count stock"),
            ("finalise_stocktake", "Can finalise stocktakes"),
        ]

    def __str__(self) -> str:
        return self.number


class StocktakeLine(models.Model):
    stocktake = models.ForeignKey(Stocktake, on_delete=models.CASCADE, related_name="lines")
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="+")
    snapshot = QuantityField(editable=False, help_text="On the shelf when the stocktake began.")
    counted = QuantityField(null=True, blank=True)
    unit_cost = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    counted_at = models.DateTimeField(null=True, blank=True, editable=False)
    counted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["part__code", "id"]
        constraints = [
            models.UniqueConstraint(fields=["stocktake", "part"], name="stocktakeline_one_per_part"),
            models.CheckConstraint(
                condition=Q(counted=None) | Q(counted__gte=0), name="stocktakeline_count_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(counted=None, counted_at=None) | Q(counted__isnull=False, counted_at__isnull=False),
                name="stocktakeline_counted_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part_id}: {self.counted} for {self.snapshot}"

    @property
    def difference(self) -> Decimal | None:
        return None if self.counted is None else self.counted - self.snapshot


class StockTransfer(models.Model):
    """Goods from one place to another. Under way they still count where they came from."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_TRANSIT = "in_transit", "Under way"
        RECEIVED = "received", "Received"
        CANCELLED = "cancelled", "Cancelled"

    number = models.CharField(max_length=50, unique=True, editable=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    from_location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    to_location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    date = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(from_location=F("to_location")),
                name="stocktransfer_two_places",
                violation_error_message="Choose two different places.",
            ),
            models.CheckConstraint(condition=~Q(number=""), name="stocktransfer_has_a_number"),
        ]

    def __str__(self) -> str:
        return self.number


class StockTransferLine(models.Model):
    transfer = models.ForeignKey(StockTransfer, on_delete=models.CASCADE, related_name="lines")
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="+")
    quantity = QuantityField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="stocktransferline_quantity_positive"),
            models.UniqueConstraint(fields=["transfer", "part"], name="stocktransferline_one_per_part"),
        ]

    def __str__(self) -> str:
        return f"{self.part_id} × {self.quantity}"


class KitComponent(models.Model):
    """What one kit is made of."""

    kit = models.ForeignKey(Part, on_delete=models.CASCADE, related_name="components")
    component = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="used_in")
    quantity = QuantityField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["kit", "component"], name="kitcomponent_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="kitcomponent_quantity_positive"),
            models.CheckConstraint(condition=~Q(kit=F("component")), name="kitcomponent_not_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.component_id} × {self.quantity}"


class WorkOrder(models.Model):
    """Builds kits from parts, or takes them apart: the value of what goes in is the value of what comes out."""

    class Direction(models.TextChoices):
        BUILD = "build", "Build"
        DISMANTLE = "dismantle", "Dismantle"

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        STARTED = "started", "Started"
        COMPLETED = "completed", "Completed"
        CANCELLED = "cancelled", "Cancelled"

    number = models.CharField(max_length=50, unique=True, editable=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    direction = models.CharField(max_length=10, choices=Direction, default=Direction.BUILD)
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="work_orders")
    quantity = QuantityField()
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    date = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="workorder_quantity_positive"),
            models.CheckConstraint(condition=~Q(number=""), name="workorder_has_a_number"),
        ]

    def __str__(self) -> str:
        return self.number


class WorkOrderLine(models.Model):
    """A component of the order as it was planned; its share of the value when a kit is taken apart is by weight."""

    work_order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="lines")
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="+")
    quantity = QuantityField()
    weight = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    value = MoneyField(**NOTHING)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["work_order", "part"], name="workorderline_one_per_part"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="workorderline_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.part_id} × {self.quantity}"
