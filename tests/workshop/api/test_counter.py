"""The front desk's verbs through the API: customers, cars, quotes, invoices, credit."""

from decimal import Decimal

import pytest

from tests.factories import CustomerFactory, PartFactory, VehicleFactory, a_completed_job, an_invoice, stocked
from tests.workshop.api.calls import get, got, patch, post, refusal
from workshop import jobs, sales
from workshop.models import Customer, Job, PaymentMethod, TaxRate, Vehicle

pytestmark = pytest.mark.django_db


def test_editing_a_customer_replaces_the_phones_that_are_given_and_leaves_the_rest(owner):
    phones = [{"kind": "mobile", "number": "021 555 0101"}, {"kind": "work", "number": "06 555 0102"}]
    customer = post(owner, "customers/", 201, first_name="Jo", phones=phones, addresses=[{"line1": "12 Kauri Road"}])

    edited = patch(owner, f"customers/{customer['id']}/", phones=[{"kind": "home", "number": "06 555 0103"}])

    assert edited["phones"] == [{"kind": "home", "number": "06 555 0103"}]
    assert [address["line1"] for address in edited["addresses"]] == ["12 Kauri Road"]
    assert edited["first_name"] == "Jo"


def test_an_archived_customer_leaves_the_list_of_the_living_and_comes_back(owner):
    customer = CustomerFactory()

    assert post(owner, f"customers/{customer.pk}/archive/")["archived_at"].endswith("Z")
    assert get(owner, "customers/", archived="false")["results"] == []
    assert post(owner, f"customers/{customer.pk}/restore/")["archived_at"] is None


def test_a_customer_with_an_open_job_cannot_be_archived(owner):
    customer = CustomerFactory()
    jobs.book(customer=customer)

    assert refusal(post(owner, f"customers/{customer.pk}/archive/", 409)) == (409, "not_allowed_now", [])


def test_a_car_changes_hands_and_keeps_its_history(owner):
    seller, buyer = CustomerFactory(), CustomerFactory()
    car = post(owner, "vehicles/", 201, rego="KLM123", owner=seller.pk, since="2024-05-01")

    sold = post(owner, f"vehicles/{car['id']}/change-owner/", owner=buyer.pk, since="2026-02-01")

    assert [(row["customer"], row["since"], row["until"]) for row in sold["ownerships"]] == [
        (buyer.pk, "2026-02-01", None),
        (seller.pk, "2024-05-01", "2026-02-01"),
    ]
    assert [row["id"] for row in get(owner, "vehicles/", owner=buyer.pk)["results"]] == [car["id"]]
    assert get(owner, "vehicles/", owner=seller.pk)["results"] == []


def test_a_plate_moves_to_another_car(owner):
    old = post(owner, "vehicles/", 201, rego="MYPL8", vin="JTDBT123456789012")
    new = post(owner, "vehicles/", 201, rego="ABC123")

    moved = post(owner, f"vehicles/{old['id']}/move-plate/", to=new["id"], replacement="ABC123")

    assert moved["rego"] == "ABC123"
    assert get(owner, f"vehicles/{new['id']}/")["rego"] == "MYPL8"


def test_a_scrapped_cars_plate_is_free_and_it_cannot_come_back_while_it_is_taken(owner):
    old = post(owner, "vehicles/", 201, rego="KLM123")
    post(owner, f"vehicles/{old['id']}/archive/")
    post(owner, "vehicles/", 201, rego="KLM123")

    assert post(owner, f"vehicles/{old['id']}/restore/", 400)["code"] == "invalid"


def test_a_lower_odometer_needs_a_reason(owner):
    car = VehicleFactory()
    post(owner, "odometer-readings/", 201, vehicle=car.pk, value=88_000)

    assert refusal(post(owner, "odometer-readings/", 400, vehicle=car.pk, value=80_000)) == (
        400,
        "invalid",
        ["/reason"],
    )
    post(owner, "odometer-readings/", 201, vehicle=car.pk, value=80_000, reason="Cluster replaced")
    assert [row["value"] for row in get(owner, "odometer-readings/", vehicle=car.pk)["results"]] == [88_000, 80_000]


def test_a_booking_is_taken_in_one_go(owner):
    job = post(
        owner,
        "jobs/take-booking/",
        201,
        new_customer={"first_name": "Aroha", "phones": [{"number": "021 555 0101"}]},
        new_vehicle={"rego": "KLM123"},
        concern="Brakes",
    )

    assert (job["customer_name"], job["vehicle_rego"], job["status"]) == ("Aroha", "KLM123", "booked")
    assert Vehicle.objects.get().ownerships.get().customer_id == job["customer"]


def test_a_booking_that_cannot_be_taken_leaves_nothing_behind(owner):
    answer = post(
        owner, "jobs/take-booking/", 400, new_customer={"first_name": "Aroha"}, new_vehicle={"rego": ""}, concern="x"
    )

    assert answer["errors"][0]["field"] in {"/rego", "/new_vehicle/rego"}
    assert (Customer.objects.count(), Job.objects.count()) == (0, 0)


def test_lines_are_added_changed_and_taken_off(owner):
    job, part = jobs.book(customer=CustomerFactory()), PartFactory(sell_price=Decimal("24.50"))
    path = f"jobs/{job.pk}/lines/"

    shown = post(owner, path, 201, part=part.pk, quantity="2")
    line = shown["lines"][0]
    assert (line["kind"], line["description"], line["unit_price"], line["amount"]) == (
        "part", "Oil filter", "24.5000", "49.00",
    )  # fmt: skip
    assert patch(owner, f"{path}{line['id']}/", quantity="3")["totals"] == {
        "subtotal": "73.50", "tax": "11.03", "total": "84.53",
    }  # fmt: skip
    got(owner.delete(f"/api/v1/{path}{line['id']}/"), 204)
    assert get(owner, f"jobs/{job.pk}/")["lines"] == []


def test_another_jobs_line_cannot_be_reached_through_this_job(owner):
    job, other = jobs.book(customer=CustomerFactory()), jobs.book(customer=CustomerFactory())
    line = jobs.add_line(other, description="Labour")

    patch(owner, f"jobs/{job.pk}/lines/{line.pk}/", 404, quantity="2")
    got(owner.delete(f"/api/v1/jobs/{job.pk}/lines/{line.pk}/"), 404)


def test_a_discount_larger_than_the_job_shows_no_total_rather_than_failing(owner):
    job = jobs.book(customer=CustomerFactory(), discount_amount=Decimal("50.00"))
    jobs.add_line(job, description="Bulb", unit_price=Decimal("5.00"))

    assert get(owner, f"jobs/{job.pk}/")["totals"] is None


def test_an_approved_quote_line_stays_on_the_job_and_a_declined_one_leaves(owner):
    job = jobs.book(customer=CustomerFactory())
    for text in ("Pads", "Discs"):
        jobs.add_line(job, description=text)
    quote = post(owner, "quotes/", 201, job=job.pk)
    pads, _ = quote["lines"]
    assert post(owner, f"quotes/{quote['id']}/send/")["status"] == "sent"

    decided = post(owner, f"quotes/{quote['id']}/decide/", approved=[pads["id"]], decided_by="Aroha", evidence="Phone")

    assert (decided["status"], [line["decision"] for line in decided["lines"]]) == (
        "part_approved", ["approved", "declined"],
    )  # fmt: skip
    assert [line["description"] for line in get(owner, f"jobs/{job.pk}/")["lines"]] == ["Pads"]


def test_a_sent_quote_that_is_revised_becomes_the_next_version(owner):
    job = jobs.book(customer=CustomerFactory())
    quote = post(owner, "quotes/", 201, job=job.pk, lines=[{"description": "Pads"}])
    post(owner, f"quotes/{quote['id']}/send/")

    revised = post(owner, f"quotes/{quote['id']}/revise/", lines=[{"description": "Pads and discs"}])

    assert (revised["version"], revised["number"], revised["status"]) == (2, quote["number"], "draft")
    assert get(owner, f"quotes/{quote['id']}/")["status"] == "superseded"


def test_approving_a_line_of_another_quote_is_refused_at_the_field(owner):
    job = jobs.book(customer=CustomerFactory())
    quote = post(owner, "quotes/", 201, job=job.pk, lines=[{"description": "Pads"}])

    answer = post(owner, f"quotes/{quote['id']}/decide/", 400, approved=[999], decided_by="Aroha")

    assert refusal(answer) == (400, "invalid", ["/approved"])


def test_a_counter_sale_is_an_invoice_without_a_job(owner):
    customer, part = CustomerFactory(), PartFactory(sell_price=Decimal("10.00"))

    answer = owner.post(
        "/api/v1/invoices/",
        {"customer": customer.pk, "lines": [{"part": part.pk, "quantity": "2"}], "reference": "Counter"},
        format="json",
    )

    invoice = got(answer, 201)
    assert (invoice["job"], invoice["total"], invoice["reference"]) == (None, "23.00", "Counter")
    assert answer["Location"].endswith(f"/api/v1/invoices/{invoice['id']}/")
    assert answer["ETag"] == '"1"'


def test_a_counter_sale_of_nothing_is_refused(owner):
    answer = post(owner, "invoices/", 400, customer=CustomerFactory().pk, lines=[])

    assert refusal(answer) == (400, "invalid", ["/lines"])


def test_an_invoices_lines_are_replaced_and_what_is_not_given_stays(owner):
    invoice = an_invoice(freight=Decimal("10.00"))

    edited = patch(owner, f"invoices/{invoice.pk}/", lines=[{"description": "Labour", "unit_price": "100.00"}])

    assert ([line["kind"] for line in edited["lines"]], edited["total"]) == (["labour", "freight"], "126.50")
    assert patch(owner, f"invoices/{invoice.pk}/", reference="PO 7")["total"] == "126.50"
    assert patch(owner, f"invoices/{invoice.pk}/", freight="0.00")["total"] == "115.00"


def test_a_paid_invoice_can_be_neither_edited_nor_voided(owner):
    invoice = an_invoice()
    sales.record_payment(invoice, amount=invoice.total, method=PaymentMethod.objects.get(name="Cash"))

    assert patch(owner, f"invoices/{invoice.pk}/", 409, reference="x")["code"] == "invoice_locked"
    assert post(owner, f"invoices/{invoice.pk}/void/", 409, reason="x")["code"] == "invoice_locked"


def test_a_voided_invoices_job_can_be_invoiced_again_under_a_new_number(owner):
    invoice = an_invoice()

    assert post(owner, f"invoices/{invoice.pk}/void/", reason="Wrong customer")["status"] == "voided"
    assert post(owner, f"jobs/{invoice.job_id}/invoice/", 201)["number"] == "INV 1009"


def test_an_invoice_moves_to_another_day_with_its_terms_and_takes_a_new_number(owner):
    invoice = an_invoice(date=None)

    moved = post(owner, f"invoices/{invoice.pk}/redate/", date="2026-07-01")
    assert (moved["date"], moved["due_date"]) == ("2026-07-01", "2026-07-21")
    renumbered = post(owner, f"invoices/{invoice.pk}/renumber/")
    assert (renumbered["number"], renumbered["previous_numbers"]) == ("INV 1009", "INV 1008")


def test_a_change_made_in_the_accounts_is_accepted_or_dropped(owner):
    for door, total in [("accept-adjustment", "230.00"), ("drop-adjustment", "207.00")]:
        invoice = an_invoice()
        sales.adjust_to_accounts(
            invoice, subtotal=Decimal("200.00"), tax=Decimal("30.00"), description="Changed in the accounts"
        )

        settled = post(owner, f"invoices/{invoice.pk}/{door}/")

        assert (settled["changed_in_accounts"], settled["total"]) == (False, total)


def test_a_payment_is_reversed_with_a_reason(owner):
    invoice = an_invoice()
    payment = sales.record_payment(invoice, amount=Decimal("7.00"), method=PaymentMethod.objects.get(name="Cash"))
    assert refusal(post(owner, f"payments/{payment.pk}/reverse/", 400)) == (400, "invalid", ["/reason"])

    assert post(owner, f"payments/{payment.pk}/reverse/", reason="Bounced")["reverse_reason"] == "Bounced"
    assert get(owner, f"invoices/{invoice.pk}/")["amount_due"] == "207.00"
    assert post(owner, f"payments/{payment.pk}/reverse/", 409, reason="Again")["code"] == "not_allowed_now"


def test_half_a_line_is_credited_and_used_against_its_invoice(owner):
    invoice = an_invoice()
    line = invoice.lines.get()

    note = post(owner, f"invoices/{invoice.pk}/credit/", 201, lines=[{"line": line.pk, "quantity": "0.75"}], reason="x")

    assert (note["total"], note["remaining"], note["status"]) == ("103.50", "0.00", "allocated")
    shown = get(owner, f"invoices/{invoice.pk}/")
    assert (shown["amount_due"], [row["amount"] for row in shown["credits"]]) == ("103.50", ["103.50"])


def test_goods_come_back_with_a_credit(owner):
    invoice = an_invoice([{"part": stocked("OF-1", 8, "98.00")}])
    line = invoice.lines.get()

    rows = [{"line": line.pk, "quantity": "1", "goods": "restocked"}]
    note = post(owner, f"invoices/{invoice.pk}/credit/", 201, lines=rows)

    assert [(row["goods"], row["cost"]) for row in note["lines"]] == [("restocked", "12.25")]
    assert [(row["supply"], row["cost"]) for row in get(owner, f"invoices/{invoice.pk}/")["lines"]] == [
        ("stock", "12.25")
    ]


def test_more_than_was_invoiced_cannot_be_credited(owner):
    invoice = an_invoice()

    answer = post(
        owner, f"invoices/{invoice.pk}/credit/", 409, lines=[{"line": invoice.lines.get().pk, "quantity": "1.51"}]
    )

    assert answer["code"] == "over_credit"


def test_goodwill_is_credited_allocated_taken_back_and_voided(owner):
    customer = CustomerFactory()
    invoice = sales.issue_invoice(a_completed_job(customer=customer))
    rate = TaxRate.objects.get(name="GST 15%")

    note = post(
        owner, "credit-notes/", 201, customer=customer.pk, description="Sorry", amount="20.00", tax_rate=rate.pk
    )
    assert (note["total"], note["status"]) == ("23.00", "issued")
    used = post(owner, f"credit-notes/{note['id']}/allocate/", invoice=invoice.pk, amount="23.00")
    assert (used["remaining"], used["status"]) == ("0.00", "allocated")
    assert post(owner, f"credit-notes/{note['id']}/void/", 409)["code"] == "not_allowed_now"
    post(owner, f"credit-allocations/{used['allocations'][0]['id']}/remove/")
    assert post(owner, f"credit-notes/{note['id']}/void/")["status"] == "voided"
    assert get(owner, f"invoices/{invoice.pk}/")["amount_due"] == "207.00"


def test_credit_cannot_be_used_for_somebody_elses_invoice(owner):
    note = post(owner, "credit-notes/", 201, customer=CustomerFactory().pk, description="Sorry", amount="20.00")

    answer = post(owner, f"credit-notes/{note['id']}/allocate/", 400, invoice=an_invoice().pk, amount="1.00")

    assert refusal(answer) == (400, "invalid", ["/invoice"])


def test_a_part_is_edited_and_archived_and_its_code_stays(owner):
    part = post(owner, "parts/", 201, code="OF-1", description="Oil filter", sell_price="24.50")

    assert patch(owner, f"parts/{part['id']}/", sell_price="25.00")["sell_price"] == "25.0000"
    assert refusal(patch(owner, f"parts/{part['id']}/", 400, code="OF-2")) == (400, "invalid", ["/code"])
    post(owner, f"parts/{part['id']}/archive/")
    assert get(owner, "parts/", archived="false")["results"] == []
    assert post(owner, f"parts/{part['id']}/restore/")["archived_at"] is None


# Credited and issued anew


def test_an_invoice_is_credited_and_issued_anew_as_a_copy_or_with_other_lines(owner):
    invoice = an_invoice()

    copy = post(owner, f"invoices/{invoice.pk}/reissue/", 201, reason="Wrong reference", reference="PO 7")
    lines = [{"description": "Labour", "quantity": "1", "unit_price": "100"}]
    second = post(owner, f"invoices/{copy['id']}/reissue/", 201, lines=lines)

    assert (copy["replaces"], copy["total"], copy["reference"]) == (invoice.pk, str(invoice.total), "PO 7")
    assert (second["replaces"], second["total"], second["job"]) == (copy["id"], "115.00", invoice.job_id)
    replaced = get(owner, f"invoices/{invoice.pk}/")
    assert (replaced["amount_due"], replaced["replaced_at"] is None) == ("0.00", False)


def test_one_that_was_issued_anew_is_not_issued_again(owner):
    invoice = an_invoice()
    post(owner, f"invoices/{invoice.pk}/reissue/", 201)

    assert refusal(post(owner, f"invoices/{invoice.pk}/reissue/", 409)) == (409, "not_allowed_now", [])


def test_a_version_that_is_not_the_present_one_is_not_issued_anew(owner):
    invoice = an_invoice()

    assert refusal(post(owner, f"invoices/{invoice.pk}/reissue/", 409, version=7)) == (
        409,
        "changed_meanwhile",
        ["/version"],
    )
