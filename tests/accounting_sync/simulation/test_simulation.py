"""The real engine over the sandbox, through bad days that a seed makes up: zero lost, zero doubled, zero stale."""

import pytest

from tests.accounting_sync.simulation.world import play

QUICK, SEEDS, CHUNK = 25, 500, 25


@pytest.mark.parametrize("seed", range(1, QUICK + 1))
def test_after_a_bad_day_every_change_is_in_xero_once_or_listed_with_its_reason(db, seed):
    play(seed)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(QUICK + 1, SEEDS + 1, CHUNK))
def test_after_500_bad_days_nothing_is_lost_doubled_or_stale(db, first):
    """With those of the fast suite above: together they are the 500."""
    for seed in range(first, first + CHUNK):
        play(seed)
