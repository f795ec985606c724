"""Where a record stands with Xero, in words and a tone: amber heals by itself, red asks, grey rests, green agrees."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Case, Q, Value, When

from accounting_sync.errors import BY_CODE, HELD_UP
from accounting_sync.models import Connection, State, SyncRecord
from accounting_sync.models.sync_record import UNRESOLVED, SyncRecordQuerySet

HEALS, ASKS, RESTS, AGREES = "heals", "asks", "rests", "agrees"
TONES: dict[str, str] = {
    State.PENDING: HEALS,
    State.SENDING: HEALS,
    State.UNKNOWN: HEALS,
    State.WAITING: HEALS,
    State.WARNING: ASKS,
    State.CONFLICT: ASKS,
    State.SKIPPED: RESTS,
    State.SYNCED: AGREES,
}
MEANWHILE: dict[str, str] = {
    State.PENDING: "It goes by itself, usually within seconds.",
    State.SENDING: "It is on its way right now.",
    State.UNKNOWN: "It was sent, but no answer came. Xero is asked before anything is sent again.",
    State.WAITING: "It follows by itself as soon as the cause is gone.",
    State.SYNCED: "Xero holds what is shown here.",
}


@dataclass(frozen=True)
class Standing:
    """What a person reads about one record."""

    tone: str
    words: str
    sentence: str
    cure: str


def standing(record: SyncRecord) -> Standing:
    cure = BY_CODE.get(record.code) if record.state not in {State.PENDING, State.SENDING, State.UNKNOWN} else None
    sentence = record.message or (cure.sentence if cure else "")
    state = State(record.state)
    what_to_do = cure.cure if cure else MEANWHILE.get(state, "")
    return Standing(TONES[state], state.label, sentence, "" if what_to_do in sentence else what_to_do)


HELD = Q(state=State.WAITING, code__in=HELD_UP)
ASKS_SOMEBODY = Q(state__in=UNRESOLVED) | HELD


def in_use() -> SyncRecordQuerySet:
    """The records of the organisation in use; after a disconnection, of the one used last."""
    live = Case(When(status=Connection.Status.DISCONNECTED, then=Value(1)), default=Value(0))
    latest = Connection.objects.order_by(live, "-status_since", "-pk").values("pk")[:1]
    return SyncRecord.objects.filter(connection=latest)
