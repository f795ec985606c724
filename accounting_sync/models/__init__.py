"""The nouns of keeping Xero in step."""

from accounting_sync.models.books import XeroAccount, XeroContact, XeroItem, XeroTaxRate, XeroTrackingOption
from accounting_sync.models.connection import Connection, Cursor, Mapping, Worker
from accounting_sync.models.consent import UnfinishedConsent
from accounting_sync.models.contact_import import ContactImport, ImportRow
from accounting_sync.models.export_run import ExportRun
from accounting_sync.models.lists import ExportQueue, InXero, Skipped, UnresolvedError
from accounting_sync.models.reconciliation import Reconciliation
from accounting_sync.models.saved_view import SavedView
from accounting_sync.models.sync_record import Attempt, Priority, State, SyncRecord
from accounting_sync.models.tie_out import SeenInXero, TieOutDifference, TieOutRun
from accounting_sync.models.unknown_message import UnknownMessage

__all__ = [
    "Attempt",
    "Connection",
    "ContactImport",
    "Cursor",
    "ExportQueue",
    "ExportRun",
    "ImportRow",
    "InXero",
    "Mapping",
    "Priority",
    "Reconciliation",
    "SavedView",
    "SeenInXero",
    "Skipped",
    "State",
    "SyncRecord",
    "TieOutDifference",
    "TieOutRun",
    "UnfinishedConsent",
    "UnknownMessage",
    "UnresolvedError",
    "Worker",
    "XeroAccount",
    "XeroContact",
    "XeroItem",
    "XeroTaxRate",
    "XeroTrackingOption",
]
