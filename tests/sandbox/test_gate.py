"""What is turned away before an organisation's books are opened."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest


def test_a_call_without_a_user_agent_meets_an_html_page(signed_in):
    signed_in.agent = ""
    answer = signed_in.get("Organisation")
    assert (answer.status, answer.content_type) == (403, "text/html; charset=utf-8")


@pytest.mark.parametrize("accept", ["", "*/*", "application/xml"])
def test_a_call_that_does_not_ask_for_json_is_refused_loudly(signed_in, accept):
    answer = signed_in.get("Organisation", accept=accept)
    assert (answer.status, answer.body) == (501, b"Sandbox: XML (send Accept: application/json) is not modelled")


@pytest.mark.parametrize("token", ["", "Bearer nonsense", "Basic nonsense"])
def test_a_call_without_a_good_token_is_unauthorised(signed_in, token):
    answer = signed_in.get("Organisation", authorization=token)
    body = json.loads(answer.body)
    assert set(body) == {"Type", "Title", "Status", "Detail", "Instance", "Extensions"}
    assert (answer.status, body["Title"], body["Detail"]) == (401, "Unauthorized", "AuthenticationUnsuccessful")


def test_an_access_token_lives_thirty_minutes(signed_in, clock):
    clock.forward(seconds=1799)
    assert signed_in.get("Organisation").status == 200
    clock.forward(seconds=1)
    assert signed_in.get("Organisation").status == 401


def test_a_missing_scope_is_401_and_says_so_in_a_header(program, kauri):
    answer = program.sign_in(kauri, "accounting.contacts").get("Invoices")
    assert (answer.status, json.loads(answer.body)["Detail"]) == (401, "AuthorizationUnsuccessful")
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope"'


@pytest.mark.parametrize(
    ("scope", "method", "path", "is_open"),
    [
        ("accounting.invoices.read", "GET", "Invoices", True),
        ("accounting.invoices.read", "PUT", "Invoices", False),
        ("accounting.invoices", "GET", "CreditNotes", True),
        ("accounting.invoices", "GET", "Payments", False),
        ("accounting.settings.read", "GET", "Items", True),
        ("accounting.invoices", "PUT", "Items", True),
        ("accounting.payments", "GET", "Prepayments", True),
        ("accounting.transactions", "GET", "ManualJournals", True),
        ("accounting.reports.trialbalance.read", "GET", "Reports/TrialBalance", True),
        ("accounting.reports.aged.read", "GET", "Reports/TrialBalance", False),
        ("accounting.contacts", "GET", "contacts", True),
    ],
)
def test_a_scope_opens_what_the_table_says(program, kauri, scope, method, path, is_open):
    program.sign_in(kauri, scope)
    answer = program.call(method, path, {} if method == "PUT" else None)
    assert (answer.status != 401) is is_open


@pytest.mark.parametrize("tenant", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_a_wrong_tenant_is_forbidden(signed_in, tenant):
    answer = signed_in.get("Organisation", xero_tenant_id=tenant)
    assert (answer.status, json.loads(answer.body)["Detail"]) == (403, "AuthenticationUnsuccessful")


def test_another_organisation_is_forbidden_until_it_is_connected(signed_in, wattle):
    assert signed_in.get("Organisation", xero_tenant_id=wattle.id).status == 403


def test_a_body_of_more_than_three_and_a_half_megabytes_is_refused(signed_in):
    contacts = [{"Name": "x" * 1000} for _ in range(3500)]
    assert signed_in.put("Contacts", {"Contacts": contacts}).status == 413


def test_many_threads_lose_nothing(signed_in, xero, kauri):
    xero.unlimited = True
    with ThreadPoolExecutor(20) as pool:
        bodies = ({"Contacts": [{"Name": f"Customer {number}"}]} for number in range(100))
        answers = list(pool.map(lambda body: signed_in.put("Contacts", body), bodies))
    assert {answer.status for answer in answers} == {200}
    assert len({contact["Name"] for contact in kauri.tables["Contacts"].values()}) == 100
    assert len(xero.webhooks.outbox) == 100


def test_every_answer_has_a_correlation_id(signed_in):
    answers = [signed_in.get("Organisation"), signed_in.get("/nowhere"), signed_in.get("Organisation", accept="")]
    assert len({answer.headers["Xero-Correlation-Id"] for answer in answers}) == 3


def test_the_list_of_recent_calls_holds_no_secret(signed_in, xero):
    signed_in.get("Organisation")
    call = xero.calls[-1]
    assert (call.method, call.path, call.status, call.client_id) == ("GET", "/api.xro/2.0/Organisation", 200, "demo")
    assert signed_in.tokens["access_token"] not in str(list(xero.calls))
