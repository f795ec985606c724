"""Whatever happened, in whatever order: shelves, jobs and books agree to the cent."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.histories import Histories

pytestmark = pytest.mark.django_db
HEALTH = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def run(examples, steps):
    shape = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        suppress_health_check=HEALTH,
        print_blob=True,
    )
    run_state_machine_as_test(Histories, settings=shape)


def test_after_any_history_shelves_and_books_agree():
    run(8, 20)


@pytest.mark.slow
def test_after_hundreds_of_long_histories_shelves_and_books_agree():
    run(40, 30)
