"""Each bad day, and what is true in Xero after it."""

import json
from random import Random

import pytest

from accounting_sync.sandbox.faults import Dropped, Fault

BODY = {"Contacts": [{"Name": "Tama Rewi"}]}


def create(program):
    return program.put("Contacts", BODY)


@pytest.fixture
def stored(kauri):
    return lambda: len(kauri.tables["Contacts"])


@pytest.mark.parametrize(("kind", "acted"), [("timeout", False), ("lost", True)])
def test_a_dropped_call_does_not_say_whether_xero_acted(signed_in, xero, stored, kind, acted):
    xero.faults.add(Fault(kind))
    with pytest.raises(Dropped) as dropped:
        create(signed_in)
    assert (dropped.value.acted, stored()) == (acted, int(acted))


@pytest.mark.parametrize(
    ("kind", "status", "after"),
    [
        ("error", 500, 0),
        ("error_after", 500, 1),
        ("offline", 503, 0),
        ("html", 502, 0),
        ("html_after", 502, 1),
        ("half", 200, 1),
        ("garbage", 200, 1),
        ("slow", 200, 1),
        ("minute", 429, 0),
        ("day", 429, 0),
        ("concurrent", 429, 0),
        ("appminute", 429, 0),
        ("expired", 401, 0),
        ("revoked", 403, 0),
        ("disconnected", 403, 0),
    ],
)
def test_a_fault_answers_and_leaves_behind(signed_in, xero, stored, kind, status, after):
    xero.faults.add(Fault(kind))
    assert (create(signed_in).status, stored()) == (status, after)
    assert xero.faults.waiting == []


def test_an_expired_token_is_mended_by_a_refresh(signed_in, xero):
    xero.faults.add(Fault("expired"))
    assert signed_in.get("Organisation").status == 401
    signed_in.tokens |= json.loads(signed_in.refresh().body)
    assert signed_in.get("Organisation").status == 200


def test_a_revoked_consent_is_not(signed_in, xero):
    xero.faults.add(Fault("revoked", path="/connect/token"))
    assert json.loads(signed_in.refresh().body) == {"error": "invalid_grant"}


def test_half_an_answer_promises_the_whole(signed_in, xero):
    whole = signed_in.get("Organisation").body
    xero.faults.add(Fault("half"))
    answer = signed_in.get("Organisation")
    assert len(answer.body) == len(whole) // 2
    assert int(answer.headers["Content-Length"]) == len(whole)


def test_an_html_page_may_come_with_status_200(signed_in, xero):
    xero.faults.add(Fault("html", status=200))
    answer = signed_in.get("Organisation")
    assert (answer.status, answer.content_type) == (200, "text/html; charset=utf-8")


def test_a_limit_fault_says_when_to_come_back(signed_in, xero):
    xero.faults.add(Fault("day", seconds=7200))
    answer = signed_in.get("Organisation")
    assert (answer.headers["Retry-After"], answer.headers["X-Rate-Limit-Problem"]) == ("7200", "day")


def test_a_slow_answer_takes_its_time(signed_in, xero, clock):
    xero.faults.add(Fault("slow", seconds=12))
    before = clock()
    signed_in.get("Organisation")
    assert (clock() - before).total_seconds() == 12


def test_a_fault_waits_for_its_method_and_path(signed_in, xero):
    xero.faults.add(Fault("offline", method="PUT", path="Contacts"))
    assert [signed_in.get("Contacts").status, signed_in.put("Invoices", {}).status != 503] == [200, True]
    assert create(signed_in).status == 503


def test_a_fault_waits_for_the_nth_call_and_strikes_so_often(signed_in, xero):
    xero.faults.add(Fault("offline", nth=2, times=2))
    assert [signed_in.get("Organisation").status for _ in range(5)] == [200, 503, 503, 200, 200]


def test_a_fault_may_strike_until_it_is_cleared(signed_in, xero):
    xero.faults.add(Fault("offline", times=None))
    assert {signed_in.get("Organisation").status for _ in range(5)} == {503}
    xero.faults.clear()
    assert signed_in.get("Organisation").status == 200


def test_a_fault_by_chance_repeats_with_its_seed(signed_in, xero):
    def day():
        xero.faults.clear()
        xero.faults.random = Random(7)
        xero.faults.add(Fault("offline", times=None, probability=0.5))
        return [signed_in.get("Organisation").status for _ in range(12)]

    first = day()
    assert first == day()
    assert set(first) == {200, 503}


def test_an_unknown_fault_is_refused():
    with pytest.raises(ValueError, match="no such fault: gremlin"):
        Fault("gremlin")


def test_faults_are_set_over_http(signed_in, xero):
    answer = signed_in.call("POST", "/sandbox/faults", {"kind": "offline", "path": "Contacts", "times": 1})
    assert answer.status == 201
    listed = json.loads(signed_in.get("/sandbox/faults").body)["faults"]
    assert [(each["kind"], each["path"], each["times"]) for each in listed] == [("offline", "Contacts", 1)]
    assert signed_in.get("Contacts").status == 503
    assert json.loads(signed_in.get("/sandbox/faults").body)["faults"] == []


def test_faults_are_cleared_over_http(signed_in, xero):
    xero.faults.add(Fault("offline", times=None))
    assert signed_in.call("DELETE", "/sandbox/faults").status == 204
    assert xero.faults.waiting == []


@pytest.mark.parametrize(
    "body", [{"kind": "gremlin"}, {"kind": "slow", "speed": 1}, [], {"kind": "slow", "seconds": "x"}]
)
def test_a_fault_that_makes_no_sense_is_refused_over_http(signed_in, body):
    assert signed_in.call("POST", "/sandbox/faults", body).status == 400


def test_the_doors_of_the_sandbox_itself_meet_no_fault(signed_in, xero):
    xero.faults.add(Fault("timeout", times=None))
    assert signed_in.call("DELETE", "/sandbox/faults").status == 204
