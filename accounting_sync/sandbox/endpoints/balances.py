"""What a contact owes and is owed, computed from its open documents."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..money import ZERO
from ..organisation import Organisation

# Documents that take away from what is owed, and the side each works on.
_CREDITS = {
    "CreditNotes": {"ACCRECCREDIT": "ACCREC", "ACCPAYCREDIT": "ACCPAY"},
    "Overpayments": {"RECEIVE-OVERPAYMENT": "ACCREC", "SPEND-OVERPAYMENT": "ACCPAY"},
    "Prepayments": {"RECEIVE-PREPAYMENT": "ACCREC", "SPEND-PREPAYMENT": "ACCPAY"},
}


def balances(organisation: Organisation, contact_id: str) -> dict[str, Any]:
    receivable, payable = (_side(organisation, contact_id, side) for side in ("ACCREC", "ACCPAY"))
    return {"AccountsReceivable": receivable, "AccountsPayable": payable}


def _side(organisation: Organisation, contact_id: str, side: str) -> dict[str, Decimal]:
    today = organisation.today()
    outstanding = overdue = ZERO
    for invoice in organisation.tables["Invoices"].find("contact", contact_id):
        if invoice["Type"] == side and invoice["Status"] == "AUTHORISED":
            outstanding += invoice["AmountDue"]
            if invoice["DueDate"] < today:
                overdue += invoice["AmountDue"]
    for kind, sides in _CREDITS.items():
        for credit in organisation.tables[kind].find("contact", contact_id):
            if sides[credit["Type"]] == side and credit["Status"] == "AUTHORISED":
                outstanding -= credit["RemainingCredit"]
    return {"Outstanding": outstanding, "Overdue": overdue}
