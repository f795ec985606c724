"""Buying through the API: from the purchase list to the bill, what is refused, and who may."""

from decimal import Decimal

import pytest

from tests.factories import stocked
from tests.workshop.api.calls import get, got, patch, post, refusal
from tests.workshop.purchasing.buying import a_job, a_radiator, a_supplier, an_order, pool, received
from tests.workshop.purchasing.test_allocating import s17
from workshop.models import Bill, PurchaseOrder, Receipt
from workshop.purchasing import billing, ordering

pytestmark = pytest.mark.django_db
D = Decimal

OWNER, MANAGER, ADVISOR, PARTS, TECHNICIAN, ACCOUNTANT, READER = (
    "Owner", "Manager", "Advisor", "Parts", "Technician", "Accountant", "Read-only",
)  # fmt: skip
EVERYBODY = [OWNER, MANAGER, ADVISOR, PARTS, TECHNICIAN, ACCOUNTANT, READER]
SEES = [role for role in EVERYBODY if role != TECHNICIAN]
BUYS = [OWNER, MANAGER, PARTS]
USES_CREDIT = [*BUYS, ACCOUNTANT]
DOORS = [
    ("GET", "suppliers/", SEES),
    ("POST", "suppliers/", BUYS),
    ("POST", "suppliers/999/archive/", BUYS),
    ("GET", "purchase-list/", SEES),
    ("POST", "purchase-list/order/", [*BUYS, ADVISOR]),
    ("GET", "purchase-orders/", SEES),
    ("GET", "purchase-orders/999/pdf/", SEES),
    ("POST", "purchase-orders/", [*BUYS, ADVISOR]),
    ("POST", "purchase-orders/999/place/", [*BUYS, ADVISOR]),
    ("POST", "purchase-orders/999/receive/", BUYS),
    ("GET", "receipts/", SEES),
    ("POST", "receipts/999/undo/", BUYS),
    ("POST", "receipts/999/finalise/", BUYS),
    ("POST", "receipts/999/late-cost/", BUYS),
    ("GET", "bills/", SEES),
    ("POST", "bills/999/correct-price/", BUYS),
    ("POST", "bills/999/void/", BUYS),
    ("GET", "supplier-credits/", SEES),
    ("GET", "supplier-credits/cores/", SEES),
    ("POST", "supplier-credits/", BUYS),
    ("POST", "supplier-credits/999/finalise/", BUYS),
    ("GET", "supplier-credit-allocations/", SEES),
    ("POST", "supplier-credits/999/allocate/", USES_CREDIT),
    ("POST", "supplier-credit-allocations/999/remove/", USES_CREDIT),
    ("POST", "jobs/999/lines/1/need/", [*BUYS, ADVISOR, TECHNICIAN]),
    ("POST", "jobs/999/lines/1/order/", [*BUYS, ADVISOR]),
]


@pytest.mark.parametrize("role", EVERYBODY)
def test_each_role_is_let_in_where_it_should_be_and_nowhere_else(signed_in, role):
    client = signed_in(role)
    let_in = [
        (method, path)
        for method, path, _ in DOORS
        if client.generic(method, f"/api/v1/{path}", "{}", content_type="application/json").status_code != 403
    ]
    assert let_in == [(method, path) for method, path, roles in DOORS if role in roles]


def test_a_part_is_needed_ordered_received_and_billed(owner):
    supplier = post(owner, "suppliers/", 201, company_name="Repco Ltd", order_email="orders@repco.example")
    a_supplier()
    part = stocked("OF-1", 1, "12.25", minimum=D(4), maximum=D(11), cost_price=D("12.25"))
    [need] = get(owner, "purchase-list/")
    assert (need["quantity"], need["why"]) == ("10.0000", "1 left, minimum 4")

    [order] = post(owner, "purchase-list/order/", 201, lines=[{"key": need["key"], "supplier": supplier["id"]}])
    order = patch(owner, f"purchase-orders/{order['id']}/", note="Back door", freight="7.50", version=order["version"])
    assert post(owner, f"purchase-orders/{order['id']}/email/")["status"] == "ordered"
    line = order["lines"][0]["id"]

    rows = [{"line": line, "quantity": "10", "unit_cost": "12.90"}]
    receipt = post(owner, f"purchase-orders/{order['id']}/receive/", 201, lines=rows)
    assert (receipt["status"], receipt["lines"][0]["landed"], pool(part)) == ("received", "136.50", (11, D("148.75")))

    bill = post(owner, f"receipts/{receipt['id']}/finalise/", 201, number="SI-1", supplier_total="156.98")
    assert [(row["account"], row["line_amount"]) for row in bill["lines"]] == [
        ("stock", "129.00"), ("stock", "7.50"),
    ]  # fmt: skip
    assert get(owner, f"purchase-orders/{order['id']}/")["status"] == "closed"

    costs = [{"line": receipt["lines"][0]["id"], "unit_cost": "13.00"}]
    corrected = post(owner, f"bills/{bill['id']}/correct-price/", unit_costs=costs)
    assert [row["subtotal"] for row in corrected["bills"]] == ["137.50"]

    rows = [{"receipt_line": receipt["lines"][0]["id"], "quantity": "2"}]
    credit = post(owner, "supplier-credits/", 201, supplier=supplier["id"], lines=rows, reason="Wrong thread")
    credit = post(owner, f"supplier-credits/{credit['id']}/finalise/", supplier_number="CR-1")
    assert (credit["status"], credit["total"], pool(part)[0]) == ("finalised", "29.90", 9)
    assert post(owner, f"supplier-credits/{credit['id']}/void/", reason="Theirs")["status"] == "voided"
    assert post(owner, f"bills/{bill['id']}/void/", reason="Twice")["status"] == "voided"
    assert get(owner, f"receipts/{receipt['id']}/")["status"] == "received"


def test_credit_is_used_on_a_bill_and_taken_off(owner):
    credit, bill = s17()
    used = post(owner, f"supplier-credits/{credit.pk}/allocate/", bill=bill.pk, amount="126.50")
    assert (used["amount_allocated"], used["remaining"]) == ("126.50", "0.00")
    [allocation] = get(owner, f"supplier-credit-allocations/?bill={bill.pk}&removed=false")["results"]
    shown = get(owner, f"bills/{bill.pk}/")
    assert (shown["amount_due"], [row["id"] for row in shown["credits"]]) == ("103.50", [allocation["id"]])

    answer = post(owner, f"supplier-credits/{credit.pk}/allocate/", 409, bill=bill.pk, amount="0.01")
    assert refusal(answer) == (409, "over_credit", ["/amount"])
    assert post(owner, f"supplier-credit-allocations/{allocation['id']}/remove/")["removed_at"]
    assert get(owner, f"bills/{bill.pk}/")["amount_due"] == "230.00"


def test_more_than_ordered_is_a_question(owner):
    order = an_order((stocked("A"), 2, "1"))
    rows = [{"line": order.lines.get().pk, "quantity": "3"}]
    answer = post(owner, f"purchase-orders/{order.pk}/receive/", 409, lines=rows)
    assert refusal(answer) == (409, "over_receipt", ["/lines"])
    assert not Receipt.objects.exists()
    post(owner, f"purchase-orders/{order.pk}/receive/", 201, lines=rows, confirm_more=True)


def test_a_total_too_far_off_is_a_price_query_at_its_field(owner):
    receipt = received(an_order((stocked("A"), 2, "1")))
    answer = post(owner, f"receipts/{receipt.pk}/finalise/", 409, number="SI-1", supplier_total="3.00")
    assert refusal(answer) == (409, "price_query", ["/supplier_total"])
    assert not Bill.objects.exists()


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"lines": []}, ["/lines"]),
        ({"lines": [{"line": 1, "quantity": "-1"}]}, ["/lines/0/quantity"]),
        ({"lines": [{"line": 1, "quantity": "0.00001"}]}, ["/lines/0/quantity"]),
        ({"lines": [{"line": 1, "quantity": "1", "unit_cost": "1.00001"}]}, ["/lines/0/unit_cost"]),
        ({"lines": [{"line": 1, "quantity": "1", "paid": True}]}, ["/lines/0/paid"]),
    ],
)
def test_nonsense_is_refused_at_its_field(owner, body, fields):
    order = an_order((stocked("A"), 2, "1"))
    answer = post(owner, f"purchase-orders/{order.pk}/receive/", 400, **body)
    assert [error["field"] for error in answer["errors"]] == fields


def test_a_technician_asks_for_a_part_on_their_job(signed_in):
    client = signed_in("Technician")
    job = a_job()
    job.technician = client.user
    job.save()
    line = a_radiator(job)
    post(client, f"jobs/{job.pk}/lines/{line.pk}/need/")
    line.refresh_from_db()
    assert line.supply == "job_order"
    got(client.delete(f"/api/v1/jobs/{job.pk}/lines/{line.pk}/need/"))
    line.refresh_from_db()
    assert line.supply == ""


def test_a_line_is_ordered_from_the_job(signed_in):
    client, line, supplier = signed_in("Advisor"), a_radiator(a_job()), a_supplier()
    order = post(client, f"jobs/{line.job_id}/lines/{line.pk}/order/", 201, supplier=supplier.pk)
    assert [row["job_line"] for row in order["lines"]] == [line.pk]
    assert "unit_cost" not in order["lines"][0]
    post(client, f"jobs/{line.job_id}/lines/{line.pk}/order/", 409, supplier=supplier.pk)


def test_who_sees_no_costs_sees_none_of_buying(signed_in):
    order = an_order((stocked("A"), 2, "1"))
    billing.finalise(received(order), number="SI-1")
    client = signed_in("Read-only")
    seen = get(client, "purchase-orders/")["results"][0]
    assert {"freight"} & set(seen) == set()
    assert "unit_cost" not in seen["lines"][0]
    bill = get(client, "bills/")["results"][0]
    assert {"total", "subtotal", "amount_paid"} & set(bill) == set()
    assert {"amount", "landed"} & set(get(client, "receipts/")["results"][0]["lines"][0]) == set()


def test_an_order_is_a_file(owner):
    order = an_order((stocked("A"), 2, "1"))
    answer = owner.get(f"/api/v1/purchase-orders/{order.pk}/pdf/")
    assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
    assert answer["Content-Disposition"] == 'attachment; filename="PO 1.pdf"'


def test_a_stale_draft_is_not_written_over(owner):
    order = ordering.draft_order(a_supplier())
    patch(owner, f"purchase-orders/{order.pk}/", note="First", version=1)
    patch(owner, f"purchase-orders/{order.pk}/", 409, note="Second", version=1)
    assert PurchaseOrder.objects.get().note == "First"


@pytest.mark.parametrize(("path", "queries"), [("purchase-orders", 5), ("receipts", 6), ("bills", 6)])
def test_a_list_costs_the_same_however_long_it_is(owner, django_assert_num_queries, path, queries):
    get(owner, f"{path}/")  # the device is noted as used
    for rows in (1, 3):
        while Bill.objects.count() < rows:
            number = Bill.objects.count()
            billing.finalise(received(an_order((stocked(f"P-{number}"), 1, "1"))), number=f"SI-{number}")
        with django_assert_num_queries(queries):
            assert len(get(owner, f"{path}/")["results"]) == rows
