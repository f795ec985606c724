"""Reading long lists from Xero while they change."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from accounting_sync import walk
from accounting_sync.documents import Call
from accounting_sync.documents.document import Element
from accounting_sync.xero.client import Reply
from accounting_sync.xero.limits import Limits

BEGINNING = datetime(2026, 7, 20, 9, 0, tzinfo=UTC)
ROWS, EDITED = 2_500, 25


class ChangingList:
    """Xero's list, oldest change first; between two pages somebody edits rows, seen or not seen yet."""

    def __init__(self, seed, rows=ROWS, per_second=7, edits=EDITED, strict=False):
        self.random, self.now, self.edits, self.strict = Random(seed), BEGINNING + timedelta(days=1), edits, strict
        self.changed = {
            n: BEGINNING + timedelta(seconds=n // per_second, milliseconds=n % per_second % 1000) for n in range(rows)
        }
        self.version = dict.fromkeys(self.changed, 1)
        self.calls = 0

    def send(self, call: Call) -> Reply:
        rows = sorted(self.changed, key=lambda n: (self.changed[n], n))
        if call.modified_since:
            since = call.modified_since + timedelta(seconds=self.strict)
            rows = [n for n in rows if self.changed[n] >= since]
        page, size = int(call.params["page"]), int(call.params["pageSize"])
        shown = [self._row(n) for n in rows[(page - 1) * size : page * size]]
        self.calls += 1
        self._somebody_edits()
        return Reply(200, {"Invoices": shown}, "{", Limits(), "", 1)

    def _row(self, n) -> Element:
        milliseconds = int(self.changed[n].timestamp() * 1000)
        return {"InvoiceID": n, "Version": self.version[n], "UpdatedDateUTC": f"/Date({milliseconds}+0000)/"}

    def _somebody_edits(self):
        for n in self.random.sample(sorted(self.changed), min(self.edits // 3, self.edits)) if self.edits else []:
            self.now += timedelta(milliseconds=400)
            self.changed[n], self.version[n] = self.now, self.version[n] + 1


def walked(there, read=walk.everything):
    rows, _ = read(there, Call("GET", "Invoices"), "Invoices", "InvoiceID")
    return {row["InvoiceID"] for row in rows}


def by_page_number(client, call, resource, id_field):
    """The walk that everybody writes first: page 1, 2, 3 …"""
    rows, page = [], 1
    while True:
        params = {"page": str(page), "pageSize": str(walk.PAGE)}
        shown = client.send(Call("GET", call.path, params)).data[resource]
        rows += shown
        if len(shown) < walk.PAGE:
            return rows, None
        page += 1


def missed(read, seeds=30, **how):
    return sum(len(set(range(ROWS)) - walked(ChangingList(seed, **how), read)) for seed in range(seeds))


@pytest.mark.parametrize("strict", [False, True], ids=["since includes its second", "since excludes it"])
def test_no_row_is_missed_while_others_are_edited(strict):
    assert missed(walk.everything, strict=strict) == 0


@pytest.mark.slow
@pytest.mark.parametrize("strict", [False, True])
def test_no_row_is_missed_in_a_thousand_walks(strict):
    assert missed(walk.everything, seeds=500, strict=strict) == 0


def test_a_walk_by_page_numbers_would_miss_some():
    assert missed(by_page_number) > 0


def test_a_second_with_more_rows_than_a_page_is_read_to_its_end():
    there = ChangingList(1, per_second=ROWS, edits=0)

    assert (walked(there), there.calls) == (set(range(ROWS)), 4)


def test_rows_that_changed_during_the_walk_come_in_their_latest_form():
    there = ChangingList(3, rows=1_500)
    rows, _ = walk.everything(there, Call("GET", "Invoices"), "Invoices", "InvoiceID")
    latest = {row["InvoiceID"]: row["Version"] for row in rows}

    # the edits after the last page was shown are the next walk's
    behind = [n for n in latest if latest[n] != there.version[n]]
    assert len(latest) == 1_500
    assert len(behind) <= EDITED // 3


@pytest.mark.parametrize(
    "reply",
    [
        Reply(503, None, "The Organisation is offline", Limits(), "", 1),
        Reply(200, None, "<html>", Limits(), "", 1),
        Reply(200, {"Invoices": "none today"}, "{", Limits(), "", 1),
        Reply(429, None, "", Limits(problem="minute"), "", 1),
    ],
    ids=["offline", "a page", "garbage", "put off"],
)
def test_half_a_walk_is_no_walk(reply):
    there = ChangingList(1, edits=0)
    first = there.send
    there.send = lambda call: first(call) if there.calls == 0 else reply

    with pytest.raises(walk.Incomplete) as stopped:
        walked(there)
    assert stopped.value.reply is reply


def test_nothing_changed_since_is_an_empty_list():
    class Unchanged:
        def send(self, call):
            return Reply(304, None, "", Limits(), "", 1)

    assert walked(Unchanged()) == set()
