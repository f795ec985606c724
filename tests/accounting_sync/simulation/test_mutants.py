"""The simulation is put on trial itself: it must notice every wrong engine."""

import sys

import pytest
from django.db import DatabaseError

from tests.accounting_sync.simulation.mutants import MUTANTS
from tests.accounting_sync.simulation.world import play

SEEDS = 500


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_an_engine_with_this_safeguard_dropped_is_caught(db, mutant, record_property):
    for seed in range(1, SEEDS + 1):
        try:
            play(seed, patches=[mutant])
        except (AssertionError, DatabaseError) as caught:
            record_property("caught_at_seed", seed)
            sys.stdout.write(f"{mutant.__name__}: caught at seed {seed}: {caught}\n")
            return
    pytest.fail(f"{mutant.__name__} survived {SEEDS} seeds: the simulation has a hole")
