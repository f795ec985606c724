"""What must be done before everything goes to Xero, and where."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from accounting_sync import numbering, setup
from accounting_sync.choices import Choice
from accounting_sync.models import Connection, Worker
from accounting_sync.reconcile import SWITCHES


@dataclass(frozen=True)
class Step:
    done: bool
    sentence: str
    url: str = ""


#: subjects of the mapping: what all of them are called, and one or several that are missing
SUBJECTS = [
    ({"account"}, "Every account is chosen", "account{} to choose"),
    ({"tax", "purchase"}, "Every tax rate is chosen", "tax rate{} to choose"),
    ({"payment"}, "Every way of paying has its account", "way{} of paying without an account"),
]


def _chosen(read: bool, missing: list[Choice], subjects: set[str], done: str, to_do: str) -> Step:
    """Until the accounts are read nothing can be chosen."""
    number = sum(choice.subject in subjects for choice in missing)
    words = f"{number} {to_do.format('' if number == 1 else 's')}" if number else done
    return Step(read and not number, words if read else f"{done}: not yet", reverse("accounting:mappings"))


def _what_goes(connection: Connection) -> str:
    on = [SWITCHES[name] for name, since in connection.switches.items() if since]
    return f"Switched on besides invoices: {', '.join(on)}" if on else "Only invoices, credit notes and payments go"


def _from_which_day(connection: Connection) -> str:
    day = connection.start_date
    return f"Documents go from {date_format(day, 'j M Y')} on" if day else "All documents go, of whatever day"


def _site(missing: list[Choice]) -> list[Step]:
    """Nobody need choose one; but one that was chosen and is gone holds everything up."""
    gone = "The tracking option of this site is gone in Xero: choose another, or none"
    return [Step(False, gone, reverse("accounting:mappings")) for choice in missing if choice.subject == "site"]


def _numbers(connection: Connection) -> Step:
    taken = numbering.clashes(connection)
    if not taken:
        return Step(True, "The next invoice, credit note and order numbers are free in Xero")
    number, whose = next(iter(taken.items()))
    more = f" and {len(taken) - 1} of the next too" if len(taken) > 1 else ""
    sentence = f"{number} is taken in Xero ({whose}){more}: choose another prefix or a higher next number, then reload"
    return Step(False, sentence, reverse("admin:workshop_numbersequence_changelist"))


def checklist(connection: Connection) -> list[Step]:
    """What must be true before everything can flow, as it stands in the database: closing the browser loses nothing."""
    missing = setup.missing(connection)
    beat = Worker.objects.values_list("beat_at", flat=True).first()
    working = beat is not None and timezone.now() - beat < Worker.SILENCE
    read = connection.organisation_checked_at is not None
    tracked = sum(connection.accounts.values_list("tracked_items", flat=True)) if connection.journals_since else 0
    twice = f"Xero tracks {tracked} items itself: COGS would be posted twice. Untrack them there, then reload"
    steps = [
        Step(connection.status == Connection.Status.CONNECTED, "Connected, and not paused"),
        Step(read, "Accounts, tax rates and lock dates are read" if read else "Accounts are not read yet: reload"),
        *(_chosen(read, missing, *subject) for subject in SUBJECTS),
        *_site(missing),
        _numbers(connection),
        Step(True, _what_goes(connection), "#stock"),
        Step(connection.cause != Connection.Cause.ANOTHER, _from_which_day(connection), "#start"),
        Step(working, "The background worker is running" if working else "The background worker is not running"),
    ]
    return [*steps, Step(False, twice)] if tracked else steps
