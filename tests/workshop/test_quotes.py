"""An offer, of which the customer authorises all, some or none."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import ValidationError

from tests.factories import CustomerFactory, PartFactory, VehicleFactory
from workshop import jobs, sales
from workshop.errors import InvalidInput, NotAllowedNow
from workshop.models import Job, JobLine, Quote

pytestmark = pytest.mark.usefixtures("garage")


def a_job(*descriptions, **fields):
    job = jobs.book(customer=CustomerFactory(), vehicle=VehicleFactory(), **fields)
    for description in descriptions:
        jobs.add_line(job, description=description)
    return job


def work_on(job):
    return list(job.lines.values_list("description", flat=True))


def rows(*descriptions, **fields):
    return [{"description": description, **fields} for description in descriptions]


def approve(offer, *descriptions, **fields):
    chosen = offer.lines.filter(description__in=descriptions).values_list("pk", flat=True)
    return jobs.decide_quote(offer, set(chosen), decided_by="Jo Kea", **fields)


def states_of(job):
    return list(job.quotes.order_by("id").values_list("version", "status"))


def test_a_quote_offers_the_jobs_lines_with_its_freight_and_discount():
    job = a_job("Pads", "Discs", freight=Decimal(9), discount_percent=Decimal(5))

    offer = jobs.quote(job)

    assert [(line.description, line.net) for line in offer.lines.all()] == [("Pads", 120), ("Discs", 120)]
    assert (offer.number, offer.version, offer.status) == ("Q 1", 1, Quote.Status.DRAFT)
    assert offer.charges() == job.charges()


def test_approving_what_stands_on_the_job_does_not_put_it_there_twice():
    job = a_job("Pads", "Discs")

    offer = approve(jobs.send_quote(jobs.quote(job)), "Pads", "Discs", evidence="Text message, 2:14 pm")

    assert work_on(job) == ["Pads", "Discs"]
    assert (offer.status, offer.decided_by, offer.evidence) == ("approved", "Jo Kea", "Text message, 2:14 pm")


def test_what_the_customer_declined_leaves_the_job():
    job = a_job("Pads", "Discs")

    offer = approve(jobs.quote(job), "Pads")

    assert work_on(job) == ["Pads"]
    assert offer.status == Quote.Status.PART_APPROVED
    assert dict(offer.lines.values_list("description", "decision")) == {"Pads": "approved", "Discs": "declined"}


def test_declining_everything_leaves_the_job_without_it():
    job = a_job("Diagnosis")
    offer = jobs.quote(job, lines=rows("Engine"))

    assert approve(offer).status == Quote.Status.DECLINED
    assert work_on(job) == ["Diagnosis"]


def test_new_work_comes_on_the_job_when_it_is_approved_and_not_before():
    job, part = a_job("Service"), PartFactory()
    offer = jobs.quote(job, lines=[{"part": part, "quantity": Decimal(2)}, *rows("Wheel alignment", "Valet")])
    assert work_on(job) == ["Service"]

    approve(offer, "Oil filter", "Wheel alignment")

    assert list(job.lines.values_list("description", "position", "quantity", "unit_price", "part")) == [
        ("Service", 1, 1, 120, None),
        ("Oil filter", 2, 2, Decimal("24.50"), part.pk),
        ("Wheel alignment", 3, 1, 120, None),
    ]


def test_a_quote_is_decided_once():
    job = a_job()
    offer = jobs.quote(job, lines=rows("Engine"))
    approve(offer, "Engine")

    with pytest.raises(NotAllowedNow, match="is approved"):
        approve(offer, "Engine")

    assert work_on(job) == ["Engine"]


def test_sending_makes_the_job_wait_for_approval_and_the_decision_ends_it():
    job = a_job("Pads")
    offer = jobs.send_quote(jobs.quote(job))
    assert Job.objects.get(pk=job.pk).waiting_approval is True

    approve(offer, "Pads")

    assert Job.objects.get(pk=job.pk).waiting_approval is False


def test_a_quote_is_sent_once():
    offer = jobs.send_quote(jobs.quote(a_job("Pads")))

    with pytest.raises(NotAllowedNow, match="is sent"):
        jobs.send_quote(offer)


def test_a_change_after_sending_makes_the_next_version():
    job = a_job("Pads", discount_percent=Decimal(5))
    offer = jobs.send_quote(jobs.quote(job))

    latest = jobs.revise_quote(offer, rows("Pads", "Discs"))

    assert (str(latest), latest.status, latest.discount_percent) == ("Q 1 v2", Quote.Status.DRAFT, 5)
    assert states_of(job) == [(1, "superseded"), (2, "draft")]
    with pytest.raises(NotAllowedNow, match="is superseded"):
        approve(offer, "Pads")


@pytest.mark.parametrize("sent", [True, False])
def test_approving_a_revised_quote_puts_nothing_on_the_job_twice(sent):
    job = a_job("Pads", "Pads", "Discs")
    offer = jobs.quote(job)
    if sent:
        offer = jobs.send_quote(offer)
    latest = jobs.revise_quote(offer, [*rows("Pads", "Pads", unit_price=Decimal(90)), *rows("Front discs")])
    assert work_on(job) == ["Pads", "Pads"]

    approve(latest, "Pads", "Front discs")

    assert list(job.lines.values_list("description", "unit_price")) == [
        ("Pads", 90),
        ("Pads", 90),
        ("Front discs", 120),
    ]


def test_a_declined_quote_can_be_offered_again():
    job = a_job("Pads")
    latest = jobs.revise_quote(approve(jobs.quote(job)), rows("Pads", discount_percent=Decimal(10)))

    approve(latest, "Pads")

    assert [line.net for line in job.lines.all()] == [Decimal("108.00")]


def test_the_customer_pays_the_price_that_was_quoted():
    job = a_job("Pads")
    offer = jobs.quote(job, discount_percent=Decimal(10))
    jobs.edit_line(job.lines.get(), unit_price=Decimal(200))

    approve(offer, "Pads")

    job.refresh_from_db()
    assert (job.lines.get().unit_price, job.discount_percent) == (120, 10)


def test_a_quote_without_a_discount_leaves_the_jobs_own():
    job = a_job("Pads")
    offer = jobs.quote(job)
    jobs.edit(job, discount_percent=Decimal(5))

    approve(offer, "Pads")

    assert Job.objects.get(pk=job.pk).discount_percent == 5


def test_a_second_quote_offers_what_the_first_did_not():
    job = a_job("Pads")
    jobs.quote(job)
    jobs.add_line(job, description="Discs")

    assert [line.description for line in jobs.quote(job).lines.all()] == ["Discs"]
    with pytest.raises(InvalidInput, match="nothing to quote"):
        jobs.quote(job)


def test_text_follows_the_work_around_it():
    job = a_job("Pads")
    jobs.add_line(job, kind="text", description="Includes fitting")

    assert approve(jobs.quote(job), "Pads").status == Quote.Status.APPROVED
    assert work_on(job) == ["Pads", "Includes fitting"]


def test_an_offer_of_text_alone_is_refused_and_takes_no_number():
    job = a_job()

    with pytest.raises(InvalidInput, match="nothing to quote"):
        jobs.quote(job, lines=[{"kind": "text", "description": "Hello"}])

    assert jobs.quote(job, lines=rows("Pads")).number == "Q 1"


def test_an_expired_quote_can_be_declined_or_sent_again_but_not_approved():
    with time_machine.travel(datetime(2026, 7, 20, tzinfo=UTC)):
        offer = jobs.send_quote(jobs.quote(a_job("Pads"), expires_on=date(2026, 7, 30)))
    with time_machine.travel(datetime(2026, 8, 2, tzinfo=UTC)):
        with pytest.raises(NotAllowedNow, match="expired on"):
            approve(offer, "Pads")

        latest = jobs.revise_quote(offer, rows("Pads"))

        assert latest.expires_on is None
        assert approve(latest).status == Quote.Status.DECLINED


def test_a_quote_that_is_expired_already_is_not_sent():
    offer = jobs.quote(a_job("Pads"), expires_on=date(2026, 1, 1))

    with pytest.raises(InvalidInput) as refusal:
        jobs.send_quote(offer)
    assert refusal.value.field == "expires_on"


def test_lines_of_another_quote_are_refused():
    other = jobs.quote(a_job("Discs")).lines.get()

    with pytest.raises(InvalidInput) as refusal:
        jobs.decide_quote(jobs.quote(a_job("Pads")), {other.pk}, decided_by="Jo Kea")
    assert refusal.value.field == "approved"


def test_somebody_decided():
    with pytest.raises(InvalidInput) as refusal:
        jobs.decide_quote(jobs.quote(a_job("Pads")), set(), decided_by="  ")
    assert refusal.value.field == "decided_by"


def test_a_wrong_line_is_named_by_its_place():
    with pytest.raises(ValidationError) as refusal:
        jobs.quote(a_job(), lines=[*rows("Pads"), *rows("Discs", quantity=Decimal(0))])

    assert list(refusal.value.message_dict) == ["quantity"]
    assert refusal.value.message_dict["quantity"][0].startswith("Line 2: ")


def test_nothing_is_decided_once_the_job_is_invoiced():
    job = a_job("Pads")
    offer = jobs.send_quote(jobs.quote(job))
    for step in (jobs.arrive, jobs.start, jobs.complete, sales.issue_invoice):
        step(job)

    with pytest.raises(NotAllowedNow, match="can no longer be changed"):
        approve(offer, "Pads")


@pytest.mark.parametrize("count", [1, 20])
def test_deciding_takes_the_same_queries_for_one_line_and_for_twenty(count, workshop_queries):
    job = a_job("Stays", "Goes")
    approved = [*rows(*(f"Work {n}" for n in range(count)))]
    offer = jobs.revise_quote(jobs.quote(job), [*rows("Stays", "Goes"), *approved])
    chosen = {line.pk for line in offer.lines.all() if line.description != "Goes"}

    with workshop_queries(22):
        jobs.decide_quote(offer, chosen, decided_by="Jo Kea")

    assert JobLine.objects.count() == count + 1
