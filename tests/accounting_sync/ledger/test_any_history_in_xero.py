"""Whatever happened here and on the way: Stock on Hand and Work in Progress in Xero are ours to the cent."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.accounting_sync.ledger.histories_in_xero import HistoriesInXero

pytestmark = pytest.mark.django_db


def run(examples, steps):
    health = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    shape = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=True, suppress_health_check=health
    )
    run_state_machine_as_test(HistoriesInXero, settings=shape)


def test_after_any_history_xero_holds_what_is_here():
    run(3, 15)


@pytest.mark.slow
def test_after_longer_histories_xero_holds_what_is_here():
    run(12, 20)
