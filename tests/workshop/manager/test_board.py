from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from tests.factories import CustomerFactory, VehicleFactory, a_completed_job
from tests.workshop.manager.reading import said, text
from workshop import jobs, sales

BOARD = "/"
HTMX = {"HX-Request": "true"}


def a_booking(**fields):
    return jobs.book(customer=CustomerFactory(), vehicle=VehicleFactory(), **fields)


def columns(response):
    return {column.status.value: [job.number for job in column.jobs] for column in response.context["columns"]}


def test_every_open_job_stands_in_its_column(manager):
    booked = a_booking()
    arrived = jobs.arrive(a_booking())
    completed = a_completed_job()
    invoiced = a_completed_job()
    sales.issue_invoice(invoiced)
    jobs.cancel(a_booking(), reason="Sold")

    assert columns(manager.get(BOARD)) == {
        "booked": [booked.number],
        "arrived": [arrived.number],
        "in_progress": [],
        "completed": [completed.number],
        "invoiced": [invoiced.number],
    }


def test_my_jobs_are_mine(manager):
    mine = a_booking(technician=manager.user)
    a_booking()

    assert columns(manager.get(BOARD, {"mine": "1"}))["booked"] == [mine.number]


@pytest.mark.parametrize("cars", [1, 3])
def test_the_board_costs_the_same_queries_however_many_cars(manager, workshop_queries, cars):
    for _ in range(cars):
        a_booking(technician=manager.user, promised_at=datetime(2026, 7, 20, tzinfo=UTC))
        a_completed_job(technician=manager.user)

    with workshop_queries(8):
        manager.get(BOARD)


def test_the_next_step_is_one_button_and_can_be_undone(manager):
    job = a_booking()

    response = manager.post(reverse("job-move", args=[job.pk]), {"to": "arrived", "back": "board"})
    page = manager.get(BOARD)

    assert response["Location"] == BOARD
    assert f"{job.vehicle.rego} has arrived." in text(page)
    assert reverse("job-move-back", args=[job.pk]) in page.content.decode()

    manager.post(reverse("job-move-back", args=[job.pk]), {"back": "board"})

    job.refresh_from_db()
    assert job.status == "booked"


def test_htmx_gets_the_board_alone_with_the_message(manager):
    job = a_booking()

    response = manager.post(reverse("job-move", args=[job.pk]), {"to": "arrived"}, headers=HTMX)

    page = response.content.decode()
    assert (page.count("<html"), page.count('id="board"'), page.count('hx-swap-oob="true"')) == (0, 1, 1)
    assert f"{job.vehicle.rego} has arrived." in text(response)


@pytest.mark.parametrize("to", ["completed", "collected", "nonsense", "", "invoiced", "cancelled"])
def test_a_step_that_cannot_be_taken_is_said_and_changes_nothing(manager, to):
    job = a_booking()

    response = manager.post(reverse("job-move", args=[job.pk]), {"to": to})

    job.refresh_from_db()
    assert (response.status_code, len(said(response)), job.status) == (302, 1, "booked")


def test_the_version_is_silent_until_something_on_the_board_changes(manager):
    job = a_booking()
    seen = manager.get(BOARD).context["version"]

    assert manager.get(reverse("board-version"), {"seen": seen}).status_code == 204

    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=1)):
        jobs.arrive(job)
    changed = manager.get(reverse("board-version"), {"seen": seen})

    assert (changed.status_code, changed["HX-Trigger"]) == (200, "boardChanged")
    assert text(changed) == "The board has changed. Show"


@time_machine.travel(datetime(2026, 7, 20, 4, 0, tzinfo=UTC), tick=False)  # 4 pm in Auckland
@pytest.mark.parametrize(
    ("hours", "words", "level"),
    [
        (-30, "Late: was due yesterday 10 am", "late"),
        (-1, "Late: was due today 3 pm", "late"),
        (0.5, "Due in 30 min", "soon"),
        (1.75, "Due in 1 h 45 min", "soon"),
        (2.5, "Due today 6:30 pm", "later"),
        (17, "Due tomorrow 9 am", "later"),
        (48, "Due Wed 4 pm", "later"),
        (24 * 40, "Due 29 Aug 4 pm", "later"),
    ],
)
def test_the_promise_is_told_in_words_and_colour(manager, hours, words, level):
    a_booking(promised_at=datetime.now(UTC) + timedelta(hours=hours))

    page = manager.get(BOARD)

    assert words in text(page)
    assert f'class="promise {level}"' in page.content.decode()


def test_a_completed_car_is_late_no_more(manager):
    job = a_completed_job(promised_at=datetime.now(UTC) - timedelta(days=1))

    assert 'class="promise done"' in manager.get(BOARD).content.decode()
    assert job.promised_at is not None


def test_flags_stand_on_the_card_in_words(manager):
    job = a_booking()
    manager.post(reverse("job-flags", args=[job.pk]), {"waiting_parts": "on", "at_outwork": "on"})

    page = text(manager.get(BOARD))

    assert ("Waiting for parts" in page, "At outwork" in page, "Waiting for approval" in page) == (True, True, False)


def test_a_long_column_shows_forty_and_counts_the_rest(manager):
    customer, car = CustomerFactory(), VehicleFactory()
    for _ in range(42):
        jobs.book(customer=customer, vehicle=car)

    page = manager.get(BOARD)

    assert len(columns(page)["booked"]) == 40
    assert "and 2 more" in text(page)
