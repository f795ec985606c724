"""Xero's webhooks: the signature first, on the raw bytes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from dataclasses import dataclass

from django.conf import settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Event:
    tenant_id: str
    category: str


def signed_by_xero(body: bytes, signature: str) -> bool:
    if not settings.XERO_WEBHOOK_KEY:
        return False
    digest = hmac.new(settings.XERO_WEBHOOK_KEY.encode(), body, hashlib.sha256).digest()
    return hmac.compare_digest(base64.b64encode(digest), signature.encode(errors="replace"))


def events(body: bytes) -> list[Event]:
    """An intent to receive has none. What cannot be understood is left to the poll: refusing it would stop the rest."""
    try:
        rows = json.loads(body)["events"]
        return [Event(str(row.get("tenantId")), str(row.get("eventCategory"))) for row in rows]
    except (ValueError, LookupError, TypeError, AttributeError):
        log.warning("A webhook of Xero's could not be understood (%d bytes)", len(body))
        return []
