"""How well keeping Xero in step goes: ages, counts and shares, for the first page of the office. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from django.db.models import Subquery
from django.utils import timezone

from accounting_sync import connections, export_runs, plan_caps
from accounting_sync.documents import DOCUMENTS
from accounting_sync.models import Attempt, Connection, Reconciliation, State, SyncRecord
from accounting_sync.models.sync_record import QUEUED, UNRESOLVED
from workshop.models import Invoice, Organisation

DAY, BAR = timedelta(hours=24), timedelta(hours=1)
MOST_CALLS = 5000  # what one day's budget allows; a page that reads more is slow on a bad day
NIGHTS = 30
GOOD = {Attempt.Outcome.ACCEPTED, Attempt.Outcome.FOUND, Attempt.Outcome.UNCHANGED, Attempt.Outcome.IMPORTED}
BAD = {Attempt.Outcome.REJECTED, Attempt.Outcome.UNKNOWN, Attempt.Outcome.UNAUTHORISED}


@dataclass(frozen=True)
class Share:
    """Of one kind in the last day: how many calls succeeded, and how many did not."""

    label: str
    good: int
    bad: int

    @property
    def percent(self) -> int:
        """Rounded down: 100 means all of them."""
        return 100 * self.good // (self.good + self.bad)


@dataclass(frozen=True)
class Bar:
    """One hour of the chart: its place, and the heights of its two parts, each from 0 to 40."""

    x: int
    good: int
    bad: int
    words: str

    @property
    def top_of_good(self) -> int:
        return 40 - self.good

    @property
    def top_of_bad(self) -> int:
        return 40 - self.good - self.bad


@dataclass(frozen=True)
class Budget:
    """Calls of the day. ``share`` is what is left, in percent; None where Xero has not told yet."""

    left: int | None
    of: int

    @property
    def share(self) -> int | None:
        return None if self.left is None else min(100, 100 * self.left // self.of)


@dataclass(frozen=True)
class Outlook:
    """What is due in the queue and when Xero's limits let it be through; ``through_at`` is None where nothing moves."""

    records: int
    calls: int
    budget: Budget
    through_at: datetime | None


def outlook_of(connection: Connection, now: datetime) -> Outlook:
    """At best: an edit costs two calls."""
    counts = export_runs.by_kind(SyncRecord.objects.filter(connection=connection, state=State.PENDING))
    calls = export_runs.calls_of(counts)
    budget = Budget(connection.day_left, connections.calls_of_a_day(connection))
    begin = max(connection.parked_until or now, now)
    takes = connections.takes(calls, budget.of if budget.left is None else budget.left, budget.of)
    moves = connection.status == Connection.Status.CONNECTED
    return Outlook(sum(counts.values()), calls, budget, begin + takes if moves else None)


@dataclass(frozen=True)
class Account:
    """Stock or work in progress after the last night; ``line`` draws the nights before, in a box of 120 by 24."""

    label: str
    as_at: Any
    difference: Decimal
    line: str


@dataclass(frozen=True)
class Health:
    on_its_way_since: datetime | None
    waiting_since: datetime | None
    shares: list[Share]
    bars: list[Bar]
    budget: Budget
    plan: list[plan_caps.Use]
    off_balance: int
    accounts: list[Account]


def health_of(connection: Connection) -> Health:
    now = timezone.now()
    calls = _calls(connection, now)
    oldest = _oldest(connection)
    return Health(
        on_its_way_since=_first(oldest, set(QUEUED) - {State.WAITING}),
        waiting_since=_first(oldest, {State.WAITING, *UNRESOLVED}),
        shares=_shares(calls),
        bars=_bars(calls, now),
        budget=Budget(connection.day_left, connections.calls_of_a_day(connection)),
        plan=plan_caps.use(connection, Organisation.current().today()),
        off_balance=Invoice.objects.filter(changed_in_accounts=True).count(),
        accounts=_accounts(connection),
    )


def _oldest(connection: Connection) -> dict[str, datetime | None]:
    """Since when the oldest of each state is in it: the index by state and time is asked once for each."""
    records = SyncRecord.objects.filter(connection=connection).order_by("since", "id").values("since")
    ages = {f"{state}_since": Subquery(records.filter(state=state)[:1]) for state in [*QUEUED, *UNRESOLVED]}
    return cast("dict[str, datetime | None]", Connection.objects.filter(pk=connection.pk).values(**ages).get())


def _first(oldest: dict[str, datetime | None], states: set[State]) -> datetime | None:
    return min(filter(None, (oldest[f"{state}_since"] for state in states)), default=None)


Call = tuple[str, str, datetime]


def _calls(connection: Connection, now: datetime) -> list[Call]:
    """Kind, outcome and time of the last day's calls, the latest first."""
    attempts = Attempt.objects.filter(started_at__gt=now - DAY, sync_record__connection=connection)
    rows = attempts.exclude(outcome__in=["", Attempt.Outcome.DECIDED]).order_by("-started_at", "-id")
    return list(rows.values_list("sync_record__kind", "outcome", "started_at")[:MOST_CALLS])


def _shares(calls: Iterable[Call]) -> list[Share]:
    counts = Counter((kind, outcome in GOOD) for kind, outcome, _ in calls if outcome in GOOD | BAD)
    kinds = [kind for kind in DOCUMENTS if counts[kind, True] + counts[kind, False]]
    return [Share(f"{DOCUMENTS[kind].label}s", counts[kind, True], counts[kind, False]) for kind in kinds]


def _bars(calls: Iterable[Call], now: datetime) -> list[Bar]:
    """24 bars, the oldest hour first, against the fullest of them."""
    counts = Counter((int((now - at) / BAR), outcome in GOOD) for _, outcome, at in calls if outcome in GOOD | BAD)
    most = max([counts[ago, True] + counts[ago, False] for ago in range(24)] + [1])
    return [_bar(23 - ago, counts[ago, True], counts[ago, False], most, ago) for ago in range(23, -1, -1)]


def _bar(place: int, good: int, bad: int, most: int, ago: int) -> Bar:
    when = "in the last hour" if not ago else f"{ago} to {ago + 1} hours ago"
    return Bar(place * 10, -(-40 * good // most), -(-38 * bad // most), f"{good} went, {bad} did not, {when}")


def _accounts(connection: Connection) -> list[Account]:
    rows = Reconciliation.objects.filter(connection=connection).order_by("-as_at")[: NIGHTS * 2]
    by_account: dict[str, list[Reconciliation]] = {}
    for row in rows:
        by_account.setdefault(row.account, []).append(row)
    return [_account(nights) for _, nights in sorted(by_account.items())]


def _account(nights: list[Reconciliation]) -> Account:
    """``nights``: the latest first."""
    latest = nights[0]
    differences = [night.difference for night in reversed(nights)]
    return Account(latest.get_account_display(), latest.as_at, latest.difference, _line(differences))


def _line(values: list[Decimal]) -> str:
    """Points of an SVG polyline; one value alone is a flat line."""
    values = values * 2 if len(values) == 1 else values
    low, high = min(values), max(values)
    span = high - low or Decimal(1)
    step = Decimal(120) / (len(values) - 1)
    return " ".join(f"{n * step:.1f},{22 - (value - low) / span * 20:.1f}" for n, value in enumerate(values))
