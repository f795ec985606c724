"""Where Xero shows us connected and we are not: found by itself, and taken up."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounting_sync import connections, directory, setup
from accounting_sync.connections import AnotherOrganisation, NoOrganisation
from accounting_sync.models import Connection, UnfinishedConsent
from accounting_sync.wake import wake_drain, wake_pull
from accounting_sync.walk import Incomplete
from accounting_sync.xero import oauth
from accounting_sync.xero.client import Client
from accounting_sync.xero.oauth import ConnectionLost
from accounting_sync.xero.transport import NoAnswer, NotSent

log = logging.getLogger(__name__)
TOKEN_LIVES = timedelta(minutes=29)  # Xero's, 30 minutes, less the time a call takes


def work() -> None:
    """Finish what was begun; then ask whether Xero lets us in after all."""
    finish_consents()
    connection = Connection.objects.live().first()
    if connection:
        repair(connection)


def finish_consents() -> None:
    """Ask again which organisation a consent was for. One too old to ask with is dropped: Connect takes it up."""
    consent = _latest_consent()
    if consent is None:
        return
    try:
        setup.read_books(connections.finish(consent))
    except (Incomplete, NoAnswer, NotSent) as error:
        log.warning("The organisation of a consent, or its books, could not be read yet: %s", error)
    except (NoOrganisation, AnotherOrganisation, ConnectionLost) as error:
        log.warning("A consent came to nothing: %s", error)


@transaction.atomic
def _latest_consent() -> UnfinishedConsent | None:
    UnfinishedConsent.objects.filter(given_at__lt=timezone.now() - TOKEN_LIVES).delete()
    return UnfinishedConsent.objects.first()


def repair(connection: Connection) -> bool:
    """Whether a connection that was lost stands again: Xero lists it, and lets its books be read.

    One that lacks a permission needs a person: Xero would list it all the same.
    """
    lost = connection.status == Connection.Status.RECONNECT and connection.cause != Connection.Cause.SCOPE
    if not lost or not connection.refresh_token:
        return False
    try:
        there = oauth.listed(connection)
        if there is None:
            return False
        directory.reload(Client(connection))
    except (ConnectionLost, Incomplete, NoAnswer, NotSent) as error:
        log.info("%s is not back: %s", connection, error)
        return False
    connections.found_again(connection, there)
    wake_drain()
    wake_pull()
    return True
