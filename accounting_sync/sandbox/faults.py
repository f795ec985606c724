"""Bad days on demand: each fault is a way Xero, or the road to it, fails; it strikes the calls it is told to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from fnmatch import fnmatch
from random import Random
from typing import Any, Protocol

from . import replies
from .message import Request, Response

Act = Callable[[], Response]


class Dropped(Exception):
    """The connection closed without an answer. ``acted`` tells a test what the client cannot know."""

    def __init__(self, acted: bool) -> None:
        super().__init__("the answer was lost" if acted else "the request was lost")
        self.acted = acted


class Service(Protocol):
    """What a fault may do to the service it strikes."""

    def expire_token(self, request: Request) -> None: ...
    def revoke_consent(self, request: Request) -> None: ...
    def disconnect(self, request: Request) -> None: ...


@dataclass
class Fault:
    """``kind`` strikes calls of ``method`` (any if empty) whose path matches ``path`` (a part of it, or a glob).

    It lets ``nth`` - 1 such calls pass, then strikes ``times`` of them (None: until cleared), each with
    ``probability``. ``seconds``: how long a slow answer takes, or what Retry-After says.
    """

    kind: str
    method: str = ""
    path: str = ""
    nth: int = 1
    times: int | None = 1
    probability: float = 1.0
    seconds: float | None = None
    status: int = 502
    id: str = ""
    seen: int = 0
    struck: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no such fault: {self.kind}; there are {', '.join(sorted(KINDS))}")

    def matches(self, request: Request) -> bool:
        pattern = self.path if "*" in self.path else f"*{self.path}*"
        return self.method.upper() in {"", request.method} and fnmatch(request.path, pattern)

    def strikes(self, random: Random) -> bool:
        """Count a matching call, and say whether this is one to spoil."""
        self.seen += 1
        if self.seen < self.nth or (self.times is not None and self.struck >= self.times):
            return False
        if self.probability < 1 and random.random() >= self.probability:
            return False
        self.struck += 1
        return True

    @property
    def is_spent(self) -> bool:
        return self.times is not None and self.struck >= self.times

    # How it strikes is its kind's to say.

    def arrives(self, service: Service, request: Request) -> Response | None:
        return KINDS[self.kind].arrives(self, service, request)

    def acts(self, act: Act) -> Response:
        return KINDS[self.kind].acts(self, act)

    def answers(self, response: Response) -> Response:
        return KINDS[self.kind].answers(self, response)

    @property
    def pause(self) -> float:
        """Seconds to wait before Xero acts."""
        return (1.0 if self.seconds is None else self.seconds) if KINDS[self.kind].pauses else 0.0


@dataclass(frozen=True)
class Kind:
    """How a fault strikes: on arrival, while Xero acts, and on the answer's way back."""

    sentence: str
    arrives: Callable[[Fault, Service, Request], Response | None] = lambda fault, service, request: None
    acts: Callable[[Fault, Act], Response] = lambda fault, act: act()
    answers: Callable[[Fault, Response], Response] = lambda fault, response: response
    pauses: bool = False


def _drop_before(fault: Fault, service: Service, request: Request) -> Response | None:
    raise Dropped(acted=False)


def _drop_after(fault: Fault, response: Response) -> Response:
    raise Dropped(acted=True)


def _internal_error() -> Response:
    return replies.as_json({"ErrorNumber": 500, "Type": "InternalError", "Message": "An error occurred in Xero."}, 500)


def _act_then_fail(fault: Fault, act: Act) -> Response:
    act()
    return _internal_error()


def _page(fault: Fault) -> Response:
    return replies.page("Bad Gateway", fault.status)


def _offline(fault: Fault, service: Service, request: Request) -> Response:
    return replies.plain("The Organisation is offline", 503)


def _limit(problem: str, header: str = "", retry_after: int | None = None) -> Callable[..., Response]:
    def refuse(fault: Fault, service: Service, request: Request) -> Response:
        response = replies.plain("Rate Limit Exceeded", 429)
        response.headers["X-Rate-Limit-Problem"] = problem
        if header:
            response.headers[header] = "0"
        if retry_after is not None:
            response.headers["Retry-After"] = str(retry_after if fault.seconds is None else int(fault.seconds))
        return response

    return refuse


def _half(fault: Fault, response: Response) -> Response:
    """The length promised is the whole body's; the connection closes half way."""
    response.headers["Content-Length"] = str(len(response.body))
    return Response(response.status, response.body[: len(response.body) // 2], response.headers)


def _garbage(fault: Fault, response: Response) -> Response:
    return Response(200, b'{"Status":"OK","Invoices":"none today"}', {**response.headers, "Content-Type": replies.JSON})


KINDS: dict[str, Kind] = {
    "none": Kind("Nothing happens"),
    "timeout": Kind("The request is lost before Xero acts", arrives=_drop_before),
    "lost": Kind("Xero acts, then the answer is lost", answers=_drop_after),
    "error": Kind("500 before Xero acts", acts=lambda fault, act: _internal_error()),
    "error_after": Kind("500 after Xero acted", acts=_act_then_fail),
    "offline": Kind("503, the organisation is offline", arrives=_offline),
    "html": Kind(
        "An HTML page instead of an answer; nothing done", arrives=lambda fault, service, request: _page(fault)
    ),
    "html_after": Kind("An HTML page instead of an answer; Xero acted", answers=lambda fault, response: _page(fault)),
    "minute": Kind("429, the minute's limit", arrives=_limit("minute", "X-MinLimit-Remaining", 22)),
    "day": Kind("429, the day's limit", arrives=_limit("day", "X-DayLimit-Remaining", 66975)),
    "concurrent": Kind("429, five calls at once", arrives=_limit("concurrent")),
    "appminute": Kind("429, the app's minute", arrives=_limit("appminute", "X-AppMinLimit-Remaining")),
    "half": Kind("Xero acts; half the answer arrives", answers=_half),
    "slow": Kind("Xero takes its time", pauses=True),
    "garbage": Kind("Xero acts; the JSON makes no sense", answers=_garbage),
    "expired": Kind("The access token expires", arrives=lambda fault, service, request: service.expire_token(request)),
    "revoked": Kind(
        "The user takes the app's consent away", arrives=lambda fault, service, request: service.revoke_consent(request)
    ),
    "disconnected": Kind(
        "The organisation is disconnected", arrives=lambda fault, service, request: service.disconnect(request)
    ),
}


NO_FAULT = Fault("none")


@dataclass
class Faults:
    """The queue of faults; of several that match a call the first that strikes wins."""

    random: Random = field(default_factory=Random)
    waiting: list[Fault] = field(default_factory=list)
    made: int = 0

    def add(self, fault: Fault) -> Fault:
        self.made += 1
        fault.id = str(self.made)
        self.waiting.append(fault)
        return fault

    def remove(self, fault_id: str) -> None:
        self.waiting = [fault for fault in self.waiting if fault.id != fault_id]

    def clear(self) -> None:
        self.waiting.clear()

    def strike(self, request: Request) -> Fault:
        """The fault this call meets, NO_FAULT if none. One that has struck its last time leaves the queue."""
        for fault in self.waiting:
            if fault.matches(request) and fault.strikes(self.random):
                self.waiting = [each for each in self.waiting if not each.is_spent]
                return fault
        return NO_FAULT

    # -- over HTTP

    def handle(self, request: Request) -> Response:
        """GET lists, POST adds one (a JSON object of Fault's fields) or DELETE clears. For tests of other programs."""
        if request.method == "POST":
            return self._post(request)
        if request.method == "DELETE":
            self.clear()
            return Response(204)
        return replies.as_json({"faults": [asdict(fault) for fault in self.waiting], "kinds": sentences()})

    def _post(self, request: Request) -> Response:
        try:
            fault = self.add(read(request.json()))
        except (ValueError, TypeError) as error:
            return replies.as_json({"error": str(error)}, 400)
        return replies.as_json(asdict(fault), 201)


SETTABLE = {each.name for each in fields(Fault)} - {"id", "seen", "struck"}


def read(body: Any) -> Fault:
    """A fault from JSON. Raises ValueError or TypeError with a sentence."""
    if not isinstance(body, dict):
        raise TypeError("a fault is a JSON object")
    if unknown := set(body) - SETTABLE:
        raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
    numbers = {name: float(body[name]) for name in ("probability", "seconds") if body.get(name) is not None}
    return Fault(**{"kind": "", **body, **numbers})


def sentences() -> dict[str, str]:
    return {name: kind.sentence for name, kind in KINDS.items()}
