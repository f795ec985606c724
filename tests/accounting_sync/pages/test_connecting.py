from urllib.parse import parse_qs, urlsplit

import pytest

from accounting_sync.models import Connection, Cursor, Mapping
from accounting_sync.sandbox import demo
from accounting_sync.sandbox.faults import Fault
from accounting_sync.xero import oauth
from tests.accounting_sync.standing import text, told
from tests.xero import CLIENT

HOME, CALLBACK = "/accounting/", "/accounting/callback/"


def begin(client):
    """Press Connect; the state that goes to Xero."""
    answer = client.post("/accounting/connect/")
    return parse_qs(urlsplit(answer["Location"]).query)["state"][0]


def consent(xero, state, organisation=None):
    """What the person's browser brings back from Xero's consent page."""
    organisation = organisation or next(iter(xero.organisations.values()))
    scopes, uri = " ".join(oauth.SCOPES), oauth.redirect_uri()
    url = xero.consent(CLIENT[0], demo.EMAIL, organisation.id, scopes, uri, state)
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_without_xero_the_accountant_is_offered_to_connect(accountant):
    page = text(accountant.get(HOME))

    assert "Xero is not connected yet" in page
    assert "Connect to Xero" in page


def test_without_xero_a_manager_is_told_whom_to_ask(manager):
    page = text(manager.get(HOME))

    assert "Ask an owner or the accountant to connect it." in page
    assert manager.post("/accounting/connect/").status_code == 403


def test_connect_leads_to_xeros_consent_page_with_our_address_and_a_word_to_come_back(accountant):
    answer = accountant.post("/accounting/connect/")

    url = urlsplit(answer["Location"])
    query = parse_qs(url.query)
    assert (url.netloc, url.path) == ("localhost:8001", "/identity/connect/authorize")
    assert query["redirect_uri"] == ["http://localhost:8000/accounting/callback/"]
    assert query["state"] == [accountant.session["xero_consent_state"]]
    assert len(query["state"][0]) >= 32


def test_connecting_without_client_id_says_what_to_set(accountant, settings):
    settings.XERO_CLIENT_ID = ""

    answer = accountant.post("/accounting/connect/", follow=True)

    assert told(answer) == ["Set XERO_CLIENT_ID and XERO_CLIENT_SECRET first, then start the workshop again."]


def test_back_from_xero_the_organisation_is_connected_read_and_mapped(accountant, xero):
    answer = accountant.get(CALLBACK, consent(xero, begin(accountant)), follow=True)

    connection = Connection.objects.get()
    assert told(answer)[0] == "Connected to Kauri Motors."
    assert (connection.status, connection.connected_by) == ("connected", accountant.user)
    assert connection.accounts.filter(code="200").exists()
    assert Mapping.objects.filter(connection=connection, subject="account").count() == 6
    assert Cursor.objects.count() == 6


@pytest.mark.parametrize("state", ["another", ""])
def test_an_answer_with_another_state_is_refused(accountant, xero, state):
    back = consent(xero, begin(accountant)) | {"state": state}

    answer = accountant.get(CALLBACK, back, follow=True)

    assert told(answer) == ["This answer from Xero does not belong to your session. Start again with Connect."]
    assert not Connection.objects.exists()


def test_an_answer_nobody_asked_for_is_refused(accountant, xero):
    answer = accountant.get(CALLBACK, consent(xero, ""), follow=True)

    assert told(answer) == ["This answer from Xero does not belong to your session. Start again with Connect."]
    assert not Connection.objects.exists()


def test_a_state_is_good_for_one_answer(accountant, xero):
    state = begin(accountant)
    accountant.get(CALLBACK, {"error": "access_denied", "state": state}, follow=True)

    answer = accountant.get(CALLBACK, consent(xero, state), follow=True)

    assert told(answer) == ["This answer from Xero does not belong to your session. Start again with Connect."]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("access_denied", "Access was not given in Xero. Nothing has changed; connect whenever you are ready."),
        ("invalid_scope", "Xero refused the permissions asked for. Check the app's set-up at developer.xero.com."),
        ("server_error", "Xero gave no access. Nothing has changed; try again."),
    ],
)
def test_a_refusal_at_xero_is_told(accountant, xero, error, sentence):
    answer = accountant.get(CALLBACK, {"error": error, "state": begin(accountant)}, follow=True)

    assert told(answer) == [sentence]
    assert answer.status_code == 200


def test_a_code_that_xero_refuses_ends_in_a_sentence(accountant, xero):
    answer = accountant.get(CALLBACK, {"code": "stale", "state": begin(accountant)}, follow=True)

    assert told(answer) == ["Xero takes this sign-in no more. Start again with Connect."]
    assert not Connection.objects.exists()


def test_xero_out_of_reach_ends_in_a_sentence(accountant, xero):
    back = consent(xero, begin(accountant))
    xero.faults.add(Fault("timeout", path="/connect/token"))

    answer = accountant.get(CALLBACK, back, follow=True)

    broken = "The connection to Xero broke before its answer was here."
    assert told(answer) == [f"{broken} Nothing has changed; try again."]


def test_connected_it_stays_when_only_the_accounts_cannot_be_read(accountant, xero):
    back = consent(xero, begin(accountant))
    xero.faults.add(Fault("timeout", path="/Accounts", times=None))

    answer = accountant.get(CALLBACK, back, follow=True)

    assert told(answer) == [
        "Connected to Kauri Motors.",
        "The accounts could not be read yet. Press “Reload” in a minute.",
    ]
    assert Connection.objects.get().status == "connected"


def test_another_organisation_than_the_one_in_use_is_refused(accountant, xero, connection):
    other = demo.add_organisation(xero, "Oak Garage Ltd", "GB")

    answer = accountant.get(CALLBACK, consent(xero, begin(accountant), other), follow=True)

    assert told(answer) == ["You picked Oak Garage Ltd; Kauri Motors is in use. Disconnect that one first."]
    assert [c.name for c in Connection.objects.all()] == ["Kauri Motors"]


def test_reconnecting_the_same_organisation_goes_on_where_it_stopped(accountant, xero, connection):
    Connection.objects.update(status="reconnect", cause="revoked")

    accountant.get(CALLBACK, consent(xero, begin(accountant)))

    connection.refresh_from_db()
    assert (Connection.objects.count(), connection.status, connection.cause) == (1, "connected", "")
