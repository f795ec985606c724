"""The road to Xero, with everything that can happen on it."""

from collections import Counter

import requests

from accounting_sync.sandbox.faults import Dropped, Fault
from tests.accounting_sync.simulation.workers import Killed
from tests.xero import SandboxAdapter

ANY_CALL = [
    "timeout", "lost", "error", "html", "half", "garbage", "offline", "minute", "concurrent", "appminute", "expired",
    "unreachable", "killed_before", "killed_after",
]  # fmt: skip
WRITES = ["timeout", "lost", "lost", "error_after", "html_after", "half", "killed_after", *["late"] * 5]
SIGN_IN = ["timeout", "lost", "error", "html", "killed_after"]
WAITS = {"minute": 40, "day": 20_000}  # seconds of Retry-After
CLIENT_TIMEOUT, LATEST = 30, 120  # seconds; Xero may act this long after the client gave up


class Network(SandboxAdapter):
    """Carries each request, spoils some, and lets other people act while it is under way."""

    def __init__(self, xero, world):
        super().__init__(xero)
        self.world, self.random = world, world.random
        self.spoils = 0.0
        self.just_read = ""  # what was asked for by id, until the next call: it is compared, and then sent over
        self.struck = Counter()

    def send(self, request, **_):
        worker = self.world.worker
        if worker:
            worker.check_alive()
        api = "/api.xro/" in request.url
        self.world.clock.forward(self.random.uniform(0.05, 0.9))
        self.just_read = ""
        if api:
            self.world.proof.a_call(request)
            self.world.meanwhile()
        kind = self._spoilt(request)
        if kind:
            self.struck[kind] += 1
            self.world.note(f"{kind}: {request.method} {request.url}")
        answer = self._carry(request, kind)
        if api:
            self.just_read = request.url if request.method == "GET" else ""
            self.world.meanwhile()
        return answer

    def _spoilt(self, request):
        """Writes suffer more, and in more ways: a read that fails is only read again."""
        if "/api.xro/" not in request.url:
            rate, kinds = self.spoils / 2, SIGN_IN
        elif request.method == "GET":
            rate, kinds = self.spoils / 2, [*ANY_CALL, *self.world.rare_faults]
        else:
            rate, kinds = self.spoils, [*ANY_CALL, *WRITES, *self.world.rare_faults]
        return self.random.choice(kinds) if self.random.random() < rate else ""

    def _carry(self, request, kind):
        on_the_road = getattr(self, f"_{kind}", None)
        if on_the_road:
            return on_the_road(request)
        if kind:
            status = self.random.choice([200, 404, 502, 503])
            self.xero.faults.add(Fault(kind, seconds=WAITS.get(kind), status=status))
        try:
            return super().send(request)
        finally:
            self.xero.faults.clear()

    def _unreachable(self, request):
        raise requests.ConnectTimeout("no route")

    def _late(self, request):
        """The client gives up; Xero gets the request all the same, and acts later."""
        deliver = super().send
        self.world.clock.arrange(CLIENT_TIMEOUT + self.random.uniform(0, LATEST), lambda: _unheard(deliver, request))
        self.world.clock.forward(CLIENT_TIMEOUT)
        raise requests.ReadTimeout("no answer in time")

    def _killed_before(self, request):
        self._kill()
        return super().send(request)

    def _killed_after(self, request):
        super().send(request)
        return self._kill() or super().send(request)

    def _kill(self):
        if self.world.worker:
            self.world.worker.die()
        raise requests.ConnectionError("a web process lost its connection")


def _unheard(deliver, request):
    try:
        deliver(request)
    except (requests.RequestException, Dropped, Killed):
        return
