"""GET /Organisation and what it may do."""

from __future__ import annotations

from typing import Any

from ..formats import ms_date, ms_moment
from .call import Call, Routes, route
from .envelope import envelope

_TEXT = (
    *("Name", "LegalName", "PaysTax", "Version", "OrganisationType", "BaseCurrency", "CountryCode", "IsDemoCompany"),
    *("OrganisationStatus", "TaxNumber", "FinancialYearEndDay", "FinancialYearEndMonth", "SalesTaxBasis"),
    *("SalesTaxPeriod", "DefaultSalesTax", "DefaultPurchasesTax", "Timezone", "ShortCode", "Class", "Edition"),
)

# Plans that have no invoicing.
_NO_INVOICES = frozenset({"LEDGER", "GST_CASHBOOK", "NON_GST_CASHBOOK"})
_INVOICE_ACTIONS = (
    *("CreateApprovedInvoice", "CreateDraftPurchaseOrder", "CreateApprovedBill", "CreateDraftInvoice"),
    *("CreateInvoicePayment", "CreateApprovedPurchaseOrder", "CreateDraftBill"),
)


def get(call: Call) -> dict[str, Any]:
    settings = call.organisation.settings
    out = {name: settings[name] for name in _TEXT if name in settings}
    for name in ("PeriodLockDate", "EndOfYearLockDate"):
        if settings.get(name):
            out[name] = ms_date(settings[name])
    out["CreatedDateUTC"] = ms_moment(settings["CreatedDateUTC"], "")
    out["OrganisationEntityType"] = settings["OrganisationType"]
    out["OrganisationID"] = call.organisation.id
    out.update(Addresses=[], Phones=[], ExternalLinks=[], PaymentTerms={})
    return envelope(call.organisation, "Organisations", [out])


def actions(call: Call) -> dict[str, Any]:
    invoicing = call.organisation.settings["Class"] not in _NO_INVOICES
    allowed = dict.fromkeys(_INVOICE_ACTIONS, invoicing)
    allowed.update(
        CreateManualJournal=True,
        UseMulticurrency=False,
        AttachFilesIntoInvoice=False,
        ApproveTransactionsBeforePeriodLockDate=call.adviser,
    )
    rows = [{"Name": name, "Status": "ALLOWED" if may else "NOT-ALLOWED"} for name, may in allowed.items()]
    return envelope(call.organisation, "Actions", rows)


ROUTES: Routes = {("GET", ""): route(get), ("GET", "actions"): route(actions)}
