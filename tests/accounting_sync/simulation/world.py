"""One seed: a garage, its Xero, a bad network and people on both sides, all in one process and one transaction."""

from contextlib import contextmanager
from datetime import timedelta
from random import Random

import pytest
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from accounting_sync import lease, queue, sweep, wake
from accounting_sync.models import Connection, State, SyncRecord
from accounting_sync.xero import client, oauth, transport
from tests.accounting_sync.simulation.clock import Clock
from tests.accounting_sync.simulation.network import Network
from tests.accounting_sync.simulation.people import Accountant, Garage
from tests.accounting_sync.simulation.proof import Proof
from tests.accounting_sync.simulation.workers import Worker
from tests.factories import a_garage
from tests.xero import a_xero, connect

STEPS = 14
CYCLES = 80  # of the worker's minute, after which everything must have come to rest


class World:
    def __init__(self, seed, *, tell=None):
        self.random = Random(seed)
        self.seed, self.tell, self.events = seed, tell, []
        self.clock = Clock()
        self.workers, self.busy = [], False
        self.depth = len(database.savepoint_ids)
        self.xero = a_xero(clock=self.clock, random=Random(seed + 1), sleep=self.clock.sleep)
        self.network = Network(self.xero, self)
        self.rare_faults = self.random.choice([[], [], [], ["day"], ["revoked"], ["disconnected"]])
        self.books = next(iter(self.xero.organisations.values()))
        self.pauses, self.deaths = self.random.choice([0.0, 0.1, 0.3]), self.random.choice([0.0, 0.15, 0.4])
        self.proof = Proof(self)
        self.garage, self.accountant = Garage(self), Accountant(self)

    def note(self, event):
        self.events.append(f"{self.clock.now:%d %H:%M:%S} {event}")
        if self.tell:
            self.tell(self.events[-1])

    # Time and place

    @contextmanager
    def begun(self, patches=()):
        """The seam of the simulation: the clock, the road to Xero, and the moments at which others may act."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(timezone, "now", self.clock)
            patch.setattr(oauth, "time", self.clock)
            patch.setattr(client, "time", self.clock)
            patch.setattr(transport, "adapter", lambda: self.network)
            patch.setattr(wake, "_wake", lambda task: None)
            for mutate in patches:
                mutate(patch)
            self._pause_before_sending(patch)
            a_garage()
            connect(self.xero)
            yield self

    def _pause_before_sending(self, patch):
        holds = lease.Lease.holds

        def paused(held, now):
            if not self.busy and self.random.random() < self.pauses:
                self._sleep_while_others_work()
            return holds(held, timezone.now())

        patch.setattr(lease.Lease, "holds", paused)

    @property
    def worker(self):
        return self.workers[-1] if self.workers else None

    # What happens

    def live(self):
        """The whole story: a busy day on a bad road, then peace."""
        self.garage.open()
        self.network.spoils = self.random.choice([0.0, 0.1, 0.3, 0.6])
        for _ in range(STEPS):
            self._somebody_acts()
            self.clock.forward(self.random.choice([1, 5, 20, 60, 200, 700]))
            if self.random.random() < 0.8:
                self.tick()
        self.calm()

    def _somebody_acts(self):
        for _ in range(self.random.choice([1, 1, 2, 4])):
            with self._another_process():
                who = self.accountant if self.random.random() < self.accountant.diligence else self.garage
                who.act()

    def meanwhile(self):
        """While a call is under way others do not stand still."""
        if not self.busy and self.random.random() < 0.12:
            self._somebody_acts()

    @contextmanager
    def _another_process(self):
        """People's changes are not this worker's: its death does not undo them."""
        self.busy, was = True, self.busy
        self.workers.append(None)
        try:
            yield
        finally:
            self.workers.pop()
            self.busy = was

    def tick(self):
        """The worker's minute. Some workers are killed half way."""
        dies_at = int(self.random.expovariate(1 / 60)) if self.random.random() < self.deaths else None
        if not Worker(self.workers, dies_at).run(sweep.every_minute):
            self.note("worker killed")

    def _sleep_while_others_work(self):
        """This worker hangs: its lease ends, another takes over, and then it wakes up."""
        self.note("a worker hangs")
        seconds = self.random.choice([10, 100, 500, 900])
        with self._another_process():
            for _ in range(max(seconds // 120, 1)):
                self.clock.forward(min(seconds, 120))
                Worker(self.workers).run(sweep.every_minute)
        self.note("it wakes up")

    # Peace

    def calm(self):
        """No more faults, nobody acts: within these cycles everything is at rest."""
        self.network.spoils = self.pauses = self.deaths = 0.0
        self.busy = True
        self.note("calm")
        for _ in range(CYCLES):
            self._reconnect()
            Worker(self.workers).run(sweep.every_minute)
            if self._at_rest():
                break
            self.clock.forward(self._until_next())
        self._last_polls()
        self.proof.at_rest()

    def _reconnect(self):
        connection = Connection.objects.get()
        if connection.status != Connection.Status.CONNECTED:
            self.note("somebody connects again")
            connect(self.xero)

    def _at_rest(self):
        return not SyncRecord.objects.filter(state__in=[State.PENDING, State.SENDING, State.UNKNOWN]).exists()

    def _until_next(self):
        due = SyncRecord.objects.filter(state__in=[State.PENDING, State.UNKNOWN]).order_by("not_before").first()
        wait = (due.not_before - self.clock.now) if due else timedelta(minutes=1)
        parked = Connection.objects.get().parked_until
        if parked:
            wait = max(wait, parked - self.clock.now)
        return max(wait.total_seconds() + 1, 60)

    def _last_polls(self):
        """Two more turns: what was seen too early is seen again, and what gave up is tried by a person."""
        for _ in range(2):
            self._turn()
        if queue.retry(SyncRecord.objects.filter(state=State.WARNING, code="no_answer")):
            self._turn()

    def _turn(self):
        self.clock.forward(901)
        Worker(self.workers).run(sweep.every_minute)


class Undone(Exception):
    """Ends a seed's transaction: the next one finds the database as it was."""


def play(seed, *, patches=(), tell=None):
    """Live one seed and take everything back. Raises AssertionError with what broke."""
    try:
        with transaction.atomic():
            world = World(seed, tell=tell)
            with world.begun(patches):
                world.live()
            raise Undone
    except Undone:
        return world
