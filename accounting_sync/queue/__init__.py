"""The only writer of SyncRecord and Attempt. It knows neither Xero nor what a document contains.

wanting → claiming → (the call) → settling; deciding is a person's, importing is Xero's, sweeping is the clock's.
"""

from accounting_sync.queue.claiming import (
    Intent,
    Result,
    accepted_bodies,
    adopt,
    claim,
    due,
    open_attempts,
    park,
    put_off,
    unchanged,
)
from accounting_sync.queue.deciding import (
    again,
    agree,
    ask_first,
    caught_up,
    decided,
    exclude,
    exclude_many,
    forget,
    overwrite,
    released,
    retry,
    skip,
    unskip,
)
from accounting_sync.queue.importing import (
    Link,
    News,
    Question,
    conflict,
    imported,
    link_imported,
    link_many,
    merged,
    saw,
    warn,
)
from accounting_sync.queue.row import release
from accounting_sync.queue.settling import HORIZON, settle, wake
from accounting_sync.queue.sweeping import beat, look_again, sweep_stale
from accounting_sync.queue.wanting import want, want_again, want_many

__all__ = [
    "HORIZON",
    "Intent",
    "Link",
    "News",
    "Question",
    "Result",
    "accepted_bodies",
    "adopt",
    "again",
    "agree",
    "ask_first",
    "beat",
    "caught_up",
    "claim",
    "conflict",
    "decided",
    "due",
    "exclude",
    "exclude_many",
    "forget",
    "imported",
    "link_imported",
    "link_many",
    "look_again",
    "merged",
    "open_attempts",
    "overwrite",
    "park",
    "put_off",
    "release",
    "released",
    "retry",
    "saw",
    "settle",
    "skip",
    "sweep_stale",
    "unchanged",
    "unskip",
    "wake",
    "want",
    "want_again",
    "want_many",
    "warn",
]
