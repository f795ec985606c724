"""The main job through the public door: from a new customer to a paid invoice."""

import pytest

from workshop.models import PaymentMethod

pytestmark = pytest.mark.django_db


def ok(answer, status=200):
    assert answer.status_code == status, answer.content
    return answer.json()


def test_a_car_is_booked_repaired_invoiced_and_paid(owner):
    def post(path, status=200, **body):
        return ok(owner.post(f"/api/v1/{path}", body, format="json"), status)

    customer = post(
        "customers/", 201, first_name="Aroha", last_name="Ngata", phones=[{"kind": "mobile", "number": "021 555 0101"}]
    )
    car = post("vehicles/", 201, rego="klm 123", make="Toyota", model="Aqua", owner=customer["id"])
    job = post("jobs/", 201, customer=customer["id"], vehicle=car["id"], concern="Brakes squeal")
    post(f"jobs/{job['id']}/arrive/", odometer=88_000)
    post(f"jobs/{job['id']}/start/")
    post(f"jobs/{job['id']}/lines/", 201, kind="labour", description="Brakes", quantity="1.5")
    done = post(f"jobs/{job['id']}/complete/")
    assert (done["status"], done["totals"]["total"]) == ("completed", "207.00")

    invoice = post(f"jobs/{job['id']}/invoice/", 201)
    assert (invoice["number"], invoice["reference"], invoice["total"], invoice["amount_due"]) == (
        "INV 1008",
        "KLM123",
        "207.00",
        "207.00",
    )
    eftpos = PaymentMethod.objects.get(name="EFTPOS")
    payment = post("payments/", 201, invoice=invoice["id"], amount="207.00", method=eftpos.pk)
    paid = ok(owner.get(f"/api/v1/invoices/{invoice['id']}/"))

    assert (paid["status"], paid["amount_due"]) == ("paid", "0.00")
    assert [row["number"] for row in paid["payments"]] == [payment["number"]]
    assert post(f"jobs/{job['id']}/collect/")["status"] == "collected"
