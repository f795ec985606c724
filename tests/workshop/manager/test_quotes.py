from decimal import Decimal

import pytest
from django.urls import reverse

from tests.factories import CustomerFactory, PartFactory
from tests.workshop.manager.reading import text
from workshop import jobs
from workshop.models import Quote


@pytest.fixture
def offer(garage):
    job = jobs.book(customer=CustomerFactory())
    jobs.add_line(job, description="Pads", unit_price=Decimal(100))
    jobs.add_line(job, description="Discs", unit_price=Decimal(200))
    return jobs.quote(job)


def decide(browser, offer, **fields):
    return browser.post(reverse("quote-decide", args=[offer.pk]), {"decided_by": "Jo Kea", **fields})


def decisions(offer):
    return {line.description: line.decision for line in offer.lines.all()}


def test_the_lines_of_a_job_are_quoted_with_one_button(manager, garage):
    job = jobs.book(customer=CustomerFactory())
    jobs.add_line(job, description="Pads", unit_price=Decimal(100))

    response = manager.post(reverse("quote-new", args=[job.pk]), {"expires_on": ""})

    offer = Quote.objects.get()
    assert response["Location"] == reverse("quote", args=[offer.pk])
    assert "Total incl. tax 115.00" in text(manager.get(response["Location"]))


def test_an_offer_already_over_is_refused(manager, garage):
    job = jobs.book(customer=CustomerFactory())
    jobs.add_line(job, description="Pads")

    response = manager.post(reverse("quote-new", args=[job.pk]), {"expires_on": "2020-01-01"})

    assert (response.status_code, list(response.context["quote_form"].errors)) == (422, ["expires_on"])


def test_lines_are_approved_one_by_one(manager, offer):
    pads = offer.lines.get(description="Pads")

    decide(manager, offer, lines=[pads.pk], evidence="By phone")

    offer.refresh_from_db()
    assert (offer.status, offer.decided_by, offer.evidence) == ("part_approved", "Jo Kea", "By phone")
    assert decisions(offer) == {"Pads": "approved", "Discs": "declined"}
    assert [line.description for line in offer.job.lines.all()] == ["Pads"]


def test_declining_declines_all_of_it_whatever_is_ticked(manager, offer):
    decide(manager, offer, lines=[line.pk for line in offer.lines.all()], decline="1")

    offer.refresh_from_db()
    assert (offer.status, decisions(offer)) == ("declined", {"Pads": "declined", "Discs": "declined"})


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"lines": []}, "lines"),
        ({"lines": ["999999"]}, "lines"),
        ({"lines": ["x"]}, "lines"),
        ({"decided_by": ""}, "decided_by"),
    ],
)
def test_a_decision_says_what_and_who(manager, offer, fields, field):
    ticked = {"lines": [line.pk for line in offer.lines.all()]}

    response = decide(manager, offer, **{**ticked, **fields})

    offer.refresh_from_db()
    assert (response.status_code, list(response.context["form"].errors), offer.status) == (422, [field], "draft")


def test_a_sent_quote_says_so(manager, offer):
    manager.post(reverse("quote-send", args=[offer.pk]))

    offer.refresh_from_db()
    assert (offer.status, offer.sent_at is not None) == ("sent", True)


def test_a_decided_quote_takes_no_second_decision(manager, offer):
    decide(manager, offer, decline="1")

    response = decide(manager, offer, lines=[line.pk for line in offer.lines.all()])

    assert response.status_code == 422
    assert decisions(offer) == {"Pads": "declined", "Discs": "declined"}


@pytest.mark.parametrize("lines", [1, 3])
def test_a_quote_costs_the_same_queries_however_many_lines(manager, workshop_queries, garage, lines):
    job = jobs.book(customer=CustomerFactory())
    for _ in range(lines):
        jobs.add_line(job, part=PartFactory())
    offer = jobs.quote(job)

    with workshop_queries(8):
        manager.get(reverse("quote", args=[offer.pk]))


def rewritten(*rows):
    data = {"lines-TOTAL_FORMS": len(rows), "lines-INITIAL_FORMS": 0}
    for number, row in enumerate(rows):
        data |= {f"lines-{number}-{name}": value for name, value in row.items()}
    return data


BELT = {"kind": "part", "description": "Belt", "quantity": "1", "unit_price": "40"}


def test_a_sent_quote_is_edited_into_its_next_version(manager, offer):
    jobs.send_quote(offer)

    response = manager.post(reverse("quote-edit", args=[offer.pk]), rewritten(BELT) | {"discount_percent": "10"})

    latest = Quote.objects.get(version=2)
    offer.refresh_from_db()
    assert response["Location"] == reverse("quote", args=[latest.pk])
    assert (offer.status, latest.status, latest.discount_percent) == ("superseded", "draft", Decimal(10))
    assert [line.description for line in latest.lines.all()] == ["Belt"]


def test_nonsense_in_a_quote_is_refused_at_its_field(manager, offer):
    response = manager.post(reverse("quote-edit", args=[offer.pk]), rewritten(BELT | {"quantity": "some"}))

    assert (response.status_code, list(response.context["lines"].forms[0].errors)) == (422, ["quantity"])
