"""Each rule of the purchasing tables refuses a raw write that goes past every verb."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from tests.factories import stocked
from tests.workshop.purchasing.buying import a_job, a_radiator, a_supplier, an_order, received
from workshop.models import (
    Bill,
    BillLine,
    PurchaseLine,
    PurchaseOrder,
    Receipt,
    ReceiptLine,
    SupplierCredit,
    SupplierCreditAllocation,
    SupplierCreditLine,
)
from workshop.purchasing import allocating, billing, crediting, ordering

D = Decimal
NOW = timezone.now()


def an_order_line():
    return an_order((stocked("A"), 2, "10")).lines.get()


def a_job_order_line():
    return ordering.order_for_job_line(a_radiator(a_job()), a_supplier(), part=stocked("RAD-1"))


def a_receipt():
    return received(an_order((stocked("A"), 2, "10")))


def a_bill():
    return billing.finalise(a_receipt(), number="SI-1")


def a_receipt_line():
    return a_bill().lines.get().receipt_line


def a_credit():
    line = a_receipt_line()
    rows = [{"receipt_line": line, "quantity": D(1)}]
    return crediting.request_credit(line.order_line.order.supplier, rows, reason="Wrong part")


def a_bill_line():
    return a_bill().lines.get()


def a_credit_line():
    return a_credit().lines.get()


def a_use():
    credit = crediting.finalise_credit(a_credit(), supplier_number="CR-1")
    return allocating.allocate_credit(credit, Bill.objects.get(), amount=D(1))


RULES = [
    (PurchaseOrder, an_order_line, "order", {"number": ""}, "purchaseorder_has_a_number"),
    (PurchaseOrder, an_order_line, "order", {"freight": D("-0.01")}, "purchaseorder_freight_not_negative"),
    (PurchaseLine, an_order_line, "", {"quantity": D(0)}, "purchaseline_quantity_positive"),
    (PurchaseLine, an_order_line, "", {"unit_cost": D("-0.01")}, "purchaseline_cost_not_negative"),
    (PurchaseLine, an_order_line, "", {"received_quantity": D("2.0001")}, "purchaseline_received_within_order"),
    (PurchaseLine, an_order_line, "", {"received_quantity": D(-1)}, "purchaseline_received_within_order"),
    (PurchaseLine, a_job_order_line, "", {"job": None}, "purchaseline_job_line_has_its_job"),
    (PurchaseLine, an_order_line, "", {"part": None}, "purchaseline_for_stock_has_a_part"),
    (Receipt, a_receipt, "", {"number": ""}, "receipt_has_a_number"),
    (Receipt, a_receipt, "", {"status": "finalised"}, "receipt_finalised_has_a_bill"),
    (Receipt, a_bill, "receipt", {"status": "received"}, "receipt_finalised_has_a_bill"),
    (ReceiptLine, a_receipt_line, "", {"quantity": D(0)}, "receiptline_quantity_positive"),
    (ReceiptLine, a_receipt_line, "", {"freight": D("-0.01")}, "receiptline_cost_not_negative"),
    (ReceiptLine, a_receipt_line, "", {"credited_quantity": D("2.0001")}, "receiptline_credited_within_received"),
    (Bill, a_bill, "", {"number": ""}, "bill_has_a_number"),
    (Bill, a_bill, "", {"due_date": date(2000, 1, 1)}, "bill_due_not_before_date"),
    (Bill, a_bill, "", {"total": D("22.99")}, "bill_total_adds_up"),
    (Bill, a_bill, "", {"amount_paid": D("-0.01")}, "bill_not_negative"),
    (Bill, a_bill, "", {"status": "voided"}, "bill_voided_has_a_time"),
    (Bill, a_bill, "", {"voided_at": NOW}, "bill_voided_has_a_time"),
    (BillLine, a_bill_line, "", {"quantity": D(0)}, "billline_quantity_positive"),
    (BillLine, a_bill_line, "", {"tax_rate": None}, "billline_only_rounding_untaxed"),
    (BillLine, a_bill_line, "", {"line_amount": D(-1)}, "billline_only_rounding_untaxed"),
    (SupplierCredit, a_credit, "", {"number": ""}, "suppliercredit_has_a_number"),
    (SupplierCredit, a_credit, "", {"reason": ""}, "suppliercredit_has_a_reason"),
    (SupplierCredit, a_credit, "", {"total": D(1)}, "suppliercredit_total_adds_up"),
    (SupplierCredit, a_credit, "", {"status": "finalised"}, "suppliercredit_final_has_their_number"),
    (SupplierCredit, a_credit, "", {"amount_allocated": D(1), "remaining": D(-1)}, "suppliercredit_never_overused"),
    (SupplierCredit, a_credit, "", {"remaining": D(1)}, "suppliercredit_remaining_adds_up"),
    (SupplierCreditAllocation, a_use, "", {"amount": D(0)}, "creditonbill_amount_positive"),
    (SupplierCreditAllocation, a_use, "", {"credit": None}, "creditonbill_here_of_a_credit"),
    (SupplierCreditLine, a_credit_line, "", {"quantity": D(0)},
     "suppliercreditline_quantity_positive"),
    (SupplierCreditLine, a_credit_line, "", {"line_amount": D(-1)},
     "suppliercreditline_quantity_positive"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("model", "make", "via", "write", "rule"), RULES, ids=[f"{rule[4]}-{next(iter(rule[3]))}" for rule in RULES]
)
def test_a_raw_write_is_refused(model, make, via, write, rule):
    record = getattr(make(), via) if via else make()
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        model.objects.filter(pk=record.pk).update(**write)


def again(record, **fields):
    copy = type(record).objects.get(pk=record.pk)
    copy.pk, copy._state.adding = None, True
    for name, value in fields.items():
        setattr(copy, name, value)
    with pytest.raises(IntegrityError), transaction.atomic():
        models.Model.save(copy)


@pytest.mark.parametrize("make", [lambda: an_order_line().order, a_receipt, a_credit])
def test_a_number_is_given_once(make):
    again(make())


def test_a_suppliers_invoice_and_credit_note_stand_once_whatever_their_capitals():
    bill = a_bill()
    again(bill, number="si-1")
    line = bill.lines.get().receipt_line
    rows = [{"receipt_line": line, "quantity": D(1)}]
    credit = crediting.request_credit(bill.supplier, rows, reason="Wrong part")
    credit = crediting.finalise_credit(credit, supplier_number="CR-1")
    again(credit, supplier_number="cr-1", number="SC-99")


def test_one_bill_is_the_bill_of_one_delivery():
    bill = a_bill()
    other = received(an_order((stocked("B"), 1, "1")))
    with pytest.raises(IntegrityError), transaction.atomic():
        Receipt.objects.filter(pk=other.pk).update(status="finalised", bill=bill)


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (a_bill, lambda bill: bill.supplier),
        (a_bill, lambda bill: bill.order),
        (a_bill, lambda bill: bill),
        (a_receipt_line, lambda line: line),
        (a_receipt_line, lambda line: line.order_line),
        (a_receipt_line, lambda line: line.order_line.part),
        (a_credit, lambda credit: credit.supplier),
    ],
)
def test_what_was_bought_is_never_deleted(make, what):
    with pytest.raises(models.ProtectedError), transaction.atomic():
        what(make()).delete()


def test_every_rule_of_these_tables_is_proved_here():
    tables = {model for model, *_ in RULES}
    named = {
        rule.name for model in tables for rule in model._meta.constraints if isinstance(rule, models.CheckConstraint)
    }
    assert named == {rule for *_, rule in RULES}
