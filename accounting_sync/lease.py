"""One drain per organisation: a lease with a fencing token, taken by compare-and-swap on any database."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.utils import timezone

from accounting_sync.models import Connection

LENGTH = timedelta(seconds=120)
CALL = timedelta(seconds=40)  # a call may take this long; the lease must outlive it


@dataclass(frozen=True)
class Lease:
    connection_id: int
    token: str
    fence: int

    def holds(self, now: datetime) -> bool:
        """Still ours for long enough to finish one call, and the connection still in use; extends it."""
        mine = Connection.objects.filter(
            pk=self.connection_id,
            status=Connection.Status.CONNECTED,
            lease_token=self.token,
            fence=self.fence,
            lease_until__gt=now + CALL,
        )
        return mine.update(lease_until=now + LENGTH) == 1

    def release(self) -> None:
        Connection.objects.filter(pk=self.connection_id, lease_token=self.token).update(lease_until=None)


def claim(connection: Connection, now: datetime | None = None) -> Lease | None:
    """The lease, or None while another worker holds it or the connection is not to be used."""
    now = now or timezone.now()
    token = str(uuid.uuid4())
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    open_to_calls = Q(parked_until=None) | Q(parked_until__lte=now)
    won = Connection.objects.filter(free, open_to_calls, pk=connection.pk, status=Connection.Status.CONNECTED).update(
        lease_token=token, lease_until=now + LENGTH, fence=F("fence") + 1
    )
    if not won:
        return None
    connection.refresh_from_db()
    return Lease(connection.pk, token, connection.fence)
