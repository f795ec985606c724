"""The error catalogue: Xero's words are recognised, every code has a row, and every row a way out."""

import ast
from pathlib import Path

import pytest

import accounting_sync
from accounting_sync.decisions import DECISIONS
from accounting_sync.errors import BY_CODE, CATALOGUE, recognise
from accounting_sync.pages.buttons import VERBS
from accounting_sync.pages.error_help import PAGES

ROOT = Path(accounting_sync.__file__).parent

# Xero's own words, as its specification, its pages and other programmes quote them.
WORDS = [
    ("Invoice # must be unique.", "number_taken"),
    ("Credit Note # must be unique.", "number_taken"),
    ("Order number must be unique", "number_taken"),
    ("The contact with the specified contact details has been archived. The contact must be un-archived before "
     "creating new invoices or credit notes.", "contact_archived"),
    ("The specified contact details matched an archived contact. Archived contacts cannot currently be edited via "
     "the API.", "contact_archived"),
    ("The contact name Jo Kea is already assigned to another contact. The contact name must be unique across all "
     "active contacts.", "contact_name_taken"),
    ("Another contact has this contact number. Please enter a different contact number.", "contact_number_taken"),
    ("The document date cannot be before the period lock date, currently set at 31-Jul-2013", "period_locked"),
    ("The document date cannot be before the end of year lock date, currently set at 31-Jul-2013", "period_locked"),
    ("Payment amount exceeds the amount outstanding on this document", "already_paid"),
    ("Payments can only be made against Authorised documents", "already_paid"),
    ("Payments within a batch cannot be deleted.", "payment_fixed"),
    ("Invoice not of valid status for modification", "not_modifiable"),
    ("Invalid status for modification", "not_modifiable"),
    ("This document cannot be edited as it has a payment or credit note allocated to it.", "not_modifiable"),
    ("The status VOIDED cannot be applied to the invoice because it has payments or credit notes allocated to it.",
     "not_modifiable"),
    ("Price List Item with Code 'OF-1' already exists", "item_tracked"),
    ("Item code 'OF-1' is not valid", "item_unknown"),
    ("You have reached the limit of invoices you can approve", "plan_cap"),
    ("Account code '4010' has been archived, or has been deleted. Each line item must reference a valid account.",
     "account_archived"),
    ("Account code '999' is not a valid code for this document.", "account_invalid"),
    ("Account code 800 is not a valid code for this document", "account_invalid"),
    ("Account could not be found", "account_invalid"),
    ("Account type is invalid for making a payment to/from", "account_invalid"),
    ("The TaxType code 'INPUT2' cannot be used with account code '200'.", "tax_invalid"),
    ("The tracking option could not be found in category Branch", "tracking_invalid"),
    ("Email address must be valid.", "email_invalid"),
    ("The line total 1.00 does not match the expected line total 100.00", "line_total"),
    ("The invoice you are trying to allocate to has already been paid off", "credit_paid_off"),
    ("Credit Note cannot be allocated as amount is greater than amount outstanding", "credit_paid_off"),
    ("Credit Note cannot be allocated to an incorrect invoice type", "credit_paid_off"),
    ("An existing Invoice with the specified InvoiceID could not be found", "not_found"),
    ("An existing Credit Note with the specified CreditNoteID could not be found", "not_found"),
    ("The document with the supplied id was not found for this endpoint.", "not_found"),
    ("Organisation is not subscribed to currency EUR", "currency"),
    ("Idempotency Key: 1f-9 is used with a different request.", "idempotency"),
    ("One or more line items must be specified", "no_lines"),
    ("The Contact must contain at least 1 of the following elements to identify the contact: Name, ContactID, "
     "ContactNumber", "nameless"),
    ("The total debits (100.00) must equal total credits (-10.00)", "unbalanced"),
    ("Account code '476' has been removed as it does not match a recognised account.", "account_invalid"),
    ("Please enter a unique Name.", "account_taken"),
    ("Please enter a unique Code.", "account_taken"),
    ("Only AUTHORISED and BILLED purchase orders may have SentToContact updated.", "order_not_approved"),
    ("The resource you're looking for cannot be found", "not_found"),
    ("", "refused"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "code"), WORDS)
def test_what_xero_says_is_recognised(words, code):
    assert recognise([words]).code == code


def test_of_several_messages_the_cause_counts_not_its_consequence():
    both = ["Payments can only be made against Authorised documents",
            "Payment amount exceeds the amount outstanding on this document"]  # fmt: skip

    assert recognise(both).code == "already_paid"


def test_every_row_that_knows_words_of_xero_is_met_by_one_of_these():
    assert {cure.code for cure in CATALOGUE if cure.pattern} == {code for _, code in WORDS} - {"refused"}


def test_no_code_stands_twice():
    assert len(BY_CODE) == len(CATALOGUE)


def test_every_code_the_engine_can_set_has_a_row_and_no_row_is_dead():
    known_by_words = {cure.code for cure in CATALOGUE if cure.pattern}

    assert codes_in_the_engine() | known_by_words == set(BY_CODE)


@pytest.mark.parametrize("cure", CATALOGUE, ids=lambda cure: cure.code)
def test_every_row_is_two_sentences_for_a_person(cure):
    for words in (cure.sentence, cure.cure):
        assert words[0].isupper()
        assert words.endswith(".")
        assert not {"{", "}", "_"} & set(words)


# a merge is taken back, and money exported again, from where it is shown, whatever the record's state
OFFERED_WITHOUT_A_CAUSE = {"undo_merge", "export_again"}


def test_every_button_does_something_and_every_decision_has_a_row():
    buttons = {button for cure in CATALOGUE for button in cure.buttons}

    assert buttons - set(PAGES) - set(VERBS) == set(DECISIONS) - OFFERED_WITHOUT_A_CAUSE


# Where the engine names a code: the place of the argument, by the name of the called function.
PLACES = {"Park": 1, "Question": 0, "enter": 3, "Result": 2, "conflict": 1, "warn": 1}


def codes_in_the_engine():
    files = [file for room in ("", "queue/", "documents/", "incoming/", "pages/") for file in ROOT.glob(f"{room}*.py")]
    found = {code for file in files for code in _codes(ast.parse(file.read_text("utf-8")))}
    return found - {""}


def _codes(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            yield from _words(node.args[PLACES[name] : PLACES[name] + 1] if name in PLACES else [])
            yield from _words(keyword.value for keyword in node.keywords if keyword.arg == "code")
        elif isinstance(node, ast.Subscript) and getattr(node.value, "id", "") == "BY_CODE":
            yield from _words([node.slice])
        elif isinstance(node, ast.Dict):
            yield from _words(value for key, value in zip(node.keys, node.values, strict=True) if _word(key) == "code")
        elif isinstance(node, ast.Tuple) and len(node.elts) in {2, 6} and _says_why(node.elts):
            yield from _words([node.elts[0] if len(node.elts) == 2 else node.elts[2]])
        elif isinstance(node, ast.IfExp) and isinstance(node.body, ast.Tuple):
            yield from _words(node.body.elts[1:2])


def _says_why(elements):
    """A pair (code, sentence), or what park() takes."""
    code, sentence = elements if len(elements) == 2 else elements[2:4]
    said = isinstance(sentence, ast.JoinedStr) or _word(sentence).endswith(".") or len(elements) == 6
    return said and _word(code).isidentifier() and _word(code).islower()


def _words(nodes):
    return [word for node in nodes if (word := _word(node))]


def _word(node):
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
