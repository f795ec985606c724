"""All that is needed to look into one record, and nothing about anybody: ids, times, hashes and what was decided."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from accounting_sync.errors import BY_CODE
from accounting_sync.models import Attempt, Connection, SyncRecord
from accounting_sync.plan import instance

LATEST = 100
RECORD = [
    "id", "kind", "object_id", "remote_id", "remote_status", "remote_updated_at", "wanted", "synced", "generation",
    "body_hash", "remote_hash", "state", "code", "since", "waiting_on_id", "rank", "priority", "not_before", "tries",
    "open_attempt_id", "last_exported_at", "last_imported_at", "do_not_export", "do_not_import", "decided_by_id",
    "decided_at",
]  # fmt: skip
ATTEMPT = [
    "id", "call_id", "direction", "trigger", "actor_id", "operation", "version", "generation", "fence", "method",
    "path", "idempotency_key", "body_hash", "started_at", "finished_at", "outcome", "http_status", "correlation_id",
    "milliseconds",
]  # fmt: skip
CONNECTION = [
    "id", "tenant_id", "status", "cause", "status_since", "country", "currency", "plan_class", "is_demo",
    "period_lock_date", "year_lock_date", "organisation_checked_at", "token_expires_at", "scopes", "minute_left",
    "day_left", "limits_at", "parked_until", "start_date", "purchases_since", "journals_since", "orders_since",
    "items_since", "set_up_at", "whole_descriptions", "locks_invoices", "contact_rule", "last_webhook_at",
    "unannounced",
]  # fmt: skip


def bundle(record: SyncRecord) -> dict[str, Any]:
    """Ready for JSON. Bodies are told by hash and size; names, addresses and Xero's words about them are left out."""
    cure = BY_CODE.get(record.code)
    attempts = record.attempts.order_by("-id")[:LATEST]
    return {
        "made_at": timezone.now(),
        "installation": instance(),
        "record": _fields(record, RECORD),
        "meaning": {"sentence": cure.sentence, "cure": cure.cure} if cure else None,
        "attempts": [_attempt(attempt) for attempt in attempts],
        "connection": _fields(record.connection, CONNECTION),
    }


def as_text(record: SyncRecord) -> str:
    return json.dumps(bundle(record), cls=DjangoJSONEncoder, indent=2)


def _fields(row: SyncRecord | Attempt | Connection, names: list[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return _fields(attempt, ATTEMPT) | {"sent": _told(attempt.body), "received": _told(attempt.response)}


def _told(body: dict[str, Any]) -> dict[str, Any] | None:
    if not body:
        return None
    text = json.dumps(body, sort_keys=True, default=str)
    return {"sha256": hashlib.sha256(text.encode()).hexdigest(), "characters": len(text), "fields": sorted(body)}
