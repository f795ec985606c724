"""What is decided about one record: the whole table, and every combination of facts held against it."""

from datetime import date
from itertools import product

import pytest

from accounting_sync.models import State, SyncRecord
from accounting_sync.reconcile import (
    VOID,
    Adopt,
    Compare,
    Need,
    Park,
    Policy,
    Presence,
    Send,
    Twins,
    Unchanged,
    Wanted,
    decide,
)

# Read from the top: the first row whose facts all hold decides.
TABLE = """
    kept out                                | skipped do_not_export
    not needed                              | skipped not_financial
    undone here, never sent                 | skipped never_sent
    undone here, gone in Xero               | nothing to do
    undone here, something rests on it      | waiting has_payments
    undone here, books locked               | waiting period_locked
    undone here                             | void
    gone in Xero                            | conflict voided_in_xero
    in Xero, same content                   | nothing to do
    never sent, before the start date       | skipped before_start_date
    books locked                            | waiting period_locked
    another one missing                     | waiting dependency
    something rests on it                   | waiting has_payments
    no account chosen                       | waiting mapping
    never sent, surely there under our name | adopt
    never sent, perhaps there               | warning contact_match
    never sent                              | create
    not compared yet                        | compare
    changed there                           | conflict changed_in_xero
                                            | update
"""
ROWS = [
    ([fact.strip() for fact in facts.split(",") if fact.strip()], action.strip())
    for facts, action in (row.split("|") for row in TABLE.strip().splitlines())
]

# Each dimension is one thing that can be so or otherwise; exactly one word of each holds.
DIMENSIONS = [
    ["", "kept out"],
    ["wanted", "not needed", "undone here"],
    ["never sent", "in Xero", "in Xero, gone in Xero"],
    ["", "same content"],
    ["", "before the start date", "books locked"],
    ["", "another one missing"],
    ["", "something rests on it"],
    ["", "no account chosen"],
    ["", "surely there under our name", "perhaps there"],
    ["not compared yet", "compared", "compared, changed there"],
]

DATED, NEEDED, UNDONE = date(2026, 7, 20), Need("contact", 1), Need("payment", 2)
OTHERS = {
    "there": SyncRecord(state=State.SYNCED, remote_id="c-1", title="Jo Kea"),
    "missing": SyncRecord(state=State.PENDING, title="Jo Kea"),
    "rests": SyncRecord(state=State.PENDING, remote_id="p-1", remote_status="AUTHORISED", title="PAY 1"),
    "gone": SyncRecord(state=State.SYNCED, remote_id="p-1", remote_status="DELETED", title="PAY 1"),
}
PRESENCE = {"wanted": Presence.PRESENT, "not needed": Presence.NOT_NEEDED, "undone here": Presence.VOIDED}
POLICIES = {
    "before the start date": Policy(start_date=date(2026, 7, 21)),
    "books locked": Policy(lock_date=DATED),
}
TWINS = {
    "surely there under our name": Twins(certain={"remote_id": "c-9"}),
    "perhaps there": Twins(candidates=({"remote_id": "c-9"},), why="Xero already has a contact of this name."),
}


def expected(facts):
    return next(action for needed, action in ROWS if set(needed) <= facts)


def decided(facts):
    presence = next(PRESENCE[word] for word in PRESENCE if word in facts)
    action = decide(
        Wanted(
            "INV 1008",
            presence,
            because=("not_financial", "Goes to Xero with the first invoice.")
            if presence is Presence.NOT_NEEDED
            else ("", ""),
            dated=DATED,
            needs=(NEEDED,),
            gone_first=(UNDONE,),
            body={"InvoiceNumber": "INV 1008"},
            body_hash="ours",
            unmapped=("Labour sales",) if "no account chosen" in facts else (),
        ),
        _record(facts),
        next((policy for word, policy in POLICIES.items() if word in facts), Policy()),
        {
            NEEDED: OTHERS["missing" if "another one missing" in facts else "there"],
            UNDONE: OTHERS["rests" if "something rests on it" in facts else "gone"],
        },
        twins=next((twins for word, twins in TWINS.items() if word in facts), None),
        conflict=("changed_in_xero", "It was changed in Xero.") if "changed there" in facts else None,
        compared="compared" in facts,
    )
    return NAMES[type(action)](action)


def _record(facts):
    return SyncRecord(
        do_not_export="kept out" in facts,
        reason="Private",
        remote_id="i-1" if "in Xero" in facts else None,
        remote_status="VOIDED" if "gone in Xero" in facts else "AUTHORISED" if "in Xero" in facts else "",
        body_hash="ours" if "same content" in facts else "former",
    )


NAMES = {
    Park: lambda action: f"{action.state} {action.code}",
    Unchanged: lambda action: "nothing to do",
    Compare: lambda action: "compare",
    Adopt: lambda action: "adopt",
    Send: lambda action: action.operation,
}


def worlds():
    for words in product(*DIMENSIONS):
        yield {fact for word in words for fact in word.split(", ") if fact}


def test_every_combination_of_facts_is_decided_by_the_first_row_that_fits():
    wrong = [(sorted(facts), decided(facts)) for facts in worlds() if decided(facts) != expected(facts)]

    assert wrong == []


def test_every_row_of_the_table_decides_something():
    assert {action for facts in worlds() for action in [expected(facts)]} == {action for _, action in ROWS}


@pytest.mark.parametrize(
    ("lock_date", "action"), [(date(2026, 7, 19), "create"), (DATED, "waiting"), (date(2026, 7, 21), "waiting")]
)
def test_the_lock_date_itself_is_locked(lock_date, action):
    invoice = Wanted("INV 1008", dated=DATED, body={"InvoiceNumber": "INV 1008"}, body_hash="ours")

    found = decide(invoice, SyncRecord(), Policy(lock_date=lock_date), {})

    assert getattr(found, "operation", getattr(found, "state", "")) == action


def test_a_locked_record_says_so_in_dates_as_the_garage_writes_them():
    invoice = Wanted("INV 1008", dated=date(2026, 6, 30), body={}, body_hash="ours")

    found = decide(invoice, SyncRecord(), Policy(lock_date=date(2026, 7, 1)), {})

    assert found.message == "Dated 30 Jun 2026; Xero's books are locked up to 1 Jul 2026."


@pytest.mark.parametrize("state", [State.PENDING, State.SENDING, State.UNKNOWN, State.WAITING, State.WARNING])
def test_one_with_a_change_on_its_way_is_waited_for_even_when_xero_has_it(state):
    invoice = Wanted("INV 1008", needs=(NEEDED,), body={}, body_hash="ours")

    found = decide(invoice, SyncRecord(), Policy(), {NEEDED: SyncRecord(state=state, remote_id="c-1", title="Jo Kea")})

    assert (found.code, found.message) == ("dependency", "Waiting for Jo Kea to be in Xero.")


def test_what_rests_on_something_that_stays_here_says_why_that_one_does():
    payment = Wanted("P 1", needs=(NEEDED,), body={}, body_hash="ours")
    kept = SyncRecord(state=State.SKIPPED, title="INV 1008", message="Dated before the start date.")

    found = decide(payment, SyncRecord(), Policy(), {NEEDED: kept})

    assert (found.code, found.message) == (
        "dependency",
        "Waiting for INV 1008 to be in Xero, where it does not go. Dated before the start date.",
    )


@pytest.mark.parametrize("state", [State.SENDING, State.UNKNOWN])
def test_a_call_that_may_put_it_there_counts_as_standing_there(state):
    undone = Wanted("INV 1008", Presence.VOIDED, gone_first=(UNDONE,))

    found = decide(undone, SyncRecord(remote_id="i-1"), Policy(), {UNDONE: SyncRecord(state=state, title="PAY 1")})

    assert (found.code, found.message) == ("has_payments", "PAY 1 must be removed from Xero first.")


def test_a_void_is_sent_once_per_generation():
    found = decide(Wanted("INV 1008", Presence.VOIDED), SyncRecord(remote_id="i-1", generation=3), Policy(), {})

    assert (found.operation, found.body_hash) == (VOID, "void-3")
