"""Verbs on devices: a phone's or tablet's own key to the API."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from workshop.models import DeviceToken

LIFETIME = timedelta(days=90)
# One write per request would queue every reader behind SQLite's single writer.
SEEN_EVERY = timedelta(minutes=5)


@transaction.atomic
def register_device(user: User, name: str) -> tuple[DeviceToken, str]:
    """A new device and its key: 32 random bytes, given out here and never again. Valid for 90 days."""
    key = secrets.token_urlsafe(32)
    device = DeviceToken(user=user, name=name, digest=digest(key), expires_at=timezone.now() + LIFETIME)
    device.full_clean()
    device.save()
    return device, key


def digest(key: str) -> str:
    """Plain SHA-256 is enough: the key is random, so there is nothing to guess it from."""
    return hashlib.sha256(key.encode()).hexdigest()


def device_with_key(key: str) -> DeviceToken | None:
    """The live device of an active user, noted as seen; None for a key that is unknown, revoked or out of date."""
    device = DeviceToken.objects.select_related("user").filter(digest=digest(key)).first()
    if device is None or not device.live or not device.user.is_active:
        return None
    now = timezone.now()
    if device.last_used_at is None or now - device.last_used_at > SEEN_EVERY:
        DeviceToken.objects.filter(pk=device.pk).update(last_used_at=now)
    return device


@transaction.atomic
def revoke_device(device: DeviceToken) -> DeviceToken:
    """Shut the device out from its next request on; revoking twice changes nothing."""
    device = DeviceToken.objects.select_for_update().get(pk=device.pk)
    device.revoked_at = device.revoked_at or timezone.now()
    device.save(update_fields=["revoked_at"])
    return device
