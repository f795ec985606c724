"""A key answers once for six minutes: the same bytes again, or 400 when it is used for something else."""

import json

import pytest

from accounting_sync.sandbox.faults import Fault

BODY = {"Contacts": [{"Name": "Tama Rewi"}]}


def contacts(program):
    return len(json.loads(program.get("Contacts").body)["Contacts"])


def create(program, key, body=BODY, method="PUT", query="summarizeErrors=false"):
    return program.call(method, "Contacts", body, query=query, idempotency_key=key)


def test_the_same_call_is_answered_with_the_same_bytes_and_done_once(signed_in, clock):
    first = create(signed_in, "k1")
    clock.forward(minutes=5)
    again = create(signed_in, "k1")
    assert (again.status, again.body, again.content_type) == (first.status, first.body, first.content_type)
    assert contacts(signed_in) == 1


def test_a_replay_still_costs_a_call(signed_in):
    left = [int(create(signed_in, "k1").headers["X-MinLimit-Remaining"]) for _ in range(2)]
    assert left == [59, 58]


@pytest.mark.parametrize(
    "change", [{"body": {"Contacts": [{"Name": "Mere"}]}}, {"method": "POST"}, {"query": "summarizeErrors=true"}]
)
def test_a_key_used_for_something_else_is_refused(signed_in, change):
    create(signed_in, "k1")
    answer = create(signed_in, "k1", **change)
    assert answer.status == 400
    assert json.loads(answer.body)["Message"] == "Idempotency Key: k1 is used with a different request."


def test_a_key_is_the_apps_not_the_organisations(signed_in, wattle):
    first = create(signed_in, "k1")
    assert create(signed_in.sign_in(wattle), "k1").body == first.body
    assert contacts(signed_in) == 0


def test_after_six_minutes_the_key_is_new_and_a_duplicate_can_come(signed_in, clock, kauri):
    body = {"ManualJournals": [{"Narration": "x", "JournalLines": [
        {"LineAmount": 1, "AccountCode": "400"}, {"LineAmount": -1, "AccountCode": "429"}]}]}  # fmt: skip
    for _ in range(2):
        assert signed_in.put("ManualJournals", body, idempotency_key="k1").status == 200
        clock.forward(minutes=6)
    assert len(kauri.tables["ManualJournals"]) == 2


def test_a_key_of_more_than_128_characters_is_refused(signed_in):
    assert create(signed_in, "k" * 128).status == 200
    assert create(signed_in, "k" * 129).status == 400
    assert contacts(signed_in) == 1


def test_a_get_ignores_the_key(signed_in):
    before = signed_in.get("Contacts", idempotency_key="k1").body
    create(signed_in, "k2")
    assert signed_in.get("Contacts", idempotency_key="k1").body != before


def test_a_refusal_is_replayed_too(signed_in):
    bad = {"Contacts": [{"EmailAddress": "x"}]}
    first, again = (create(signed_in, "k1", bad, query="") for _ in range(2))
    assert (first.status, again.body) == (400, first.body)


def test_an_internal_error_is_replayed_so_a_client_must_look_first(signed_in, xero):
    xero.faults.add(Fault("error_after"))
    assert [create(signed_in, "k1").status for _ in range(2)] == [500, 500]
    assert contacts(signed_in) == 1


def test_the_replay_of_internal_errors_can_be_turned_off(signed_in, xero):
    xero.idempotency.keeps_internal_errors = False
    xero.faults.add(Fault("error"))
    assert [create(signed_in, "k1").status for _ in range(2)] == [500, 200]
