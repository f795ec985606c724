"""Nonsense is refused at the field, never ignored and never a 500."""

import pytest

from tests.factories import CustomerFactory, PartFactory, a_completed_job, an_invoice
from tests.workshop.api.calls import get, got, patch, post, refusal
from workshop.models import Customer, PaymentMethod

pytestmark = pytest.mark.django_db


def test_an_unknown_field_is_refused_at_the_field(owner):
    answer = post(owner, "customers/", 400, first_name="Jo", nickname="JJ")

    assert refusal(answer) == (400, "invalid", ["/nickname"])
    assert answer["errors"][0]["code"] == "unknown"
    assert Customer.objects.count() == 0


def test_a_field_that_cannot_be_set_is_refused_at_the_field(owner):
    answer = post(owner, "customers/", 400, first_name="Jo", name="Somebody else")

    assert [(error["field"], error["code"]) for error in answer["errors"]] == [("/name", "read_only")]


def test_a_nested_field_is_named_by_its_pointer(owner):
    phones = [
        {"kind": "mobile", "number": "021 555 0101"},
        {"kind": "pigeon", "number": "021 555 0102", "colour": "grey"},
    ]

    answer = post(owner, "customers/", 400, first_name="Jo", phones=phones)

    assert refusal(answer) == (400, "invalid", ["/phones/1/kind", "/phones/1/colour"])
    assert answer["detail"] == "2 values need attention."


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("customers/?kind=alien", "kind"),
        ("customers/?colour=red", "colour"),
        ("customers/?archived=perhaps", "archived"),
        ("customers/?updated_since=yesterday", "updated_since"),
        ("customers/?updated_since=2026-07-01T09:00:00", "updated_since"),
        ("customers/?updated_since=0001-01-01T00:00:00%2B14:00", "updated_since"),
        ("customers/?page_size=0", "page_size"),
        ("customers/?page_size=201", "page_size"),
        ("customers/?page_size=many", "page_size"),
        ("customers/?cursor=nonsense", "cursor"),
        ("customers/?cursor=WzAsMV0=", "cursor"),
        ("customers/?ordering=name", "ordering"),
        ("customers/?search=%00", "search"),
        ("jobs/?status=flying", "status"),
        ("jobs/?customer=999", "customer"),
        ("jobs/?customer=99999999999999999999", "customer"),
        ("jobs/?open=ja", "open"),
        ("invoices/?date_from=2026-02-30", "date_from"),
        ("payments/?reversed=1", "reversed"),
        ("organisation/?x=1", "x"),
    ],
)
def test_a_query_that_means_nothing_is_refused_at_the_parameter(owner, path, field):
    assert refusal(get(owner, path, 400)) == (400, "invalid", [field])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "/first_name"),
        ({"kind": "company"}, "/company_name"),
        ({"first_name": "x" * 101}, "/first_name"),
        ({"first_name": "Jo", "email": "nobody"}, "/email"),
        ({"first_name": "Jo", "tax_rate": 999}, "/tax_rate"),
        ({"first_name": "Jo", "discount_percent": "101"}, "/discount_percent"),
        ({"first_name": "Jo", "discount_percent": "NaN"}, "/discount_percent"),
        ({"first_name": "Jo", "terms_days": -1}, "/terms_days"),
        ({"first_name": None}, "/first_name"),
        ({"first_name": ["Jo"]}, "/first_name"),
        ({"first_name": "Jo\x00"}, "/first_name"),
        ({"first_name": "Jo", "phones": "021"}, "/phones"),
        ({"first_name": "Jo", "phones": [{"number": "021 555 0101"}, {"number": "021 555 0102"}]}, "/phones"),
    ],
)
def test_a_customer_that_makes_no_sense_is_refused_at_the_field(owner, body, field):
    assert refusal(post(owner, "customers/", 400, **body)) == (400, "invalid", [field])


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("vehicles/", {}, "/rego"),
        ("vehicles/", {"vin": "IOQ"}, "/vin"),
        ("vehicles/", {"rego": "A1", "owner": 999}, "/owner"),
        ("vehicles/", {"rego": "A1", "year": 1700}, "/year"),
        ("jobs/", {}, "/customer"),
        ("jobs/", {"customer": "Jo"}, "/customer"),
        ("parts/", {"code": "X"}, "/description"),
        ("parts/", {"code": "X", "description": "Y", "sell_price": "-1"}, "/sell_price"),
        ("parts/", {"code": "X", "description": "Y", "sell_price": "1.00005"}, "/sell_price"),
        ("payments/", {"invoice": 1, "amount": "0", "method": 999}, "/amount"),
        ("quotes/", {"job": 999}, "/job"),
        ("invoices/", {"customer": 999, "lines": []}, "/customer"),
        ("credit-notes/", {"customer": 999, "description": "x", "amount": "1.00"}, "/customer"),
        ("odometer-readings/", {"vehicle": 999, "value": 1}, "/vehicle"),
    ],
)
def test_nonsense_is_refused_at_the_field(owner, path, body, field):
    status, code, fields = refusal(post(owner, path, 400, **body))

    assert (status, code) == (400, "invalid")
    assert field in fields


def test_a_plate_another_car_carries_is_refused(owner):
    post(owner, "vehicles/", 201, rego="KLM123")

    answer = post(owner, "vehicles/", 400, rego="klm 123")

    assert "Another vehicle carries this plate" in answer["detail"]


def test_a_part_code_that_is_taken_is_refused(owner):
    PartFactory(code="OF-1")

    answer = post(owner, "parts/", 400, code="of-1", description="Filter")

    assert (answer["code"], answer["detail"]) == ("invalid", "Another part has this code.")


@pytest.mark.parametrize("body", ["[]", "7", '"x"', "null", '[{"first_name": "Jo"}]'])
def test_a_body_that_is_no_object_is_refused(owner, body):
    answer = got(owner.post("/api/v1/customers/", body, content_type="application/json"), 400)

    assert refusal(answer)[:2] == (400, "invalid")


def test_broken_json_is_refused(owner):
    answer = got(owner.post("/api/v1/customers/", "{", content_type="application/json"), 400)

    assert refusal(answer) == (400, "parse_error", [])


def test_half_a_character_is_refused_and_quoted_without_harm(owner):
    body = r'{"first_name": "Jo", "kind": "\ud83d"}'

    answer = got(owner.post("/api/v1/customers/", body, content_type="application/json"), 400)

    assert refusal(answer) == (400, "invalid", ["/kind"])


def test_a_form_is_not_json(owner):
    answer = got(owner.post("/api/v1/customers/", {"first_name": "Jo"}, format="multipart"), 415)

    assert answer["code"] == "unsupported_media_type"


@pytest.mark.parametrize("path", ["customers/999/", "customers/99999999999999999999/", "jobs/999/", "invoices/999/"])
def test_what_is_not_there_is_404(owner, path):
    assert refusal(get(owner, path, 404)) == (404, "not_found", [])


def test_a_method_that_is_not_offered_is_405(owner):
    customer = CustomerFactory()

    assert got(owner.delete(f"/api/v1/customers/{customer.pk}/"), 405)["code"] == "method_not_allowed"


def test_a_refused_move_is_409_with_the_sentence(owner):
    job = a_completed_job()

    answer = post(owner, f"jobs/{job.pk}/start/", 409)

    assert (answer["code"], answer["title"]) == ("not_allowed_now", "Conflict")
    assert "completed" in answer["detail"]


def test_paying_more_than_is_due_is_409_at_the_amount(owner):
    invoice = an_invoice()
    method = PaymentMethod.objects.get(name="Cash")

    answer = post(owner, "payments/", 409, invoice=invoice.pk, amount="207.01", method=method.pk)

    assert refusal(answer) == (409, "overpayment", ["/amount"])


def test_an_empty_reason_is_refused_at_the_field(owner):
    job = a_completed_job()

    assert refusal(post(owner, f"jobs/{job.pk}/cancel/", 400, reason=" ")) == (400, "invalid", ["/reason"])


def test_times_need_a_zone_and_come_back_in_utc(owner):
    job = a_completed_job()

    answer = patch(owner, f"jobs/{job.pk}/", 400, promised_at="2026-07-01T17:00:00")
    assert refusal(answer) == (400, "invalid", ["/promised_at"])
    assert patch(owner, f"jobs/{job.pk}/", promised_at="2026-07-01T17:00:00+12:00")["promised_at"] == (
        "2026-07-01T05:00:00Z"
    )


def test_an_address_the_api_does_not_have_answers_as_the_api_does(owner):
    for method in (owner.get, owner.post):
        answer = method("/api/v1/horses/")
        assert refusal(got(answer, 404)) == (404, "not_found", [])
        assert answer["Content-Type"] == "application/problem+json"


def test_a_defect_is_a_problem_too_logged_whole_and_told_without_its_insides(owner, monkeypatch, caplog):
    def broken(**fields):
        raise RuntimeError("secret insides")

    monkeypatch.setattr("workshop.people.add_customer", broken)  # stands for a mistake of ours

    owner.raise_request_exception = False
    with caplog.at_level("ERROR", logger="workshop.api.problems"):
        answer = post(owner, "customers/", 500, first_name="Jo")

    assert refusal(answer) == (500, "defect", [])
    assert "insides" not in answer["detail"]
    assert "secret insides" in caplog.text
