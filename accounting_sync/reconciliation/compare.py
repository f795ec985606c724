"""Both sides of an account on a day, why they differ, and the one journal that may put Xero right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from accounting_sync.models import Connection, Reconciliation, XeroAccount
from accounting_sync.models import Mapping as Chosen
from accounting_sync.reconciliation import here, there
from accounting_sync.reconciliation.here import Entry
from accounting_sync.wake import wake_drain
from accounting_sync.xero.client import Client
from workshop.errors import NotAllowedNow
from workshop.models import AccountRole, Organisation, StockJournal
from workshop.money import ZERO
from workshop.stock.posting import post_without_goods

Reason, Account = Reconciliation.Reason, Reconciliation.Account
KINDS = {
    "ManualJournals": ("journal",),
    "Invoices": ("bill", "invoice"),
    "CreditNotes": ("supplier_credit", "credit_note"),
}
JOURNAL_PUTS_RIGHT = {Reason.OPENING, Reason.REST}


def reconcile(connection: Connection, as_at: date | None = None, client: Client | None = None) -> list[Reconciliation]:
    """Compare both accounts and keep the result, one row for each account and day.

    One call where everything is explained by what we know; else every list that may touch the account is read.
    Raises NotAllowedNow for an account that is not chosen; ConnectionLost, NotSent, NoAnswer or Incomplete.
    """
    as_at = as_at or Organisation.current().today()
    client = client or Client(connection)
    return [_compare(client, account, as_at) for account in Account.values if _chosen(connection, account)]


def _chosen(connection: Connection, account: str) -> XeroAccount | None:
    code = Chosen.objects.filter(connection=connection, subject="account", key=account).values("value")[:1]
    return XeroAccount.objects.filter(connection=connection, code=code).first()


def _compare(client: Client, account: str, as_at: date) -> Reconciliation:
    chosen = _chosen(client.connection, account)
    if chosen is None:
        raise NotAllowedNow(f"No account is chosen for {Account(account).label}.")
    in_xero = there.balance(client, chosen, as_at)
    worth = here.worth(account, as_at)
    known = [*here.without_a_document(account, as_at), *here.not_in_step(client.connection, account, as_at)]
    entries, foreign = _explained(client, account, as_at, chosen, in_xero - worth, known)
    return _keep(client.connection, account, as_at, worth, in_xero, entries, foreign)


def _explained(
    client: Client, account: str, as_at: date, chosen: XeroAccount, difference: Decimal, known: list[Entry]
) -> tuple[list[Entry], Decimal]:
    """The entries that add up to the difference, and the sum of foreign journals among them.

    Where the accountant's opening balance is the garage's opening stock, neither is told.
    """
    opened = [entry for entry in known if entry.reason != Reason.OPENING]
    if _sum(opened) == difference:
        return opened, ZERO
    if _sum(known) == difference:
        return known, ZERO
    walked, foreign = _walked(client, account, as_at, chosen, known)
    entries = [*known, *walked]
    rest = difference - _sum(entries)
    return [*entries, *([Entry(Reason.REST, rest, "No document explains it")] if rest else [])], foreign


def _sum(entries: Iterable[Entry]) -> Decimal:
    return sum((entry.amount for entry in entries), ZERO)


def _walked(
    client: Client, account: str, as_at: date, chosen: XeroAccount, known: Iterable[Entry]
) -> tuple[list[Entry], Decimal]:
    """Documents of others on the account, and ours that are not what we sent."""
    ours = here.expected(client.connection, account, as_at)
    told = {(entry.kind, entry.object_id) for entry in known}
    ids = here.object_ids(client.connection, ours)
    entries, foreign = [], ZERO
    for document in there.documents(client, chosen.code):
        key = next(
            (
                (kind, document.remote_id)
                for kind in KINDS.get(document.resource, ())
                if (kind, document.remote_id) in ours
            ),
            None,
        )
        amount = document.amount if document.live and document.dated <= as_at.isoformat() else ZERO
        if key is None and amount:
            entries.append(_entry(Reason.FOREIGN, amount, document))
            foreign += amount if document.resource == "ManualJournals" else ZERO
        elif key and (key[0], ids[key]) not in told:
            entries += _changed(document, amount, ours[key])
    return entries, foreign


def _changed(document: there.Document, amount: Decimal, expected: tuple[Decimal, str, date]) -> list[Entry]:
    should, _, day = expected
    if amount == should:
        return []
    reason = Reason.OTHER_DATE if document.live and document.dated != day.isoformat() else Reason.CHANGED
    return [_entry(reason, amount - should, document)]


def _entry(reason: str, amount: Decimal, document: there.Document) -> Entry:
    return Entry(reason, amount, document.title, document.resource, None, document.remote_id, document.dated)


@transaction.atomic
def _keep(
    connection: Connection,
    account: str,
    as_at: date,
    worth: Decimal,
    in_xero: Decimal,
    entries: Iterable[Entry],
    foreign: Decimal,
) -> Reconciliation:
    entries = [entry for entry in entries if entry.amount]
    wrong = sum((entry.amount for entry in entries if entry.reason in JOURNAL_PUTS_RIGHT), foreign)
    values = {
        "here": worth,
        "in_xero": in_xero,
        "proposed": -wrong - here.corrections(account),
        "entries": [asdict(entry) for entry in entries],
        "computed_at": timezone.now(),
    }
    kept, _ = Reconciliation.objects.update_or_create(
        connection=connection, account=account, as_at=as_at, defaults=values
    )
    return kept


def terms(reconciliation: Reconciliation) -> Mapping[str, Decimal]:
    """The difference by reason, in the order they are told."""
    sums = dict.fromkeys(Reason.values, ZERO)
    for entry in reconciliation.entries:
        sums[entry["reason"]] += Decimal(entry["amount"])
    return {reason: amount for reason, amount in sums.items() if amount}


@transaction.atomic
def correct(reconciliation: Reconciliation, *, on: date | None = None) -> StockJournal:
    """Post the proposed journal: it puts Xero right and changes nothing here. For a person to decide.

    Raises NotAllowedNow where none is proposed any more, InvalidInput for a day in closed books.
    """
    reconciliation = Reconciliation.objects.select_for_update().get(pk=reconciliation.pk)
    if not reconciliation.proposed:
        raise NotAllowedNow("No correction is proposed. Compare again.")
    narration = f"Correction of {reconciliation.get_account_display()} as at {date_format(reconciliation.as_at)}"
    amounts = [(reconciliation.account, AccountRole.ADJUSTMENT.value, reconciliation.proposed)]
    (journal,) = post_without_goods(StockJournal.Kind.CORRECTING, amounts, narration, on)
    reconciliation.proposed = ZERO
    reconciliation.save(update_fields=["proposed"])
    wake_drain()
    return journal


def nightly(connection: Connection) -> None:
    """As the last day ended, once, where anything of stock goes to Xero."""
    yesterday = Organisation.current().today() - timedelta(days=1)
    if connection.moves_stock and not connection.reconciliations.filter(as_at=yesterday).exists():
        reconcile(connection, yesterday)
