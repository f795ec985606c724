"""Which scope opens which door: the granular table of March 2026 and the broad scopes it replaces."""

from __future__ import annotations

REPORTS = {
    "AgedPayablesByContact": "aged",
    "AgedReceivablesByContact": "aged",
    "BalanceSheet": "balancesheet",
    "BankSummary": "banksummary",
    "BudgetSummary": "budgetsummary",
    "ExecutiveSummary": "executivesummary",
    "ProfitAndLoss": "profitandloss",
    "TrialBalance": "trialbalance",
    "TaxReports": "taxreports",
}

COLLECTIONS = {
    "accounting.invoices": (
        "Invoices", "CreditNotes", "Quotes", "PurchaseOrders", "RepeatingInvoices", "LinkedTransactions", "Items",
    ),
    "accounting.payments": ("Payments", "BatchPayments", "Prepayments", "Overpayments"),
    "accounting.banktransactions": ("BankTransactions", "BankTransfers"),
    "accounting.manualjournals": ("ManualJournals",),
    "accounting.settings": (
        "Accounts", "BrandingThemes", "Currencies", "Items", "InvoiceReminders", "Organisation", "TaxRates",
        "TrackingCategories", "Users",
    ),
    "accounting.contacts": ("Contacts", "ContactGroups"),
    "accounting.journals": ("Journals",),
}  # fmt: skip

#: Xero reads its paths in any case.
FAMILIES = {name.lower(): family for name, family in REPORTS.items()}
OWNERS: dict[str, set[str]] = {}
for _scope, _collections in COLLECTIONS.items():
    for _collection in _collections:
        OWNERS.setdefault(_collection.lower(), set()).add(_scope)

#: What one broad scope stood for before it was split.
SPLIT_OF_TRANSACTIONS = (
    "accounting.invoices", "accounting.payments", "accounting.banktransactions", "accounting.manualjournals",
)  # fmt: skip

SIGN_IN = frozenset({"openid", "profile", "email", "offline_access"})
WRITABLE = frozenset(COLLECTIONS) - {"accounting.journals"} | {"accounting.attachments"}
GRANULAR = (
    SIGN_IN
    | WRITABLE
    | {f"{scope}.read" for scope in WRITABLE}
    | {f"accounting.reports.{name}.read" for name in REPORTS.values()}
)
BROAD = frozenset(
    {
        "accounting.transactions",
        "accounting.transactions.read",
        "accounting.reports.read",
        "accounting.journals.read",
        "accounting.budgets.read",
        "accounting.reports.tenninetynine.read",
    }
)


def needed(method: str, path: str) -> frozenset[str]:
    """The scopes any one of which opens ``path`` (below /api.xro/2.0/). Empty for a path Xero does not know."""
    parts = path.strip("/").lower().split("/")
    if parts[0] == "reports":
        return _reports(parts[1] if len(parts) > 1 else "")
    owners = OWNERS.get(parts[0], set()).copy()
    if "attachments" in parts[1:]:
        return _either("accounting.attachments", method) if owners else frozenset()
    if owners & set(SPLIT_OF_TRANSACTIONS):
        owners.add("accounting.transactions")
    return frozenset().union(*(_either(scope, method) for scope in owners))


def _reports(name: str) -> frozenset[str]:
    family = FAMILIES.get(name)
    return frozenset({"accounting.reports.read", f"accounting.reports.{family}.read"} if family else ())


def _either(scope: str, method: str) -> frozenset[str]:
    return frozenset({scope, f"{scope}.read"}) if method == "GET" else frozenset({scope})
