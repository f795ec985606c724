"""A job from the booking to the keys handed back."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import ValidationError

from tests.factories import CustomerFactory, PartFactory, TaxRateFactory, VehicleFactory, a_completed_job
from workshop import jobs, people, sales, vehicles
from workshop.errors import ChangedMeanwhile, InvalidInput, NotAllowedNow
from workshop.job_states import permission_to_move
from workshop.models import Customer, Job, JobLine, Organisation, TaxMode, TaxRate, Vehicle
from workshop.parts import archive_part

pytestmark = pytest.mark.usefixtures("garage")
S = Job.Status
FORWARD = [jobs.arrive, jobs.start, jobs.complete, sales.issue_invoice, jobs.collect]


def a_booking(**fields):
    return jobs.book(customer=CustomerFactory(), vehicle=VehicleFactory(), **fields)


def a_job_that_is(status):
    job = a_booking()
    jobs.add_line(job, description="Labour")
    if status == S.CANCELLED:
        return jobs.cancel(job, reason="Sold the car")
    for step in FORWARD[: list(S).index(status)]:
        step(job)
    job.refresh_from_db()
    assert job.status == status
    return job


def test_a_job_knows_when_it_reached_each_state():
    noon = datetime(2026, 7, 20, 0, tzinfo=UTC)
    job = a_booking()
    jobs.add_line(job, description="Labour")
    for hour, step in enumerate(FORWARD):
        with time_machine.travel(noon.replace(hour=hour), tick=False):
            step(job)

    job.refresh_from_db()
    times = [job.arrived_at, job.started_at, job.completed_at, job.collected_at]
    assert (job.status, times) == (S.COLLECTED, [noon.replace(hour=hour) for hour in (0, 1, 2, 4)])


@pytest.mark.parametrize("status", S)
@pytest.mark.parametrize("verb", FORWARD)
def test_only_the_next_step_is_taken(status, verb):
    job = a_job_that_is(status)
    if status in list(S)[:5] and verb is FORWARD[list(S).index(status)]:
        verb(job)
        return

    with pytest.raises(NotAllowedNow):
        verb(job)

    assert Job.objects.get(pk=job.pk).status == status


@pytest.mark.parametrize("status", S)
def test_a_job_is_cancelled_only_before_it_is_invoiced(status):
    job = a_job_that_is(status)
    if status in (S.BOOKED, S.ARRIVED, S.IN_PROGRESS, S.COMPLETED):
        assert jobs.cancel(job, reason=" Sold ").cancel_reason == "Sold"
        return

    with pytest.raises(NotAllowedNow):
        jobs.cancel(job, reason="Sold the car")


@pytest.mark.parametrize(
    ("status", "before"),
    [
        (S.ARRIVED, S.BOOKED),
        (S.IN_PROGRESS, S.ARRIVED),
        (S.COMPLETED, S.IN_PROGRESS),
        (S.COLLECTED, S.INVOICED),
        (S.CANCELLED, S.BOOKED),
    ],
)
def test_the_last_step_can_be_undone(status, before):
    assert jobs.move_back(a_job_that_is(status)).status == before


@pytest.mark.parametrize("status", [S.BOOKED, S.INVOICED])
def test_a_booking_and_an_invoiced_job_cannot_go_back(status):
    with pytest.raises(NotAllowedNow, match="cannot go back"):
        jobs.move_back(a_job_that_is(status))


def test_going_back_keeps_the_earlier_times_and_forgets_the_later():
    job = a_job_that_is(S.COMPLETED)
    arrived, started = job.arrived_at, job.started_at

    back = jobs.move_back(job)

    assert (back.arrived_at, back.started_at, back.completed_at) == (arrived, started, None)


def test_going_back_from_a_state_left_meanwhile_is_refused():
    job = a_job_that_is(S.ARRIVED)
    jobs.start(job)

    with pytest.raises(ChangedMeanwhile, match="in progress by now"):
        jobs.move_back(job, to=S.BOOKED)


def test_a_cancelled_job_keeps_its_times_until_it_is_booked_again():
    job = jobs.cancel(a_job_that_is(S.COMPLETED), reason="Insurer declined")
    assert job.completed_at is not None

    again = jobs.move_back(job)

    assert (again.arrived_at, again.completed_at, again.cancelled_at, again.cancel_reason) == (None, None, None, "")


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_cancellation_needs_a_reason(reason):
    with pytest.raises(InvalidInput) as refusal:
        jobs.cancel(a_booking(), reason=reason)
    assert refusal.value.field == "reason"


def test_a_reason_longer_than_its_column_is_refused_at_the_field():
    with pytest.raises(ValidationError) as refusal:
        jobs.cancel(a_booking(), reason="x" * 201)
    assert list(refusal.value.message_dict) == ["cancel_reason"]


@pytest.mark.parametrize(
    ("status", "to", "permission"),
    [
        (S.BOOKED, S.ARRIVED, "move_job"),
        (S.COMPLETED, S.IN_PROGRESS, "move_job"),
        (S.INVOICED, S.COLLECTED, "change_job"),
        (S.COLLECTED, S.INVOICED, "change_job"),
        (S.CANCELLED, S.BOOKED, "change_job"),
    ],
)
def test_moving_jobs_reaches_from_booked_to_completed(status, to, permission):
    assert permission_to_move(Job(status=status), to) == f"workshop.{permission}"


def test_the_payer_is_the_customer_unless_another_is_billed():
    customer, insurer = CustomerFactory(), CustomerFactory()

    assert jobs.book(customer=customer).payer == customer
    assert jobs.book(customer=customer, bill_to=insurer).payer == insurer


@pytest.mark.parametrize("role", ["customer", "bill_to"])
def test_nobody_archived_is_booked_or_billed(role):
    party = CustomerFactory()
    seen_before = Customer.objects.get(pk=party.pk)
    people.archive_customer(party)

    with pytest.raises(InvalidInput) as refusal:
        jobs.book(**{"customer": CustomerFactory(), role: seen_before})
    assert refusal.value.field == role

    with pytest.raises(InvalidInput) as refusal:
        jobs.edit(a_booking(), **{role: seen_before})
    assert refusal.value.field == role


def test_an_archived_vehicle_is_not_booked():
    vehicle = VehicleFactory()
    seen_before = Vehicle.objects.get(pk=vehicle.pk)
    vehicles.archive_vehicle(vehicle)

    with pytest.raises(InvalidInput, match="is archived"):
        jobs.book(customer=CustomerFactory(), vehicle=seen_before)


def test_an_edit_of_a_card_somebody_else_changed_is_refused():
    job = a_booking()
    jobs.edit(job, version=job.version, key_tag="12")

    with pytest.raises(ChangedMeanwhile):
        jobs.edit(job, version=job.version, key_tag="13")

    assert Job.objects.get(pk=job.pk).key_tag == "12"


def test_typed_text_loses_the_spaces_around_it():
    assert jobs.edit(a_booking(), concern="  Squeals when cold ").concern == "Squeals when cold"


@pytest.mark.parametrize("field", ["status", "number", "completed_at"])
def test_what_only_a_verb_may_set_is_no_field_to_type(field):
    with pytest.raises(TypeError, match="not typed by people"):
        jobs.edit(a_booking(), **{field: "completed"})


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"freight": Decimal("-1")}, "freight"),
        ({"freight": Decimal("1.005")}, "freight"),
        ({"discount_percent": Decimal("100.01")}, "discount_percent"),
        ({"discount_percent": Decimal(5), "discount_amount": Decimal(5)}, "discount_percent"),
        ({"key_tag": "x" * 21}, "key_tag"),
        ({"concern": "a\x00b"}, "concern"),
        ({"tax_mode": "sometimes"}, "tax_mode"),
        ({"odometer_in": 10_000_000}, "odometer_in"),
    ],
)
def test_nonsense_on_the_card_is_refused_at_the_field(fields, wrong):
    job = a_booking()

    with pytest.raises(ValidationError) as refusal:
        jobs.edit(job, **fields)

    assert list(refusal.value.message_dict) == [wrong]


@pytest.mark.parametrize("status", [S.INVOICED, S.COLLECTED, S.CANCELLED])
def test_a_job_that_is_done_is_no_longer_changed(status):
    job = a_job_that_is(status)
    line = job.lines.get()

    for change in (
        lambda: jobs.edit(job, key_tag="1"),
        lambda: jobs.add_line(job, description="More"),
        lambda: jobs.edit_line(line, quantity=Decimal(9)),
        lambda: jobs.remove_line(line),
        lambda: jobs.quote(job),
    ):
        with pytest.raises(NotAllowedNow, match="can no longer be changed"):
            change()


# Lines


def test_labour_takes_the_garages_rate_and_tax():
    line = jobs.add_line(a_booking(), description="Diagnose", quantity=Decimal("1.5"))

    assert (line.kind, line.unit_price, line.tax_rate.name, line.net) == ("labour", 120, "GST 15%", Decimal("180.00"))


def test_a_part_brings_its_text_and_price():
    line = jobs.add_line(a_booking(), part=PartFactory(), quantity=Decimal(2), description=" ")

    assert (line.kind, line.description, line.net) == ("part", "Oil filter", Decimal("49.00"))


def test_a_list_price_stands_with_tax_on_an_inclusive_job():
    job = a_booking(tax_mode=TaxMode.INCLUSIVE)

    prices = [jobs.add_line(job, part=PartFactory()).unit_price, jobs.add_line(job, description="Labour").unit_price]

    assert prices == [Decimal("28.1750"), Decimal("138.0000")]


def test_tax_comes_from_the_payer_then_the_part_then_the_garage():
    export, reduced = TaxRateFactory(name="Export", percent=0, is_default=False), TaxRate.objects.get(name="No GST")
    part = PartFactory(tax_rate=reduced)
    fleet = CustomerFactory(tax_rate=export)

    rates = [
        jobs.add_line(a_booking(bill_to=fleet), part=part).tax_rate,
        jobs.add_line(a_booking(), part=part).tax_rate,
        jobs.add_line(a_booking(), part=part, tax_rate=TaxRate.objects.get(name="GST 15%")).tax_rate,
    ]

    assert [rate.name for rate in rates] == ["Export", "No GST", "GST 15%"]


def test_a_payers_discount_falls_on_lines_that_may_be_discounted():
    job = jobs.book(customer=CustomerFactory(discount_percent=Decimal(10)))
    outside = TaxRateFactory(name="Outside the scope of VAT", percent=0, is_default=False, discountable=False)

    labour = jobs.add_line(job, description="Labour")
    mot = jobs.add_line(job, description="MOT", unit_price=Decimal("54.85"), tax_rate=outside)
    agreed = jobs.add_line(job, description="Labour", discount_percent=Decimal(0))

    assert [labour.net, mot.net, agreed.net] == [Decimal("108.00"), Decimal("54.85"), Decimal("120.00")]


def test_text_has_no_price_whatever_is_typed():
    line = jobs.add_line(a_booking(), kind="text", description="Checked the brakes", unit_price=Decimal(50))

    assert (line.unit_price, line.tax_rate, line.net) == (0, None, Decimal("0.00"))


def test_a_line_that_becomes_text_loses_its_price():
    line = jobs.add_line(a_booking(), description="Labour")

    line = jobs.edit_line(line, kind="text")

    assert (line.unit_price, line.tax_rate) == (0, None)


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"quantity": Decimal(0)}, "quantity"),
        ({"quantity": Decimal(-1)}, "quantity"),
        ({"quantity": Decimal("0.00001")}, "quantity"),
        ({"quantity": Decimal(100_001)}, "quantity"),
        ({"quantity": Decimal("NaN")}, "quantity"),
        ({"unit_price": Decimal("-0.01")}, "unit_price"),
        ({"unit_price": Decimal("0.12345")}, "unit_price"),
        ({"unit_price": Decimal(1_000_001)}, "unit_price"),
        ({"discount_percent": Decimal(101)}, "discount_percent"),
        ({"description": "  "}, "description"),
        ({"description": "x" * 2001}, "description"),
        ({"kind": "magic"}, "kind"),
    ],
)
def test_nonsense_on_a_line_is_refused_at_the_field(typed, wrong):
    job = a_booking()
    line = jobs.add_line(job, description="Labour")

    for change in (
        lambda: jobs.add_line(job, **{"description": "Work", **typed}),
        lambda: jobs.edit_line(line, **typed),
    ):
        with pytest.raises(ValidationError) as refusal:
            change()
        assert wrong in refusal.value.message_dict

    assert job.lines.count() == 1


def test_an_archived_part_stays_on_its_line_and_comes_on_no_other():
    job, part = a_booking(), PartFactory()
    line = jobs.add_line(job, part=part)
    part = archive_part(part)

    assert jobs.edit_line(line, part=part, quantity=Decimal(3)).quantity == 3
    with pytest.raises(InvalidInput, match="is archived"):
        jobs.add_line(job, part=part)


def test_a_tax_on_purchases_is_no_tax_on_sales():
    purchases = TaxRateFactory(name="GST on purchases", use=TaxRate.Use.PURCHASES, is_default=False)

    with pytest.raises(InvalidInput, match="tax on purchases"):
        jobs.add_line(a_booking(), description="Labour", tax_rate=purchases)


def test_without_a_default_tax_the_sentence_says_where_to_set_it():
    TaxRate.objects.update(is_default=False)

    with pytest.raises(InvalidInput, match="Choose one in the settings"):
        jobs.add_line(a_booking(), description="Labour")


def test_a_new_line_goes_to_the_end_even_after_a_removal():
    job = a_booking()
    first, *_ = [jobs.add_line(job, description=name) for name in "abc"]
    jobs.remove_line(first)
    jobs.add_line(job, description="d")

    assert list(job.lines.values_list("description", "position")) == [("b", 2), ("c", 3), ("d", 4)]


def test_a_line_somebody_else_removed_cannot_be_edited():
    line = jobs.add_line(a_booking(), description="Labour")
    jobs.remove_line(JobLine.objects.get(pk=line.pk))

    with pytest.raises(ChangedMeanwhile, match="Somebody else removed “Labour”"):
        jobs.edit_line(line, quantity=Decimal(2))


# Odometer on the way in and out


def test_readings_on_arrival_and_collection_join_the_vehicles_history():
    job = a_completed_job()
    vehicle = job.vehicle
    other = jobs.book(customer=job.customer, vehicle=vehicle)
    jobs.arrive(other, odometer=123_000, key_tag=" 7 ")
    sales.issue_invoice(job)
    jobs.collect(job, odometer=123_012)

    assert list(vehicle.odometer_readings.values_list("value", "unit")) == [(123_012, "km"), (123_000, "km")]
    assert Job.objects.get(pk=other.pk).key_tag == "7"


def test_a_british_garage_reads_miles():
    Organisation.objects.update(country="GB")
    job = a_booking()
    jobs.arrive(job, odometer=64_000)

    assert str(job.vehicle.odometer_readings.get()) == "64,000 mi"


def test_an_odometer_that_dropped_stops_the_arrival_until_a_reason_is_given():
    job = a_booking()
    vehicles.read_odometer(job.vehicle, 90_000)

    with pytest.raises(InvalidInput, match="Say why it is lower now"):
        jobs.arrive(job, odometer=1_200)
    assert Job.objects.get(pk=job.pk).status == S.BOOKED

    assert jobs.arrive(job, odometer=1_200, odometer_reason="Cluster replaced").status == S.ARRIVED


@pytest.mark.parametrize("odometer", [-1, 10_000_000])
def test_an_odometer_out_of_range_is_refused_even_without_a_vehicle(odometer):
    job = jobs.book(customer=CustomerFactory())

    with pytest.raises(ValidationError) as refusal:
        jobs.arrive(job, odometer=odometer)
    assert list(refusal.value.message_dict) == ["odometer_in"]
