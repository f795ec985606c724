"""What the sandbox refuses with, and the sentences Xero uses for it.

Texts that a source quotes word for word come first; those under "not known" are ours (see README.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

ZERO_ID = "00000000-0000-0000-0000-000000000000"

NOT_FOUND = "The resource you're looking for cannot be found"

NUMBER_TAKEN = "Invoice # must be unique."
NOT_MODIFIABLE = "Invoice not of valid status for modification"
HAS_PAYMENTS = "This document cannot be edited as it has a payment or credit note allocated to it."
STATUS_HAS_PAYMENTS = (
    "The status {status} cannot be applied to the invoice because it has payments or credit notes allocated to it."
)
INVOICE_MISSING = "An existing Invoice with the specified InvoiceID could not be found"
CREDIT_NOTE_MISSING = "An existing Credit Note with the specified CreditNoteID could not be found"
ACCOUNT_INVALID = "Account code '{code}' is not a valid code for this document."
ACCOUNT_ARCHIVED = (
    "Account code '{code}' has been archived, or has been deleted. Each line item must reference a valid account."
)
ACCOUNT_DROPPED = "Account code '{code}' has been removed as it does not match a recognised account."
TAX_NOT_FOR_ACCOUNT = "The TaxType code '{tax}' cannot be used with account code '{code}'."
NO_LINES = "One or more line items must be specified"
LINE_MISMATCH = "The line total {sent:.2f} does not match the expected line total {expected:.2f}"
EMAIL_INVALID = "Email address must be valid."
YEAR_LOCKED = "The document date cannot be before the end of year lock date, currently set at {date}"
PERIOD_LOCKED = "The document date cannot be before the period lock date, currently set at {date}"
PLAN_CAP = "You have reached the limit of invoices you can approve"
CURRENCY_MISSING = "Organisation is not subscribed to currency {code}"

CONTACT_UNIDENTIFIED = (
    "The Contact must contain at least 1 of the following elements to identify the contact: "
    "Name, ContactID, ContactNumber"
)
CONTACT_NAME_TAKEN = (
    "The contact name {name} is already assigned to another contact. "
    "The contact name must be unique across all active contacts."
)
CONTACT_NUMBER_TAKEN = "Another contact has this contact number. Please enter a different contact number."
CONTACT_ARCHIVED = (
    "The contact with the specified contact details has been archived. "
    "The contact must be un-archived before creating new invoices or credit notes."
)

PAYMENT_TOO_LARGE = "Payment amount exceeds the amount outstanding on this document"
PAYMENT_NOT_AUTHORISED = "Payments can only be made against Authorised documents"
PAYMENT_ACCOUNT_MISSING = "Account could not be found"
PAYMENT_ACCOUNT_TYPE = "Account type is invalid for making a payment to/from"

ALLOCATION_PAID_OFF = "The invoice you are trying to allocate to has already been paid off"
ALLOCATION_TOO_LARGE = "Credit Note cannot be allocated as amount is greater than amount outstanding"
ALLOCATION_WRONG_TYPE = "Credit Note cannot be allocated to an incorrect invoice type"

JOURNAL_UNBALANCED = "The total debits ({debits:.2f}) must equal total credits ({credits:.2f})"
ITEM_CODE_TAKEN = "Price List Item with Code '{code}' already exists"
ACCOUNT_NAME_TAKEN = "Please enter a unique Name."
ACCOUNT_CODE_TAKEN = "Please enter a unique Code."
ORDER_NUMBER_TAKEN = "Order number must be unique"
ORDER_NOT_SENT = "Only AUTHORISED and BILLED purchase orders may have SentToContact updated."
HISTORY_WRONG_KIND = "The document with the supplied id was not found for this endpoint."

# Not known: Xero's words for these were not found anywhere, so no client should match on them.
TAX_UNKNOWN = "The TaxType code '{tax}' does not exist or cannot be used for this type of transaction."
ITEM_UNKNOWN = "Item code '{code}' is not valid"
CONTACT_MISSING = "An existing Contact with the specified ContactID could not be found"


class Refused(Exception):
    """One element breaks Xero's rules; carries every sentence Xero would give for it."""

    def __init__(self, messages: str | Sequence[str]) -> None:
        self.messages = [messages] if isinstance(messages, str) else list(messages)
        super().__init__("; ".join(self.messages))


class BatchRefused(Exception):
    """A call without ``summarizeErrors=false`` had bad elements: nothing of it is stored."""

    def __init__(self, elements: list[dict[str, Any]]) -> None:
        self.elements = elements
        super().__init__(f"{len(elements)} elements refused")


class NotFound(Exception):
    """No such resource: Xero answers 404 with a line of plain text."""


class NotModelled(Exception):
    """Xero knows this, the sandbox does not: answered 501, never silently ignored."""


class QueryRefused(Exception):
    """A ``where``, ``order`` or paging parameter that cannot be read (ErrorNumber 16)."""


class BodyRefused(Exception):
    """A body that cannot be read as what the endpoint takes (ErrorNumber 17)."""
