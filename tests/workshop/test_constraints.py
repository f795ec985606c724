"""What must hold is held by the database: each rule refuses a raw write that goes past every verb."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.models import F

from tests.factories import (
    CustomerFactory,
    PartFactory,
    PaymentMethodFactory,
    TaxRateFactory,
    VehicleFactory,
    a_completed_job,
    an_invoice,
)
from workshop import credits, jobs, people, sales, vehicles
from workshop.models import (
    CreditAllocation,
    CreditNote,
    Customer,
    Invoice,
    Job,
    NumberSequence,
    OdometerReading,
    Organisation,
    Ownership,
    Part,
    Payment,
    Quote,
    TaxRate,
    Vehicle,
)

pytestmark = pytest.mark.usefixtures("garage")
MOMENT = datetime(2026, 7, 20, tzinfo=UTC)
HALF = Decimal("0.50")


def a_job():
    job = jobs.book(customer=CustomerFactory(), vehicle=VehicleFactory())
    jobs.add_line(job, description="Labour")
    return job


def a_job_line():
    return a_job().lines.get()


def a_quote():
    return jobs.quote(a_job())


def a_quote_line():
    return a_quote().lines.get()


def an_invoice_line():
    return an_invoice().lines.get()


def a_payment(**fields):
    return sales.record_payment(an_invoice(), amount=Decimal("7.00"), method=PaymentMethodFactory(), **fields)


def a_credit_note():
    return credits.issue_credit_note(CustomerFactory(), description="Goodwill", amount=Decimal(50))


def a_credit_note_line():
    return a_credit_note().lines.get()


def an_allocation():
    invoice = an_invoice()
    return credits.credit_invoice(invoice, {invoice.lines.get().pk: HALF}).allocations.get()


def an_owned_vehicle():
    return vehicles.register_vehicle(rego="KLM123", owner=CustomerFactory(), since=date(2024, 1, 1))


def an_ownership():
    return an_owned_vehicle().ownerships.get()


def a_reading():
    return vehicles.read_odometer(VehicleFactory(), 90_000)


def a_customer():
    phones, addresses = [{"number": "021 555 0101"}], [{"line1": "12 Kauri Road"}]
    return people.add_customer(first_name="Jo", phones=phones, addresses=addresses)


def a_phone():
    return a_customer().phones.get()


def an_address():
    return a_customer().addresses.get()


def the_default_tax():
    return TaxRate.objects.get(is_default=True)


def a_series():
    return NumberSequence.objects.get(series="invoice")


REFUSED_CHANGES = [
    ("organisation_is_one", Organisation.current, {"id": 2}),
    ("taxrate_percent_in_range", the_default_tax, {"percent": Decimal(-1)}),
    ("taxrate_default_is_not_archived", the_default_tax, {"archived_at": MOMENT}),
    ("numbersequence_in_range", a_series, {"digits": 11}),
    ("numbersequence_in_range", a_series, {"next_number": 0}),
    ("part_prices_not_negative", PartFactory, {"sell_price": Decimal(-1)}),
    ("part_has_a_code", PartFactory, {"code": ""}),
    ("part_maximum_not_below_minimum", PartFactory, {"minimum": Decimal(2), "maximum": Decimal(1)}),
    ("part_core_is_another", PartFactory, {"core_id": F("id")}),
    ("party_has_a_name", CustomerFactory, {"name": ""}),
    ("party_discount_in_range", CustomerFactory, {"discount_percent": Decimal(101)}),
    ("party_terms_have_days", CustomerFactory, {"terms": "days_after_invoice"}),
    ("party_terms_have_days", CustomerFactory, {"terms": "day_of_following_month", "terms_days": 32}),
    ("vehicle_has_rego_or_vin", VehicleFactory, {"rego": ""}),
    ("ownership_ends_after_start", an_ownership, {"until": date(2023, 1, 1)}),
    ("odometer_in_range", a_reading, {"value": 10_000_000}),
    ("odometer_in_range", a_reading, {"unit": "ft"}),
    ("job_has_a_number", a_job, {"number": ""}),
    ("job_arrived_at_with_its_state|job_started_at_with_its_state", a_job, {"status": "lost"}),
    ("job_arrived_at_with_its_state", a_job, {"status": "arrived"}),
    ("job_arrived_at_with_its_state", a_job, {"arrived_at": MOMENT}),
    ("job_started_at_with_its_state", a_job, {"started_at": MOMENT}),
    ("job_completed_at_with_its_state", a_completed_job, {"completed_at": None}),
    ("job_collected_at_with_its_state", a_completed_job, {"status": "collected"}),
    ("job_cancelled_at_with_its_state", a_job, {"status": "cancelled"}),
    ("job_cancelled_at_with_its_state", a_job, {"cancelled_at": MOMENT}),
    ("job_freight_and_discount_in_range", a_job, {"freight": -HALF}),
    ("job_freight_and_discount_in_range", a_job, {"discount_percent": Decimal(101)}),
    ("job_one_kind_of_discount", a_job, {"discount_percent": HALF, "discount_amount": HALF}),
    ("jobline_quantity_positive", a_job_line, {"quantity": 0}),
    ("jobline_price_not_negative", a_job_line, {"unit_price": -HALF}),
    ("jobline_discount_in_range", a_job_line, {"discount_percent": Decimal(101)}),
    ("jobline_priced_is_taxed", a_job_line, {"tax_rate": None}),
    ("jobline_text_has_no_price", a_job_line, {"kind": "text"}),
    ("jobline_stock_is_a_part", a_job_line, {"kind": "part", "supply": "stock"}),
    ("jobline_supply_of_goods", a_job_line, {"supply": "direct"}),
    ("quote_has_a_number", a_quote, {"number": ""}),
    ("quote_state_has_its_time", a_quote, {"status": "sent"}),
    ("quote_state_has_its_time", a_quote, {"status": "approved"}),
    ("quote_state_has_its_time", a_quote, {"status": "lost"}),
    ("quote_freight_and_discount_in_range", a_quote, {"freight": -HALF}),
    ("quote_one_kind_of_discount", a_quote, {"discount_percent": HALF, "discount_amount": HALF}),
    ("quoteline_quantity_positive", a_quote_line, {"quantity": 0}),
    ("quoteline_price_not_negative", a_quote_line, {"unit_price": -HALF}),
    ("quoteline_discount_in_range", a_quote_line, {"discount_percent": -HALF}),
    ("quoteline_priced_is_taxed", a_quote_line, {"tax_rate": None}),
    ("quoteline_text_has_no_price", a_quote_line, {"kind": "text"}),
    ("invoice_has_a_number", an_invoice, {"number": ""}),
    ("invoice_due_not_before_date", an_invoice, {"due_date": date(2020, 1, 1)}),
    ("invoice_total_adds_up", an_invoice, {"tax_total": HALF}),
    ("invoice_due_adds_up", an_invoice, {"amount_due": HALF}),
    ("invoice_amounts_not_negative", an_invoice, {"amount_paid": -HALF, "amount_due": Decimal("207.50")}),
    ("invoice_amounts_not_negative", an_invoice, {"amount_paid": Decimal("207.50"), "amount_due": -HALF}),
    ("invoice_status_follows_balance", an_invoice, {"status": "paid"}),
    ("invoice_status_follows_balance", an_invoice, {"status": "part_paid"}),
    ("invoice_status_follows_balance", an_invoice, {"status": "lost"}),
    ("invoice_status_follows_balance", an_invoice, {"amount_paid": Decimal("207.00"), "amount_due": Decimal(0)}),
    ("invoice_status_follows_balance", an_invoice, {"status": "voided", "voided_at": MOMENT}),
    ("invoice_voided_has_a_time", an_invoice, {"status": "voided", "amount_due": Decimal(0)}),
    ("invoice_voided_has_a_time", an_invoice, {"voided_at": MOMENT}),
    ("invoice_freight_and_discount_in_range", an_invoice, {"freight": -HALF}),
    ("invoice_one_kind_of_discount", an_invoice, {"discount_percent": HALF, "discount_amount": HALF}),
    ("invoiceline_quantity_positive", an_invoice_line, {"quantity": 0}),
    ("invoiceline_priced_is_taxed", an_invoice_line, {"tax_rate": None}),
    ("invoiceline_only_discounts_negative", an_invoice_line, {"unit_price": -HALF}),
    ("invoiceline_text_has_no_price", an_invoice_line, {"kind": "text"}),
    ("payment_amount_positive", a_payment, {"amount": Decimal(0)}),
    ("payment_entered_here_has_a_method", a_payment, {"method": None}),
    ("payment_reversed_with_a_reason", a_payment, {"reversed_at": MOMENT}),
    ("payment_reversed_with_a_reason", a_payment, {"reverse_reason": "Bounced"}),
    ("creditnote_has_a_number", a_credit_note, {"number": ""}),
    ("creditnote_total_adds_up", a_credit_note, {"tax_total": HALF}),
    (
        "creditnote_total_positive",
        a_credit_note,
        {
            "subtotal": Decimal(0),
            "tax_total": Decimal(0),
            "total": Decimal(0),
            "remaining": Decimal(0),
            "status": "refunded",
        },
    ),
    ("creditnote_remaining_adds_up", a_credit_note, {"remaining": HALF}),
    (
        "creditnote_amounts_not_negative",
        a_credit_note,
        {"amount_allocated": Decimal(60), "remaining": Decimal("-2.50")},
    ),
    ("creditnote_status_follows_allocation", a_credit_note, {"status": "allocated"}),
    ("creditnote_status_follows_allocation", a_credit_note, {"status": "voided", "remaining": Decimal(0)}),
    ("creditnoteline_quantity_positive", a_credit_note_line, {"quantity": 0}),
    ("creditnoteline_priced_is_taxed", a_credit_note_line, {"tax_rate": None}),
    ("allocation_amount_positive", an_allocation, {"amount": Decimal(0)}),
    ("allocation_here_of_one_credit", an_allocation, {"credit_note": None}),
]


@pytest.mark.parametrize(("name", "make", "change"), REFUSED_CHANGES)
def test_a_raw_change_against_the_rule_is_refused(name, make, change):
    record = make()

    with pytest.raises(IntegrityError, match=f"(?i){name}"), transaction.atomic():
        type(record)._default_manager.filter(pk=record.pk).update(**change)


def again(record, **changes):
    """The record once more, as a new row."""
    record.pk = None
    record._state.adding = True
    for name, value in changes.items():
        setattr(record, name, value)
    models.Model.save_base(record, force_insert=True)


REFUSED_COPIES = [
    ("taxrate_one_default_per_use", the_default_tax, {"name": "Another"}),
    ("part_code_once", lambda: PartFactory(code="OF-1"), {"code": "of-1"}),
    ("phone_one_per_kind", a_phone, {}),
    ("address_one_per_kind", an_address, {}),
    ("vehicle_plate_on_one_car", lambda: VehicleFactory(vin=""), {"vin": "12345"}),
    ("vehicle_vin_on_one_car", lambda: VehicleFactory(vin="JTDKN3DU5A0123456"), {"rego": "OTHER1"}),
    ("ownership_one_owner_now", an_ownership, {}),
    ("quote_number_and_version", a_quote, {}),
    ("invoice_one_standing_per_job", an_invoice, {"number": "INV 9"}),
]
COLUMNS = {
    "taxrate_one_default_per_use": "workshop_taxrate.use",
    "phone_one_per_kind": "workshop_phonenumber.party_id, workshop_phonenumber.kind",
    "address_one_per_kind": "workshop_address.party_id, workshop_address.kind",
    "vehicle_plate_on_one_car": "workshop_vehicle.rego, workshop_vehicle.jurisdiction",
    "vehicle_vin_on_one_car": "workshop_vehicle.vin",
    "ownership_one_owner_now": "workshop_ownership.vehicle_id",
    "quote_number_and_version": "workshop_quote.number, workshop_quote.version",
    "invoice_one_standing_per_job": "workshop_invoice.job_id",
}


@pytest.mark.parametrize(("name", "make", "changes"), REFUSED_COPIES)
def test_a_raw_copy_against_the_rule_is_refused(name, make, changes):
    record = make()

    # SQLite names the columns of a unique index, PostgreSQL the index
    with pytest.raises(IntegrityError, match=f"{name}|{COLUMNS.get(name, name)}"), transaction.atomic():
        again(record, **changes)


@pytest.mark.parametrize("make", [a_job, an_invoice, a_payment, a_credit_note])
def test_a_number_stands_on_one_document(make):
    record = make()

    with pytest.raises(IntegrityError, match="number"), transaction.atomic():
        again(record, **({"job": None} if isinstance(record, Invoice) else {}))


def test_no_rule_of_these_tables_goes_untested():
    tested = {name for name, _, _ in [*REFUSED_CHANGES, *REFUSED_COPIES]}
    rows = (Customer, Organisation, TaxRate, NumberSequence, Part, Vehicle, Ownership, OdometerReading, Job, Quote)
    money = (Invoice, Payment, CreditNote, CreditAllocation)
    for model in {*rows, *money, *(apps.get_model("workshop", f"{name}line") for name in ("job", "quote", "invoice"))}:
        names = {constraint.name for constraint in model._meta.constraints}
        assert names <= tested, names - tested


@pytest.mark.parametrize(
    ("make", "protected"),
    [
        (lambda: an_invoice().customer, "customer"),
        (lambda: an_invoice().job, "job"),
        (lambda: a_payment().invoice, "invoice"),
        (lambda: an_invoice_line().tax_rate, "tax rate"),
        (lambda: an_allocation().credit_note, "credit note"),
    ],
)
def test_what_a_document_rests_on_cannot_be_deleted(make, protected):
    with pytest.raises(models.ProtectedError):
        make().delete()


def test_a_number_sequence_is_one_row_per_series():
    with pytest.raises(IntegrityError), transaction.atomic():
        again(a_series())


def test_a_second_default_tax_is_allowed_for_purchases():
    assert TaxRateFactory(name="GST on purchases", use=TaxRate.Use.PURCHASES).is_default is True
