"""Suppliers, orders, goods received, bills and supplier credits. Amounts are without tax, and seen with costs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from workshop.api.serializers.fields import COSTS, MoneyInput, Noun, StrictInput
from workshop.api.serializers.jobs import VersionInput
from workshop.api.serializers.people import AddressSerializer, CustomerSerializer, PhoneNumberSerializer
from workshop.models import (
    Bill,
    BillLine,
    JobLine,
    Location,
    Part,
    PurchaseLine,
    PurchaseOrder,
    Receipt,
    ReceiptLine,
    Supplier,
    SupplierCredit,
    SupplierCreditAllocation,
    SupplierCreditLine,
    TaxRate,
)

CENT = Decimal("0.01")
QUANTITY: dict[str, Any] = {"max_digits": 11, "decimal_places": 4, "min_value": Decimal("0.0001")}
UNIT_COST: dict[str, Any] = {"max_digits": 12, "decimal_places": 4, "min_value": 0, "required": False}
DOCUMENT = ["subtotal", "tax_total", "total"]
LINE = ["id", "position", "account", "description", "quantity", "unit_cost", "line_amount", "tax_rate", "tax_percent",
        "tax_amount", "receipt_line"]  # fmt: skip
CREDIT_AMOUNTS = ["amount_allocated", "amount_consumed_in_accounts", "remaining"]
LINE_COSTS = ("unit_cost", "line_amount", "tax_amount")


def supplier_field() -> serializers.PrimaryKeyRelatedField[Supplier]:
    return serializers.PrimaryKeyRelatedField(queryset=Supplier.objects.active())


class SupplierSerializer(Noun):
    phones = PhoneNumberSerializer(many=True, required=False)
    addresses = AddressSerializer(many=True, required=False)
    validate_phones = CustomerSerializer.validate_phones
    validate_addresses = CustomerSerializer.validate_addresses

    class Meta:
        model = Supplier
        validators: list[Any] = []
        fields = [
            "id", "kind", "name", "first_name", "last_name", "company_name", "email", "order_email", "phones",
            "addresses", "tax_number", "account_number", "terms", "terms_days", "freight_rule", "purchase_tax_rate",
            "is_customer", "notes", "archived_at", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["name", "is_customer", "archived_at", "created_at", "updated_at"]


class PurchaseLineSerializer(Noun):
    seen_with = {COSTS: ("unit_cost",)}

    class Meta:
        model = PurchaseLine
        fields = [
            "id", "position", "part", "description", "supplier_code", "quantity", "received_quantity", "unit_cost",
            "tax_rate", "job", "job_line", "is_core",
        ]  # fmt: skip
        read_only_fields = fields


class PurchaseOrderSerializer(Noun):
    seen_with = {COSTS: ("freight",)}
    supplier_name = serializers.CharField(source="supplier.name", read_only=True)
    lines = PurchaseLineSerializer(many=True, read_only=True)

    class Meta:
        model = PurchaseOrder
        fields = [
            "id", "number", "status", "version", "supplier", "supplier_name", "date", "expected_on", "deliver_to",
            "freight", "note", "sent_at", "lines", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = fields


class PurchaseLineInput(StrictInput):
    """For stock, or with `job_line` or `job` for one job. What is left out comes from the part and the supplier."""

    seen_with = {COSTS: ("unit_cost",)}
    part = serializers.PrimaryKeyRelatedField(queryset=Part.objects.active(), required=False)
    description = serializers.CharField(required=False, max_length=300)
    supplier_code = serializers.CharField(required=False, max_length=60, allow_blank=True)
    quantity = serializers.DecimalField(**QUANTITY)
    unit_cost = serializers.DecimalField(**UNIT_COST)
    tax_rate = serializers.PrimaryKeyRelatedField(
        queryset=TaxRate.objects.filter(use=TaxRate.Use.PURCHASES, archived_at=None), required=False
    )
    job_line = serializers.PrimaryKeyRelatedField(queryset=JobLine.objects.select_related("job"), required=False)


class PurchaseOrderInput(Noun):
    seen_with = {COSTS: ("freight",)}
    supplier = supplier_field()
    lines = PurchaseLineInput(many=True, required=False)
    date = serializers.DateField(required=False, help_text="Today unless given.")
    deliver_to = serializers.PrimaryKeyRelatedField(
        queryset=Location.objects.filter(archived_at=None), required=False, help_text="The usual place unless given."
    )

    class Meta:
        model = PurchaseOrder
        fields = ["supplier", "lines", "date", "expected_on", "deliver_to", "freight", "note"]


class PurchaseOrderChange(PurchaseOrderInput, VersionInput):
    """The lines, where given, become the draft's."""

    class Meta(PurchaseOrderInput.Meta):
        fields = ["lines", "date", "expected_on", "deliver_to", "freight", "note", "version"]

    supplier = None  # type: ignore[assignment]


class ReceivedLineInput(StrictInput):
    seen_with = {COSTS: ("unit_cost",)}
    line = serializers.IntegerField(min_value=1, help_text="The id of the order's line.")
    quantity = serializers.DecimalField(**QUANTITY)
    unit_cost = serializers.DecimalField(**UNIT_COST, help_text="As expected unless given.")


class ReceiveInput(StrictInput):
    seen_with = {COSTS: ("freight",)}
    lines = ReceivedLineInput(many=True, allow_empty=False)
    date = serializers.DateField(required=False, help_text="Today unless given.")
    delivery_note = serializers.CharField(required=False, max_length=100, allow_blank=True)
    freight = MoneyInput(required=False, min_value=0, help_text="Without tax. The order's, with its first delivery.")
    confirm_more = serializers.BooleanField(
        default=False, help_text="More came than was ordered, and that is right: otherwise 409 `over_receipt`."
    )


class ReceiptLineSerializer(Noun):
    seen_with = {COSTS: ("unit_cost", "amount", "freight", "landed")}
    landed = serializers.DecimalField(max_digits=12, decimal_places=2, read_only=True)
    part = serializers.IntegerField(source="order_line.part_id", read_only=True, allow_null=True)
    description = serializers.CharField(source="order_line.description", read_only=True)
    job = serializers.IntegerField(source="order_line.job_id", read_only=True, allow_null=True)

    class Meta:
        model = ReceiptLine
        fields = [
            "id", "receipt", "order_line", "part", "description", "job", "quantity", "credited_quantity", "unit_cost",
            "amount", "freight", "landed",
        ]  # fmt: skip
        read_only_fields = fields


class ReceiptSerializer(Noun):
    lines = ReceiptLineSerializer(many=True, read_only=True)

    class Meta:
        model = Receipt
        fields = ["id", "number", "order", "status", "date", "delivery_note", "bill", "lines", "created_at",
                  "updated_at"]  # fmt: skip
        read_only_fields = fields


class LineCostInput(StrictInput):
    line = serializers.IntegerField(min_value=1, help_text="The id of the line of the delivery.")
    unit_cost = serializers.DecimalField(max_digits=12, decimal_places=4, min_value=0)


class FinaliseInput(StrictInput):
    number = serializers.CharField(max_length=100, help_text="The supplier's invoice number.")
    date = serializers.DateField(required=False, help_text="The invoice's; today unless given.")
    due_date = serializers.DateField(required=False, help_text="By the supplier's terms unless given.")
    freight = MoneyInput(required=False, min_value=0, help_text="Without tax; as received unless given.")
    supplier_total = MoneyInput(required=False, help_text="With tax, as printed. More than 5 cents off: `price_query`.")
    unit_costs = LineCostInput(many=True, required=False)


class CorrectPriceInput(StrictInput):
    unit_costs = LineCostInput(many=True)
    number = serializers.CharField(
        required=False, max_length=100, help_text="Where the bill is paid: the second one's."
    )
    date = serializers.DateField(required=False)
    freight = MoneyInput(required=False, min_value=0)
    supplier_total = MoneyInput(required=False)


class LateCostInput(StrictInput):
    supplier = supplier_field()
    number = serializers.CharField(max_length=100)
    amount = MoneyInput(min_value=CENT, help_text="Without tax.")
    date = serializers.DateField(required=False)
    due_date = serializers.DateField(required=False)
    supplier_total = MoneyInput(required=False)


def costs_by_line(fields: dict[str, Any]) -> dict[str, Any]:
    """Rows of line and cost, as the verbs take them."""
    if "unit_costs" in fields:
        fields["unit_costs"] = {row["line"]: row["unit_cost"] for row in fields["unit_costs"]}
    return fields


class BillLineSerializer(Noun):
    seen_with = {COSTS: LINE_COSTS}

    class Meta:
        model = BillLine
        fields = LINE
        read_only_fields = fields


class SupplierCreditAllocationSerializer(Noun):
    seen_with = {COSTS: ("amount",)}

    class Meta:
        model = SupplierCreditAllocation
        fields = ["id", "credit", "bill", "amount", "date", "source", "external_number", "removed_at", "updated_at"]
        read_only_fields = fields


class BillSerializer(Noun):
    seen_with = {COSTS: (*DOCUMENT, "amount_paid", "amount_credited", "amount_due")}
    supplier_name = serializers.CharField(source="supplier.name", read_only=True)
    amount_due = serializers.DecimalField(max_digits=14, decimal_places=2, read_only=True)
    lines = BillLineSerializer(many=True, read_only=True)
    credits = SupplierCreditAllocationSerializer(many=True, read_only=True, source="allocations")

    class Meta:
        model = Bill
        fields = [
            "id", "number", "status", "version", "supplier", "supplier_name", "order", "date", "due_date", *DOCUMENT,
            "amount_paid", "amount_credited", "amount_due", "planned_payment_date", "changed_in_accounts", "voided_at",
            "void_reason", "lines", "credits", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = fields


class CorrectedSerializer(StrictInput):
    """What says the new price: the bill itself, or a second one and a credit."""

    bills = BillSerializer(many=True)
    supplier_credits = serializers.ListField(child=serializers.IntegerField(), help_text="Their ids.")


class SupplierCreditLineSerializer(Noun):
    seen_with = {COSTS: LINE_COSTS}

    class Meta:
        model = SupplierCreditLine
        fields = [*LINE, "goods_return"]
        read_only_fields = fields


class SupplierCreditSerializer(Noun):
    seen_with = {COSTS: (*DOCUMENT, *CREDIT_AMOUNTS)}
    supplier_name = serializers.CharField(source="supplier.name", read_only=True)
    lines = SupplierCreditLineSerializer(many=True, read_only=True)
    allocations = SupplierCreditAllocationSerializer(many=True, read_only=True)

    class Meta:
        model = SupplierCredit
        fields = [
            "id", "number", "supplier_number", "status", "supplier", "supplier_name", "date", "reason", *DOCUMENT,
            *CREDIT_AMOUNTS, "voided_at", "void_reason", "lines", "allocations", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = fields


class CreditedGoodsInput(StrictInput):
    """Goods that go back (`quantity`), or with `goods_return` false money alone (`amount`)."""

    seen_with = {COSTS: ("unit_cost", "amount")}
    receipt_line = serializers.PrimaryKeyRelatedField(queryset=ReceiptLine.objects.all())
    goods_return = serializers.BooleanField(default=True)
    quantity = serializers.DecimalField(**QUANTITY, required=False)
    unit_cost = serializers.DecimalField(**UNIT_COST, help_text="What it cost unless given.")
    amount = MoneyInput(required=False, min_value=CENT)

    def validate(self, row: dict[str, Any]) -> dict[str, Any]:
        needed = "quantity" if row["goods_return"] else "amount"
        if needed not in row:
            raise serializers.ValidationError({needed: "This is needed."}, "required")
        return row


class UseCreditInput(StrictInput):
    seen_with = {COSTS: ("amount",)}
    bill = serializers.PrimaryKeyRelatedField(queryset=Bill.objects.all())
    amount = MoneyInput(min_value=CENT)
    date = serializers.DateField(required=False)


class RequestCreditInput(StrictInput):
    supplier = supplier_field()
    lines = CreditedGoodsInput(many=True, allow_empty=False)
    reason = serializers.CharField(max_length=200)
    date = serializers.DateField(required=False, help_text="Today unless given.")


class FinaliseCreditInput(StrictInput):
    supplier_number = serializers.CharField(max_length=100)
    date = serializers.DateField(required=False, help_text="The credit note's; today unless given.")


class NeedSerializer(StrictInput):
    seen_with = {COSTS: ("unit_cost",)}
    key = serializers.CharField(help_text="Names this need when it is ordered.")
    supplier = serializers.IntegerField(source="supplier.pk", allow_null=True, default=None)
    supplier_name = serializers.CharField(source="supplier.name", default="")
    part = serializers.IntegerField(source="part.pk", allow_null=True, default=None)
    description = serializers.CharField()
    quantity = serializers.DecimalField(max_digits=11, decimal_places=4)
    unit_cost = serializers.DecimalField(max_digits=12, decimal_places=4)
    why = serializers.CharField(help_text="The job that needs it, or how far the stock is down.")
    job = serializers.IntegerField(source="job.pk", allow_null=True, default=None)
    job_line = serializers.IntegerField(source="job_line.pk", allow_null=True, default=None)


class WantedInput(StrictInput):
    key = serializers.CharField(max_length=40)
    supplier = serializers.PrimaryKeyRelatedField(queryset=Supplier.objects.active(), required=False)
    quantity = serializers.DecimalField(**QUANTITY, required=False)


class OrderListInput(StrictInput):
    lines = WantedInput(many=True, allow_empty=False)


class OrderJobLineInput(StrictInput):
    seen_with = {COSTS: ("unit_cost",)}
    supplier = supplier_field()
    quantity = serializers.DecimalField(**QUANTITY, required=False)
    unit_cost = serializers.DecimalField(**UNIT_COST)
