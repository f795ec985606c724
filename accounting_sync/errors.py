"""The error catalogue: what Xero says, what it means, and how to cure it.

Sources of the texts: Xero's OpenAPI examples, its developer pages, and published help pages of connected products.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from accounting_sync.models import State


@dataclass(frozen=True)
class Cure:
    """``pattern`` matches Xero's words; ``buttons`` names the decisions that cure it, the likeliest first."""

    code: str
    state: str
    sentence: str
    cure: str
    buttons: tuple[str, ...] = ()
    pattern: str = ""


P, W, N, C, S = State.PENDING, State.WAITING, State.WARNING, State.CONFLICT, State.SKIPPED

CATALOGUE: tuple[Cure, ...] = (
    # what Xero refuses
    Cure("number_taken", N, "Xero already has a document with this number.", "Use the next free number, or change it in Xero and retry.", ("renumber",), r"(Invoice|Credit Note) ?# must be unique|[Nn]umber must be unique"),
    Cure("contact_archived", N, "The contact is archived in Xero.", "Restore it in Xero and retry, or make a new contact.", ("new_contact",), r"has been archived\. The contact must be un-archived|matched an archived contact"),
    Cure("contact_name_taken", N, "Xero already has another contact of this name.", "Make a new contact with the customer number behind the name, or change the name here.", ("new_contact",), r"is already assigned to another contact"),
    Cure("contact_number_taken", N, "Another contact in Xero carries our customer number, usually after a merge.", "Retry: that contact is looked up and linked, unless it is linked to another customer.", (), r"Another contact has this contact number"),
    Cure("period_locked", W, "The books are locked for this date.", "Move it to the first open day, or ask the accountant to open the period.", ("move_date",), r"cannot be before the (period|end of year) lock date"),
    Cure("already_paid", N, "The invoice is paid already in Xero.", "Link this payment to the one in Xero. If both were really paid, settle the overpayment there and skip this one.", ("link_payment",), r"Payment amount exceeds the amount outstanding|Payments can only be made against Authorised"),
    Cure("payment_fixed", N, "Xero does not let go of this payment: it is reconciled with the bank, or part of a batch.", "Ask the accountant to undo that in Xero, then retry.", (), r"within a batch cannot be deleted|[Rr]econciled"),
    Cure("not_modifiable", N, "Xero no longer lets this document be changed: it is paid, credited or voided there.", "Look at it in Xero; credit it and issue a new one instead of changing it.", ("reissue",), r"not of valid status for modification|[Ii]nvalid status for modification|cannot be edited as it has a payment or credit|because it has payments or credit notes allocated"),
    Cure("item_tracked", N, "Xero keeps the stock of this item itself, so its cost would be posted twice.", "In Xero, sell or adjust it to nil and untick “Track inventory item”; one that was used may have to be made inactive and its code changed. Then retry. Documents go without it meanwhile.", (), r"Price List Item with Code .* already exists"),
    Cure("item_unknown", N, "Xero no longer has an item that this document names.", "Send the item again; the document follows.", ("items_again",), r"Item code .* is not valid"),
    Cure("plan_cap", W, "Xero's plan allows no more approved invoices this month.", "Upgrade the plan in Xero: within hours everything held goes by itself, in order. One is tried again every day.", (), r"reached the limit of (invoices|bills) you can approve"),
    Cure("account_archived", W, "An account chosen for this document is archived in Xero.", "Choose another account in the mapping.", ("mapping",), r"has been archived, or has been deleted\. Each line item"),
    Cure("account_invalid", W, "Xero does not accept an account chosen for this document.", "Choose another account in the mapping.", ("mapping",), r"Account code .* is not a valid code|does not match a recognised account|Account could not be found|Account type is invalid"),
    Cure("tax_invalid", W, "Xero does not accept this tax rate with this account.", "Choose another tax rate or account in the mapping.", ("mapping",), r"TaxType code .* cannot be used with account"),
    Cure("tracking_invalid", W, "Xero no longer takes the tracking option that marks this site.", "Choose another option in the mapping, or none.", ("mapping",), r"[Tt]racking (category|option)"),
    Cure("email_invalid", N, "Xero does not accept the e-mail address.", "Correct the e-mail address of the customer.", (), r"[Ee]mail address must be valid"),
    Cure("line_total", N, "Xero computes another total for a line than we do.", "Nothing is wrong with the record: this is a fault of the programme. Report it, with the record's history.", (), r"line total .* does not match the expected"),
    Cure("credit_paid_off", N, "In Xero less is due on the document, or less is left of the credit, than is used here.", "Take the credit off here, or away what stands in its way there.", ("take_off",), r"has already been paid off|greater than amount outstanding|(Credit Note|Prepayment|Overpayment) cannot be allocated"),
    Cure("not_found", C, "Xero no longer has this document.", "Decide whether to send it again as new.", ("resend", "undo"), r"could not be found|cannot be found|not found for this endpoint"),
    Cure("currency", N, "The Xero organisation does not use this currency.", "Check that the right organisation is connected.", (), r"not subscribed to currency"),
    Cure("idempotency", N, "Xero took this for a repeat of another request.", "Nothing was done in Xero. Retry: it is then sent as a new one.", (), r"Idempotency Key"),
    Cure("no_lines", N, "The document has no lines.", "Add a line with a price here, or void it here. It goes by itself then.", (), r"[Oo]ne or more line items must be specified"),
    Cure("nameless", N, "The contact has no name.", "Give the customer or supplier a name, then retry.", (), r"must contain at least 1 of the following elements to identify the contact"),
    Cure("unbalanced", N, "Xero finds the two sides of the journal unequal.", "Nothing is wrong with the record: this is a fault of the programme. Report it, with the record's file for support.", (), r"total debits \(.*\) must equal total credits"),
    Cure("account_taken", N, "Xero has an account of this name or code already.", "Choose that one in the mapping, or give the new one another name or code.", ("mapping",), r"Please enter a unique (Name|Code)"),
    Cure("order_not_approved", N, "Xero keeps the mark “sent” on approved orders alone.", "Look at the order in Xero: is it still a draft there? Approve it, then retry.", (), r"purchase orders may have SentToContact updated"),
    # what we find ourselves
    Cure("mapping", W, "No Xero account or tax rate is chosen.", "Choose it in the mapping; everything waiting goes by itself.", ("mapping",)),
    Cure("dependency", W, "Something else must be in Xero first.", "It follows by itself as soon as that one is there."),
    Cure("has_payments", W, "Something taken back here must be removed from Xero first.", "It follows by itself as soon as that is gone."),
    Cure("contact_match", N, "Xero has a contact that may be the same.", "Link it, or make a new one.", ("link_contact", "new_contact")),
    Cure("changed_in_xero", C, "It was changed in Xero.", "Accept Xero's version, or send ours again.", ("accept", "send_ours")),
    Cure("changed_in_both", C, "It was changed here and in Xero.", "Decide which one counts.", ("send_ours", "accept")),
    Cure("voided_in_xero", C, "It was voided or deleted in Xero.", "Undo it here too, or send it as new.", ("undo", "resend")),
    Cure("two_in_xero", C, "Xero holds more than one that looks like this one.", "Remove the surplus one in Xero, then link this one to the one that stays.", ("link_payment",)),
    Cure("totals_differ", N, "Xero's total is not ours.", "Compare both; nothing that rests on it is sent meanwhile."),
    Cure("no_answer", N, "Xero gave no usable answer for hours.", "Nothing was sent twice. Retry when Xero is back."),
    Cure("refused", N, "Xero refused it.", "Read Xero's own words, mend the record, and retry."),
    Cure("payment_reversed_in_xero", C, "The payment was removed in Xero.", "Reverse it here too, or send it again.", ("undo", "resend")),
    Cure("already_refunded", N, "In Xero less is left than is refunded here: it was refunded or used there.", "Link this refund to the one in Xero if it is the same money. Otherwise reverse it here, or take back in Xero what was used.", ("link_payment",)),
    Cure("allocation_removed_in_xero", C, "The credit was taken off the document in Xero.", "Take it off here too, or send it again.", ("undo", "resend")),
    Cure("paid_twice", C, "Xero holds a payment that does not fit the balance here.", "Compare the payments on both sides and take the wrong one back, then read Xero's payments again.", ("read_payments",)),
    Cure("batch_refused", P, "Xero did not take the batch this was in.", "It is sent alone next."),
    # by decision
    Cure("by_person", S, "Somebody decided not to send it.", "Un-skip it to send it after all.", ("unskip",)),
    Cure("do_not_export", S, "It is marked “do not export”.", "Take the mark off to send it.", ("exclude",)),
    Cure("by_choice", S, "Not posted by choice.", "It stays here, also when the switch is turned on. The owner can post what was kept back of stock in one sum."),
    Cure("caught_up", S, "It was posted in one sum with others, by a catch-up journal.", "Nothing to do."),
    Cure("before_start_date", S, "It is dated before the start date.", "Choose an earlier start date on the accounting page if Xero should have it."),
    Cure("not_financial", S, "It goes to Xero with the first invoice or bill.", "Nothing to do."),
    Cure("not_final", S, "The supplier's own credit note is not here yet.", "It goes to Xero when that is entered."),
    Cure("not_placed", S, "The order is a draft.", "It goes to Xero when the order is placed."),
    Cure("never_sent", S, "It was undone before Xero ever held it.", "Nothing to do."),
    Cure("made_in_xero", S, "It was made in Xero.", "Nothing to do."),
    Cure("deleted_here", S, "It was deleted here.", "Nothing to do. What Xero holds of it stays there."),
)  # fmt: skip

BY_CODE = {cure.code: cure for cure in CATALOGUE}
#: waits that only a person ends, here or by a larger plan in Xero
HELD_UP = ["plan_cap", *(cure.code for cure in CATALOGUE if cure.state == W and cure.buttons)]
_PATTERNS = [(re.compile(cure.pattern), cure) for cure in CATALOGUE if cure.pattern]


def recognise(messages: Iterable[str]) -> Cure:
    """The first cure that knows any of Xero's messages, in the catalogue's order; else the catch-all."""
    words = list(messages)
    for pattern, cure in _PATTERNS:
        if any(pattern.search(message) for message in words):
            return cure
    return BY_CODE["refused"]
