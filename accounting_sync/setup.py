"""Verbs of setting up: what goes to Xero, and which account, tax rate and payment account there stand for ours."""

from __future__ import annotations

from collections.abc import Mapping as MappingType

from django.db import transaction
from django.utils import timezone
from django.utils.text import capfirst

from accounting_sync import directory, queue, settings_history
from accounting_sync.choices import BALANCES, Choice, choices
from accounting_sync.models import Connection, Mapping
from accounting_sync.proposals import proposals
from accounting_sync.reconcile import SWITCHES
from accounting_sync.wake import wake_drain, wake_pull
from accounting_sync.xero.client import Client


class NotOffered(ValueError):
    """A value was chosen that may not stand there; it says why. ``key`` names the row."""

    def __init__(self, choice: Choice, why: str) -> None:
        super().__init__(why)
        self.key = f"{choice.subject}-{choice.key}"


def why_not(choice: Choice, value: str) -> str:
    """A sentence with the way out."""
    return dict(choice.refused).get(value) or f"{choice.label}: choose one of the list."


@transaction.atomic
def choose(connection: Connection, values: MappingType[tuple[str, str], str]) -> int:
    """Save mappings by (subject, key); an empty value takes one away. What waited for them goes. Raises NotOffered."""
    rows, changes = choices(connection), []
    for choice in rows:
        value = values.get((choice.subject, choice.key))
        if value is None or value == choice.value:
            continue
        if value and value not in dict(choice.options):
            raise NotOffered(choice, why_not(choice, value))
        _save(connection, choice.subject, choice.key, value)
        changes.append(f"{choice.label}: {_named(choice, value)}, before {_named(choice, choice.value)}")
    _keep_apart(rows, values)
    settings_history.note(connection, "; ".join(changes))
    woken = queue.wake(
        connection, ["mapping", "account_archived", "account_invalid", "tax_invalid", "tracking_invalid"]
    )
    if woken or (connection.set_up_at is None and is_complete(connection)):
        wake_drain()
    return woken


def _named(choice: Choice, value: str) -> str:
    return dict(choice.options).get(value, value) or "none"


def _keep_apart(rows: list[Choice], values: MappingType[tuple[str, str], str]) -> None:
    """Of two balances in one account neither can be proved against Xero."""
    ours = {row.key: row for row in rows if row.subject == "account" and row.key in BALANCES}
    stock, wip = (values.get(("account", key), ours[key].value) if key in ours else "" for key in BALANCES)
    if stock and stock == wip:
        row = ours["wip"]
        raise NotOffered(
            row, f"{dict(row.options)[wip]} is chosen for Stock on Hand. Each needs an account of its own."
        )


def _save(connection: Connection, subject: str, key: str, value: str) -> None:
    if value:
        Mapping.objects.update_or_create(connection=connection, subject=subject, key=key, defaults={"value": value})
    else:
        Mapping.objects.filter(connection=connection, subject=subject, key=key).delete()


def missing(connection: Connection) -> list[Choice]:
    return [choice for choice in choices(connection) if not choice.settled and (choice.needed or choice.value)]


def is_complete(connection: Connection) -> bool:
    """Whether everything was chosen once. Afterwards one missing account holds back only what needs it.

    Source: the set-up guide, "check first that the set-up is complete".
    """
    if connection.set_up_at is None:
        connection.refresh_from_db(fields=["set_up_at", "organisation_checked_at"])
    if connection.set_up_at is None and connection.organisation_checked_at and not missing(connection):
        connection.set_up_at = timezone.now()
        connection.save(update_fields=["set_up_at"])
    return connection.set_up_at is not None


def read_books(connection: Connection) -> int:
    """Read accounts, tax rates and lock dates, and match what is not chosen yet; returns how many were found.

    Raises ConnectionLost, NotSent, NoAnswer or Incomplete.
    """
    directory.reload(Client(connection))
    found = propose_mappings(connection)
    wake_drain()
    wake_pull()
    return found


def propose_mappings(connection: Connection) -> int:
    """Fill what is not chosen yet, by type and name. Nothing a person chose is touched; returns how many were found."""
    found = proposals(connection, [choice for choice in choices(connection) if not choice.value])
    choose(connection, found)
    return len(found)


def choose_invoice_options(connection: Connection, **chosen: bool) -> None:
    """How invoices go, and whether they are edited afterwards. What is in Xero already stays there as it is."""
    for name, value in chosen.items():
        setattr(connection, name, value)
    connection.save(update_fields=list(chosen))
    settings_history.note(connection, _in_words(connection, chosen))


def _in_words(connection: Connection, chosen: MappingType[str, bool]) -> str:
    names = {name: capfirst(connection._meta.get_field(name).verbose_name) for name in chosen}  # type: ignore[union-attr]
    return "; ".join(f"{names[name]}: {'on' if value else 'off'}" for name, value in chosen.items())


@transaction.atomic
def switch(connection: Connection, **on: bool) -> None:
    """Turn “purchases” or “journals” on or off; accounts that this needs are matched by type and name.

    What came to be while a switch was off stays here for good; what Xero holds already is kept in step all the same.
    """
    now = timezone.now()
    locked = Connection.objects.select_for_update().get(pk=connection.pk)
    turned = {name: wanted for name, wanted in on.items() if wanted != bool(locked.switches[name])}
    for name, wanted in turned.items():
        setattr(locked, f"{name}_since", now if wanted else None)
    words = (f"“{SWITCHES[name]}” turned {'on' if wanted else 'off'}" for name, wanted in turned.items())
    settings_history.note(connection, "; ".join(words))
    locked.save(update_fields=[f"{name}_since" for name in on])
    connection.refresh_from_db()
    propose_mappings(connection)
    queue.look_again(connection)  # what waited may now stay here by choice
    wake_drain()
