"""From Xero's answer to what became of each record: read the table as answer → outcome, state, code."""

from datetime import UTC, datetime

import pytest

from accounting_sync.documents import DOCUMENTS, Item
from accounting_sync.verdicts import became, share_out, verdicts
from accounting_sync.xero.client import Reply
from accounting_sync.xero.limits import Limits

NOW = datetime(2026, 7, 21, tzinfo=UTC)
PAYMENTS, INVOICES = DOCUMENTS["payment"], DOCUMENTS["invoice"]


def a_body(n):
    return {"InvoiceNumber": f"INV {n}", "Url": f"http://garage/invoices/{n}/", "LineItems": []}


def items(count):
    return [Item(n, None, a_body(n)) for n in range(1, count + 1)]


def an_answer(status=200, *elements, data=None, text="{"):
    data = {"Invoices": list(elements)} if elements else data
    return Reply(status, data, text, Limits(), "correlation", 12)


def taken(n, **more):
    return {"InvoiceID": f"i-{n}", "InvoiceNumber": f"INV {n}", "Status": "AUTHORISED", **more}


def refused(n, message):
    return {
        "InvoiceID": "00000000-0000-0000-0000-000000000000",
        "InvoiceNumber": f"INV {n}",
        "StatusAttributeString": "ERROR",
        "ValidationErrors": [{"Message": message}],
    }


def read(reply, count=1):
    results = verdicts(INVOICES, "create", items(count), reply, NOW)
    return [(result.outcome, result.state, result.code) for result in results]


PAGE = "<html>Bad Gateway</html>"


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        (an_answer(200, taken(1)), ("accepted", "", "")),
        (an_answer(200, refused(1, "Invoice # must be unique.")), ("rejected", "warning", "number_taken")),
        (an_answer(200, refused(1, "Something never heard of.")), ("rejected", "warning", "refused")),
        (an_answer(200, {**taken(1), "ValidationErrors": []}), ("accepted", "", "")),
        (an_answer(200, {**taken(1), "InvoiceID": ""}), ("unknown", "", "")),
        (an_answer(200, data={"Invoices": []}), ("unknown", "", "")),
        (an_answer(200, data={"Invoices": "none today"}), ("unknown", "", "")),
        (an_answer(200, text=PAGE), ("unknown", "", "")),
        (an_answer(400, data={"Message": "The period is locked"}), ("rejected", "warning", "refused")),
        (an_answer(400, text=PAGE), ("unknown", "", "")),
        (an_answer(401), ("unauthorised", "pending", "")),
        (an_answer(403, data={"Title": "Forbidden"}), ("unauthorised", "pending", "")),
        (an_answer(403, text=PAGE), ("not_sent", "pending", "")),
        (an_answer(404, text="The resource you're looking for cannot be found"), ("rejected", "conflict", "not_found")),
        (an_answer(404, text=PAGE), ("unknown", "", "")),
        (an_answer(429), ("throttled", "pending", "")),
        (an_answer(500, data={"Message": "An error occurred in Xero."}), ("unknown", "", "")),
        (an_answer(502, text=PAGE), ("unknown", "", "")),
        (an_answer(503, text="The Organisation is offline"), ("unknown", "", "")),
    ],
    ids=lambda value: f"{value.status} {value.text[:12]}" if isinstance(value, Reply) else "-".join(value),
)
def test_one_answer_one_verdict(reply, verdict):
    assert read(reply) == [verdict]


def test_of_fifty_a_bad_one_sinks_nobody_else():
    answer = [refused(n, "Email address must be valid.") if n % 25 == 0 else taken(n) for n in range(1, 51)]

    outcomes = read(an_answer(200, *answer), 50)
    assert [n for n, outcome in enumerate(outcomes, 1) if outcome[0] != "accepted"] == [25, 50]


def test_elements_in_another_order_find_their_own():
    results = verdicts(INVOICES, "create", items(3), an_answer(200, taken(3), taken(1), taken(2)), NOW)
    assert [result.remote["remote_id"] for result in results] == ["i-1", "i-2", "i-3"]


def test_an_element_left_out_is_not_taken_for_its_neighbours():
    assert read(an_answer(200, taken(1), taken(3)), 3) == [
        ("accepted", "", ""),
        ("unknown", "", ""),
        ("accepted", "", ""),
    ]


def test_a_batch_refused_as_a_whole_is_taken_apart():
    assert read(an_answer(400, data={"Message": "No."}), 2) == [("rejected", "pending", "batch_refused")] * 2


def test_every_answer_leaves_its_evidence():
    (result,) = verdicts(INVOICES, "create", items(1), an_answer(200, taken(1)), NOW)
    assert (result.http_status, result.correlation_id, result.milliseconds) == (200, "correlation", 12)


# After no answer: what a complete look at Xero says


def a_payment(n, amount="10.00", invoice="i-1"):
    return Item(n, None, {"Reference": f"PAY {n}", "Invoice": {"InvoiceID": invoice}, "Amount": amount})


def in_xero(n, status="AUTHORISED", amount="10.00", payment_id=None):
    return {
        "PaymentID": payment_id or f"p-{n}",
        "Reference": f"PAY {n}",
        "Invoice": {"InvoiceID": "i-1"},
        "Amount": amount,
        "Status": status,
    }


def looked_up(item, *remotes):
    (share,) = share_out(PAYMENTS, [item], remotes, [])
    result = became(PAYMENTS, "create", item, "", share, an_answer())
    return result.outcome, result.state, result.code


@pytest.mark.parametrize(
    ("remotes", "verdict"),
    [
        ([], ("absent", "pending", "")),
        ([in_xero(2)], ("absent", "pending", "")),
        ([in_xero(1, amount="11.00")], ("absent", "pending", "")),
        ([in_xero(1)], ("found", "", "")),
        ([in_xero(1, "DELETED")], ("found", "", "")),
        ([in_xero(1, "DELETED", payment_id="old"), in_xero(1)], ("found", "", "")),
        ([in_xero(1), in_xero(1, payment_id="again")], ("rejected", "conflict", "two_in_xero")),
    ],
)
def test_what_a_look_up_says(remotes, verdict):
    assert looked_up(a_payment(1), *remotes) == verdict


def test_what_is_found_is_kept_as_it_was_sent_so_that_later_changes_are_news():
    item, remote = a_payment(1), {**in_xero(1, "DELETED"), "UpdatedDateUTC": "/Date(1784678400000+0000)/"}
    result = became(PAYMENTS, "create", item, "", [remote], an_answer())

    assert (result.remote["remote_id"], result.remote["updated_at"], result.remote["status"]) == ("p-1", None, "")
    assert result.remote["hash"] == PAYMENTS.fingerprint(item.body)


ALLOCATIONS = DOCUMENTS["allocation"]


def an_allocation(n):
    return Item(n, None, {"CreditNoteID": "c-1", "Amount": "10.00", "Invoice": {"InvoiceID": "i-1"}})


def allocated(n):
    return {"AllocationID": f"a-{n}", "Amount": "10.00", "Invoice": {"InvoiceID": "i-1"}}


def shares(found, asked, also_in_flight=0):
    asked = [an_allocation(n) for n in range(asked)]
    others = [an_allocation(99)] * also_in_flight
    parts = share_out(ALLOCATIONS, asked, [allocated(n) for n in range(found)], others)
    return [[part["AllocationID"] for part in share] for share in parts]


def test_alike_ones_take_one_each():
    assert shares(found=2, asked=2) == [["a-0"], ["a-1"]]


def test_of_two_alike_one_may_be_missing():
    assert shares(found=1, asked=2) == [["a-0"], []]


def test_one_whose_answer_is_still_out_may_have_made_the_other():
    assert shares(found=2, asked=1, also_in_flight=1) == [["a-0"]]


def test_more_than_could_be_ours_is_for_a_person():
    assert shares(found=3, asked=2) == [["a-0", "a-1", "a-2"]] * 2
