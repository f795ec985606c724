"""Who and what Xero has: contacts, accounts, tax rates and the organisation itself, as last read."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounting_sync import connections, item_list, numbering, queue
from accounting_sync.choices import choices
from accounting_sync.documents import Call
from accounting_sync.documents.contact_fields import PHONES, flat
from accounting_sync.documents.document import moment
from accounting_sync.merging import apply_contacts
from accounting_sync.models import (
    Connection,
    Cursor,
    SyncRecord,
    XeroAccount,
    XeroContact,
    XeroTaxRate,
    XeroTrackingOption,
)
from accounting_sync.models.books import name_key
from accounting_sync.models.sync_record import IN_FLIGHT
from accounting_sync.walk import Incomplete, pages, read
from accounting_sync.xero.client import Client, Reply

log = logging.getLogger(__name__)
OVERLAP = timedelta(minutes=5)


def refresh(client: Client) -> int:
    """Read the contacts that changed since last time, and merge what is news of ours.

    The cursor moves only when the walk is complete, and passes nothing that could not be merged yet.
    """
    cursor, _ = Cursor.objects.get_or_create(connection=client.connection, resource="Contacts")
    started = timezone.now()
    since = cursor.since - OVERLAP if cursor.since else None
    call = Call("GET", "Contacts", {"includeArchived": "true"}, modified_since=since)
    seen, held = 0, []
    for rows, reply in pages(client, call, "Contacts"):
        keep_contacts(client.connection, rows)
        _follow_merges(client.connection, rows)
        held += apply_contacts(client.connection, rows)
        connections.note_limits(client.connection, reply.limits, timezone.now())
        seen += len(rows)
    Cursor.objects.filter(pk=cursor.pk).update(
        since=min([started, *filter(None, held)]), polled_at=timezone.now(), complete_at=timezone.now(), failure=""
    )
    return seen


@transaction.atomic
def keep_contacts(connection: Connection, rows: list[dict[str, Any]]) -> None:
    XeroContact.objects.bulk_create(
        [_contact(connection, row) for row in rows],
        update_conflicts=True,
        unique_fields=["connection", "contact_id"],
        update_fields=["name", "name_key", "email", "phones", "contact_number", "status", "merged_to"],
    )


@transaction.atomic
def _follow_merges(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """A contact merged into another lives on as that one, and our link with it. One link per contact: whose customer
    came there first keeps it.
    """
    merged = {row["ContactID"]: row["MergedToContactID"] for row in rows if row.get("MergedToContactID")}
    if not merged:
        return
    links = SyncRecord.objects.filter(connection=connection, kind="contact")
    taken = set(links.filter(remote_id__in=merged.values()).values_list("remote_id", flat=True))
    for record in links.filter(remote_id__in=merged).exclude(state__in=IN_FLIGHT).select_for_update():
        target = merged[record.remote_id or ""]
        if target not in taken:
            taken.add(target)
            queue.adopt(record, {"remote_id": target, "number": record.remote_number}, timezone.now())


def _contact(connection: Connection, row: dict[str, Any]) -> XeroContact:
    fields = flat(row)
    return XeroContact(
        connection=connection,
        contact_id=row["ContactID"],
        name=row.get("Name", "")[:255],
        name_key=name_key(row.get("Name", ""))[:255],
        email=row.get("EmailAddress") or "",
        phones=sorted({fields[kind] for kind in PHONES if fields.get(kind)}),
        contact_number=row.get("ContactNumber") or "",
        status=row.get("ContactStatus", "ACTIVE"),
        merged_to=row.get("MergedToContactID") or "",
    )


def reload(client: Client) -> None:
    """The organisation, its chart of accounts, tax rates and tracking options, which items Xero tracks and which of
    our next numbers it has: when connecting, on request and every few hours.
    """
    organisation = read(client, Call("GET", "Organisation"))
    accounts = read(client, Call("GET", "Accounts"))
    rates = read(client, Call("GET", "TaxRates"))
    categories = read(client, Call("GET", "TrackingCategories", {"includeArchived": "true"}))
    items = read(client, Call("GET", "Items", {"unitdp": "4"}))
    connections.note_limits(client.connection, items.limits, timezone.now())
    keep_organisation(client.connection, organisation.data["Organisations"][0])
    with transaction.atomic():
        tracked = Counter(str(item.get("InventoryAssetAccountCode") or "") for item in items.data["Items"])
        _keep_accounts(client.connection, accounts.data["Accounts"], tracked)
        _keep_tax_rates(client.connection, rates.data["TaxRates"])
        _unmap_other_percentages(client.connection)
        _keep_tracking(client.connection, categories.data["TrackingCategories"])
    item_list.keep(client.connection, items.data["Items"])
    try:
        numbering.read_taken(client)
    except Incomplete as error:
        log.warning("The next numbers could not be looked at: %s", error)


def keep_organisation(connection: Connection, row: dict[str, Any]) -> None:
    former_plan = connection.plan_class
    connection.name, connection.country = row["Name"], row.get("CountryCode", "")
    connection.currency, connection.short_code = row.get("BaseCurrency", ""), row.get("ShortCode", "")
    connection.plan_class, connection.is_demo = row.get("Class", ""), bool(row.get("IsDemoCompany"))
    connection.organisation_checked_at = timezone.now()
    connection.save(
        update_fields=[
            "name", "country", "currency", "short_code", "plan_class", "is_demo", "organisation_checked_at",
        ]
    )  # fmt: skip
    if connection.plan_class != former_plan:
        queue.wake(connection, ["plan_cap"])
    _keep_lock_dates(connection, row)


def read_lock_dates(client: Client) -> Reply:
    """What is closed in Xero, afresh; whatever waited for another date is looked at again."""
    reply = read(client, Call("GET", "Organisation"))
    _keep_lock_dates(client.connection, reply.data["Organisations"][0])
    return reply


def _keep_lock_dates(connection: Connection, row: dict[str, Any]) -> None:
    connections.change_lock_dates(connection, _date(row.get("PeriodLockDate")), _date(row.get("EndOfYearLockDate")))


def _date(value: Any) -> date | None:
    at: datetime | None = moment(value)
    return at.astimezone(UTC).date() if at else None


def _keep_accounts(connection: Connection, rows: list[dict[str, Any]], tracked: Counter[str]) -> None:
    XeroAccount.objects.filter(connection=connection).exclude(account_id__in=[r["AccountID"] for r in rows]).delete()
    XeroAccount.objects.bulk_create(
        [
            XeroAccount(
                connection=connection,
                account_id=row["AccountID"],
                code=row.get("Code") or "",
                name=row.get("Name", ""),
                type=row.get("Type", ""),
                status=row.get("Status", "ACTIVE"),
                system_account=row.get("SystemAccount") or "",
                takes_payments=row.get("Type") == "BANK" or bool(row.get("EnablePaymentsToAccount")),
                tracked_items=tracked[row["Code"]] if row.get("Code") else 0,
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["connection", "account_id"],
        update_fields=["code", "name", "type", "status", "system_account", "takes_payments", "tracked_items"],
    )


def _keep_tax_rates(connection: Connection, rows: list[dict[str, Any]]) -> None:
    XeroTaxRate.objects.filter(connection=connection).exclude(tax_type__in=[r["TaxType"] for r in rows]).delete()
    XeroTaxRate.objects.bulk_create(
        [
            XeroTaxRate(
                connection=connection,
                tax_type=row["TaxType"],
                name=row.get("Name", ""),
                percent=row.get("EffectiveRate") or 0,
                for_revenue=bool(row.get("CanApplyToRevenue", True)),
                for_expenses=bool(row.get("CanApplyToExpenses", True)),
                status=row.get("Status", "ACTIVE"),
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["connection", "tax_type"],
        update_fields=["name", "percent", "for_revenue", "for_expenses", "status"],
    )


def _unmap_other_percentages(connection: Connection) -> None:
    """A rate whose percentage was changed in Xero stands for ours no longer: its documents wait for another choice."""
    active = set(connection.tax_rates.filter(status="ACTIVE").values_list("tax_type", flat=True))
    for choice in choices(connection):
        if choice.subject in {"tax", "purchase"} and choice.value in active and not choice.settled:
            connection.mappings.filter(subject=choice.subject, key=choice.key).delete()


def _keep_tracking(connection: Connection, rows: list[dict[str, Any]]) -> None:
    options = [
        XeroTrackingOption(
            connection=connection,
            option_id=option["TrackingOptionID"],
            name=option.get("Name", ""),
            category_id=row["TrackingCategoryID"],
            category=row.get("Name", ""),
            status=option.get("Status", "ACTIVE") if row.get("Status", "ACTIVE") == "ACTIVE" else "ARCHIVED",
        )
        for row in rows
        for option in row.get("Options") or []
    ]
    gone = connection.tracking_options.exclude(option_id__in=[option.option_id for option in options])
    gone.update(status="DELETED")  # kept: while it is still chosen here, Xero must refuse it rather than us forget it
    XeroTrackingOption.objects.bulk_create(
        options,
        update_conflicts=True,
        unique_fields=["connection", "option_id"],
        update_fields=["name", "category_id", "category", "status"],
    )
