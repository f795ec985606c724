"""The pages of buying, as a person at the parts counter uses them."""

from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import UserFactory, stocked
from tests.workshop.purchasing.buying import a_job, a_radiator, a_supplier, an_order, pool, received, row
from tests.workshop.purchasing.test_allocating import s17
from workshop.models import (
    Bill,
    JobLine,
    Location,
    PurchaseOrder,
    Receipt,
    Supplier,
    SupplierCredit,
    SupplierCreditAllocation,
)
from workshop.purchasing import billing, crediting, ordering

pytestmark = pytest.mark.django_db
D = Decimal


def sent(client, name, *args, status=302, **fields):
    answer = client.post(reverse(name, args=args), fields)
    assert answer.status_code == status, answer.content.decode()[-3000:]
    return answer


def shown(client, name, *args, status=200):
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == status
    return answer.content.decode()


@pytest.fixture
def counter(client, garage):
    client.force_login(UserFactory.with_role("Manager"))
    return client


def with_role(client, role):
    client.force_login(UserFactory.with_role(role))
    return client


LINES = {"lines-TOTAL_FORMS": "3", "lines-INITIAL_FORMS": "0"}


def test_a_supplier_is_added_and_edited(counter):
    fields = {"kind": "company", "company_name": "Repco Ltd", "order_email": "orders@repco.example"}
    sent(counter, "supplier-new", **fields)
    supplier = Supplier.objects.get()
    sent(counter, "supplier-edit", supplier.pk, **fields, account_number="K-118", phone_work="09 555 0101")
    page = shown(counter, "supplier", supplier.pk)
    assert "K-118" in page
    assert "09 555 0101" in page
    sent(counter, "supplier-archive", supplier.pk)
    assert "No suppliers yet" in shown(counter, "supplier-list")
    sent(counter, "supplier-restore", supplier.pk)
    assert "Repco Ltd" in shown(counter, "supplier-list")


def test_a_supplier_without_a_name_is_asked_for_one(counter):
    answer = sent(counter, "supplier-new", kind="company", status=422)
    assert "Give the supplier a name." in answer.content.decode()


def test_what_is_ticked_on_the_list_becomes_orders(counter):
    supplier = a_supplier(company_name="Repco Ltd")
    part = stocked("OF-1", 1, 12, minimum=D(4), maximum=D(11), supplier=supplier)
    line = ordering.need_for_job(a_radiator(a_job("490")))
    page = shown(counter, "purchase-list")
    assert "Job 490" in page
    assert "1 left, minimum 4" in page
    keys = {f"need_part-{part.pk}": "on", f"quantity_part-{part.pk}": "12"}
    sent(counter, "purchase-list", **keys, **{f"supplier_part-{part.pk}": supplier.pk})
    order = PurchaseOrder.objects.get()
    assert order.lines.get().quantity == 12
    assert line.purchase_lines.count() == 0


def test_a_need_without_a_supplier_says_so(counter):
    line = ordering.need_for_job(a_radiator(a_job("490")))
    key = f"job-{line.pk}"
    fields = {f"need_{key}": "on", f"quantity_{key}": "1", f"supplier_{key}": ""}
    assert "Choose a supplier" in sent(counter, "purchase-list", **fields, status=422).content.decode()


def test_an_order_is_drafted_changed_placed_and_cancelled(counter):
    supplier = a_supplier()
    stocked("OF-1", description="Oil filter", cost_price=D("12.25"))
    around = {"supplier": supplier.pk, "date": "2026-07-20", "deliver_to": part_place(), "freight": "5"}
    sent(counter, "order-new", **around, **LINES, **{"lines-0-part": "of-1", "lines-0-quantity": "10"})
    order = PurchaseOrder.objects.get()
    line = order.lines.get()
    assert (line.description, line.unit_cost, order.freight) == ("Oil filter", D("12.25"), 5)

    rows = {"lines-TOTAL_FORMS": "4", "lines-INITIAL_FORMS": "1", "lines-0-line": line.pk, "lines-0-part": "OF-1"}
    rows |= {"lines-0-description": "Oil filter", "lines-0-quantity": "4", "lines-0-unit_cost": "11.90"}
    sent(counter, "order-edit", order.pk, **around, version=order.version, **rows)
    assert order.lines.get().quantity == 4
    assert "11.90" in shown(counter, "order", order.pk)

    sent(counter, "order-place", order.pk)
    assert counter.get(reverse("order-edit", args=[order.pk])).status_code == 302
    paper = counter.get(reverse("order-paper", args=[order.pk]))
    assert (paper["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    sent(counter, "order-cancel", order.pk)
    assert PurchaseOrder.objects.get().status == "cancelled"


def part_place():
    return Location.usual().pk


def test_a_line_for_a_job_keeps_its_job_when_the_draft_is_saved(counter):
    line = a_radiator(a_job("490"))
    order = ordering.order_for_job_line(line, a_supplier()).order
    page = counter.get(reverse("order-edit", args=[order.pk]))
    data = {f"lines-{n}-{f.name}": f.value() or "" for n, form in enumerate(page.context["lines"]) for f in form}
    data |= {f.html_name: f.value() for f in page.context["lines"].management_form}
    data |= {f.name: f.value() or "" for f in page.context["form"]}
    sent(counter, "order-edit", order.pk, **{k: v for k, v in data.items() if v is not None and "DELETE" not in k})
    assert order.lines.get().job_line == line


def test_an_order_is_sent_by_e_mail(counter, mailoutbox):
    order = ordering.draft_order(a_supplier(order_email="orders@repco.example"), [row(stocked("A"), 1, 1)])
    sent(counter, "order-email", order.pk)
    assert [mail.to for mail in mailoutbox] == [["orders@repco.example"]]
    assert "E-mail again" in shown(counter, "order", order.pk)


def test_without_an_address_the_page_says_what_is_missing(counter):
    order = ordering.draft_order(a_supplier(), [row(stocked("A"), 1, 1)])
    answer = counter.post(reverse("order-email", args=[order.pk]), follow=True)
    assert "has no e-mail address for orders" in answer.content.decode()


def test_a_delivery_is_received_as_it_stands(counter):
    part = stocked("OF-1")
    order = an_order((part, 10, "12.90"))
    line = order.lines.get()
    assert 'value="10"' in shown(counter, "order-receive", order.pk)
    fields = {f"quantity_{line.pk}": "10", f"cost_{line.pk}": "12.90", "date": "2026-07-20", "freight": "0"}
    sent(counter, "order-receive", order.pk, **fields)
    assert pool(part) == (10, D("129.00"))


def test_more_than_ordered_is_asked_about_and_nothing_typed_is_lost(counter):
    part = stocked("OF-1")
    order = an_order((part, 2, "1"))
    line = order.lines.get()
    fields = {f"quantity_{line.pk}": "3", f"cost_{line.pk}": "1.10", "date": "2026-07-20"}
    page = sent(counter, "order-receive", order.pk, **fields, status=422).content.decode()
    assert "3 of 2 ordered have come" in page
    assert "Yes, more came than was ordered" in page
    assert 'value="1.10"' in page
    sent(counter, "order-receive", order.pk, **fields, confirm_more="on")
    assert pool(part) == (3, D("3.30"))


def test_a_bill_is_entered_and_its_total_held_against_the_supplier_s(counter):
    order = an_order((stocked("A"), 3, "7.77"), (stocked("B"), 4, "9.13"), freight="7.50")
    receipt = received(order)
    assert "Enter the bill" in shown(counter, "bill-list")
    costs = {f"cost_{line.pk}": line.unit_cost for line in receipt.lines.all()}
    fields = {"number": "SI-900", "date": "2026-07-20", "freight": "7.50", **costs}
    page = sent(counter, "receipt-bill", receipt.pk, **fields, supplier_total="77.04", status=422).content.decode()
    assert "these lines come to 77.44" in page
    sent(counter, "receipt-bill", receipt.pk, **fields, supplier_total="77.43")
    bill = Bill.objects.get()
    assert "Rounding" in shown(counter, "bill", bill.pk)
    assert bill.total == D("77.43")


def test_prices_are_corrected_and_the_bill_voided(counter):
    part = stocked("A")
    receipt = received(an_order((part, 10, "10")))
    bill = billing.finalise(receipt, number="SI-1")
    cost = {f"cost_{receipt.lines.get().pk}": "11"}
    shown(counter, "bill-correct", bill.pk)
    sent(counter, "bill-correct", bill.pk, **cost)
    assert pool(part) == (10, D("110.00"))
    sent(counter, "bill-void", bill.pk, reason="", status=422)
    sent(counter, "bill-void", bill.pk, reason="Typed twice")
    sent(counter, "receipt-undo", receipt.pk)
    assert Receipt.objects.get().status == "undone"


def test_a_paid_bill_asks_for_the_number_of_the_second_document(counter):
    receipt = received(an_order((stocked("A"), 10, "10")))
    bill = billing.finalise(receipt, number="SI-1")
    billing.note_paid(bill, bill.total)
    cost = {f"cost_{receipt.lines.get().pk}": "11"}
    sent(counter, "bill-correct", bill.pk, **cost, status=422)
    sent(counter, "bill-correct", bill.pk, **cost, number="SI-1A")
    assert Bill.objects.count() == 2


def test_a_carriers_freight_is_added_to_what_is_billed(counter):
    part, carrier = stocked("A"), a_supplier()
    receipt = received(an_order((part, 10, "10")))
    billing.finalise(receipt, number="SI-1")
    shown(counter, "receipt-late-cost", receipt.pk)
    fields = {"supplier": carrier.pk, "number": "MF-7", "amount": "5", "date": "2026-07-20"}
    sent(counter, "receipt-late-cost", receipt.pk, **fields)
    assert pool(part) == (10, D("105.00"))


def test_goods_go_back_for_a_credit(counter):
    part = stocked("A")
    order = an_order((part, 10, "10"))
    receipt = received(order)
    billing.finalise(receipt, number="SI-1")
    line = receipt.lines.get()
    shown(counter, "supplier-credit-new", order.pk)
    sent(counter, "supplier-credit-new", order.pk, **{f"quantity_{line.pk}": "11"}, reason="Wrong", status=422)
    sent(counter, "supplier-credit-new", order.pk, **{f"quantity_{line.pk}": "4"}, reason="Wrong")
    credit = SupplierCredit.objects.get()
    assert "Wrong" in shown(counter, "supplier-credit-list")
    sent(counter, "supplier-credit-finalise", credit.pk, supplier_number="CR-1", date="2026-07-20")
    assert pool(part)[0] == 6
    shown(counter, "supplier-credit", credit.pk)
    sent(counter, "supplier-credit-void", credit.pk, reason="Theirs")
    assert pool(part)[0] == 10


def test_credit_is_used_on_a_bill_from_its_page_and_taken_off_again(counter):
    credit, bill = s17()
    assert "CR-17" in shown(counter, "bill", bill.pk)
    assert "SI-" in shown(counter, "supplier-credit", credit.pk)
    sent(counter, "supplier-credit-use", credit.pk, bill=bill.pk, amount="126.51", status=422)
    sent(counter, "supplier-credit-use", credit.pk, bill=bill.pk, amount="126.50")
    allocation = SupplierCreditAllocation.objects.get()
    for page, pk in (("bill", bill.pk), ("supplier-credit", credit.pk)):
        assert "126.50" in shown(counter, page, pk)
    sent(counter, "supplier-credit-take-off", allocation.pk)
    bill.refresh_from_db()
    assert bill.amount_due == bill.total


def test_a_request_is_taken_back(counter):
    receipt = received(an_order((stocked("A"), 10, "10")))
    bill = billing.finalise(receipt, number="SI-1")
    rows = [{"receipt_line": receipt.lines.get(), "quantity": D(1)}]
    credit = crediting.request_credit(bill.supplier, rows, reason="Wrong")
    sent(counter, "supplier-credit-cancel", credit.pk)
    assert SupplierCredit.objects.get().status == "cancelled"


def test_cores_to_send_back_are_listed(counter):
    core = stocked("CORE-ALT", description="Alternator core", cost_price=D(40))
    assert "No core is outstanding" in shown(counter, "cores")
    received(an_order((stocked("ALT-1", core=core), 1, "210")))
    assert "Alternator core" in shown(counter, "cores")


def test_the_job_card_says_where_the_goods_of_a_line_are(counter):
    line = a_radiator(a_job("490"))
    assert reverse("line-order", args=[line.pk]) in shown(counter, "job", line.job_id)
    sent(counter, "line-need", line.pk)
    assert "To be ordered" in shown(counter, "job", line.job_id)
    shown(counter, "line-order", line.pk)
    sent(counter, "line-order", line.pk, supplier=a_supplier().pk, quantity="1", unit_cost="180")
    assert "On draft PO 1" in shown(counter, "job", line.job_id)
    order = ordering.place_order(PurchaseOrder.objects.get())
    assert "Ordered, PO 1" in shown(counter, "job", line.job_id)
    received(order)
    assert "Here, PO 1" in shown(counter, "job", line.job_id)


def test_a_need_is_taken_back_from_the_card(counter):
    line = ordering.need_for_job(a_radiator(a_job("490")))
    sent(counter, "line-not-needed", line.pk)
    assert JobLine.objects.get().supply == ""


def test_an_advisor_orders_without_seeing_a_cost(client, garage):
    client = with_role(client, "Advisor")
    order = an_order((stocked("A"), 3, "77.77"))
    assert "77.77" not in shown(client, "order", order.pk)
    shown(client, "order-receive", order.pk, status=403)
    page = shown(client, "order-new")
    assert "Cost each" not in page


def test_a_technician_asks_for_a_part_and_sees_no_order(client, garage):
    client = with_role(client, "Technician")
    line = a_radiator(a_job("490"))
    line.job.technician = get_user_model().objects.get(username="technician")
    line.job.save()
    assert "Ask for it" in shown(client, "job", line.job_id)
    sent(client, "line-need", line.pk)
    shown(client, "order-list", status=403)
    sent(client, "line-order", line.pk, status=403)


@pytest.mark.parametrize("name", ["order-list", "bill-list", "supplier-list", "supplier-credit-list"])
def test_a_list_costs_the_same_however_long_it_is(counter, name):
    counts = []
    for rows in (1, 3):
        while Bill.objects.count() < rows:
            n = Bill.objects.count()
            receipt = received(an_order((stocked(f"P-{n}"), 2, "1")))
            bill = billing.finalise(receipt, number=f"SI-{n}")
            back = [{"receipt_line": receipt.lines.get(), "quantity": D(1)}]
            crediting.request_credit(bill.supplier, back, reason="Wrong")
            received(an_order((stocked(f"Q-{n}"), 2, "1")))
        with CaptureQueriesContext(connection) as asked:
            shown(counter, name)
        counts.append(len(asked))
    assert counts[0] == counts[1]
