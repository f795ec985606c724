"""Time as the simulation tells it, for our product and for the sandbox alike."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

BEGINNING = datetime(2026, 7, 20, 20, 0, tzinfo=UTC)  # a Tuesday morning in Auckland


class Clock:
    """Moves only when told to. What was arranged for a moment happens when the clock passes it."""

    def __init__(self) -> None:
        self.now = BEGINNING
        self.arranged: list[tuple[datetime, Callable[[], None]]] = []

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        until = self.now + timedelta(seconds=seconds)
        while due := [one for one in self.arranged if one[0] <= until]:
            first = min(due, key=lambda one: one[0])
            self.arranged.remove(first)
            self.now = max(self.now, first[0])
            first[1]()
        self.now = max(self.now, until)

    def arrange(self, seconds: float, happening: Callable[[], None]) -> None:
        self.arranged.append((self.now + timedelta(seconds=seconds), happening))

    # what the oauth client asks of the time module

    def monotonic(self) -> float:
        return self.now.timestamp()

    def sleep(self, seconds: float) -> None:
        self.forward(seconds)
