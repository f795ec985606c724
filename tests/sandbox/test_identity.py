"""Consent, tokens, rotation and revocation, as section 1 of the reference tells them."""

import base64
import hashlib
import json

import pytest

from accounting_sync.sandbox.identity import ConsentRefused, SentBack
from tests.sandbox.program import REDIRECT, SCOPES


def claims(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def error_of(answer):
    return answer.status, json.loads(answer.body)


def test_a_consent_comes_back_with_a_code_and_the_state(program, kauri):
    answer = program.consent(kauri, state="a b&c")
    assert set(answer) == {"code", "scope", "state"}
    assert answer["state"] == "a b&c"


def test_a_code_becomes_tokens(program, kauri):
    answer = program.exchange(program.consent(kauri)["code"])
    body = json.loads(answer.body)
    assert answer.status == 200
    assert set(body) == {"id_token", "access_token", "expires_in", "token_type", "refresh_token", "scope"}
    assert (body["expires_in"], body["token_type"], body["scope"]) == (1800, "Bearer", SCOPES)


def test_an_access_token_names_the_consent_the_user_and_the_scopes(signed_in, xero):
    found = claims(signed_in.tokens["access_token"])
    (user,) = xero.identity.users.table
    (connection,) = signed_in.connections()
    assert (found["xero_userid"], found["scope"]) == (user, SCOPES.split())
    assert found["authentication_event_id"] == connection["authEventId"]
    assert found["exp"] - found["nbf"] == 1800


def test_an_id_token_can_be_checked_against_the_published_key(signed_in):
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    discovery = json.loads(signed_in.get("/.well-known/openid-configuration").body)
    assert discovery["token_endpoint"] == "http://sandbox.test/connect/token"
    (key,) = json.loads(signed_in.get("/.well-known/openid-configuration/jwks").body)["keys"]
    n, e = (int.from_bytes(base64.urlsafe_b64decode(key[name] + "==")) for name in ("n", "e"))
    head, payload, signature = signed_in.tokens["id_token"].split(".")
    rsa.RSAPublicNumbers(e, n).public_key().verify(
        base64.urlsafe_b64decode(signature + "=="), f"{head}.{payload}".encode(), padding.PKCS1v15(), hashes.SHA256()
    )
    assert claims(signed_in.tokens["id_token"])["aud"] == "demo"


def test_a_code_works_once(program, kauri):
    code = program.consent(kauri)["code"]
    assert program.exchange(code).status == 200
    assert error_of(program.exchange(code)) == (400, {"error": "invalid_grant"})


def test_a_code_dies_after_five_minutes(program, kauri, clock):
    code = program.consent(kauri)["code"]
    clock.forward(minutes=5)
    assert error_of(program.exchange(code)) == (400, {"error": "invalid_grant"})


def test_a_code_is_bound_to_its_redirect(program, kauri):
    code = program.consent(kauri)["code"]
    program.redirect = "http://localhost:5000/elsewhere"
    assert error_of(program.exchange(code)) == (400, {"error": "invalid_grant"})


def test_wrong_app_credentials_are_not_a_dead_connection(signed_in):
    signed_in.secret = "wrong"
    assert error_of(signed_in.refresh()) == (400, {"error": "invalid_client"})


def test_credentials_may_come_in_the_form_as_the_official_sdk_sends_them(signed_in):
    signed_in.basic = dict
    token = signed_in.tokens["refresh_token"]
    answer = signed_in.ask_for_token(
        grant_type="refresh_token", refresh_token=token, client_id="demo", client_secret="secret"
    )
    assert answer.status == 200


def test_every_refresh_rotates_the_refresh_token(signed_in):
    first = json.loads(signed_in.refresh().body)
    second = json.loads(signed_in.refresh(first["refresh_token"]).body)
    assert len({signed_in.tokens["refresh_token"], first["refresh_token"], second["refresh_token"]}) == 3


def test_the_refresh_token_just_rotated_is_taken_for_thirty_minutes_more(signed_in, clock):
    signed_in.refresh()
    clock.forward(minutes=30)
    assert signed_in.refresh().status == 200
    clock.forward(seconds=1)
    assert error_of(signed_in.refresh()) == (400, {"error": "invalid_grant"})


def test_a_refresh_token_unused_for_sixty_days_is_dead(signed_in, clock):
    clock.forward(days=60)
    assert error_of(signed_in.refresh()) == (400, {"error": "invalid_grant"})


def test_without_offline_access_there_is_no_refresh_token(program, kauri):
    program.sign_in(kauri, "openid accounting.contacts")
    assert set(program.tokens) == {"id_token", "access_token", "expires_in", "token_type", "scope"}


def test_a_later_consent_adds_scopes_and_takes_none_away(program, kauri):
    program.sign_in(kauri, "offline_access accounting.contacts")
    program.sign_in(kauri, "offline_access accounting.payments")
    assert program.tokens["scope"] == "offline_access accounting.payments accounting.contacts"


def test_revocation_takes_away_every_connection_of_the_user(signed_in, wattle):
    signed_in.sign_in(wattle)
    answer = signed_in.revoke(signed_in.tokens["refresh_token"])
    assert (answer.status, answer.body) == (200, b"")
    assert signed_in.connections() == []
    assert error_of(signed_in.refresh()) == (400, {"error": "invalid_grant"})
    assert signed_in.get("Organisation").status == 403


def test_revoking_an_unknown_token_is_no_error(signed_in):
    assert signed_in.revoke("nonsense").status == 200
    assert len(signed_in.connections()) == 1


def test_the_verifier_must_match_the_challenge(program, kauri):
    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {"code_challenge": challenge, "code_challenge_method": "S256"}
    assert program.exchange(program.consent(kauri, **asked)["code"], code_verifier="w" * 43).status == 400
    assert program.exchange(program.consent(kauri, **asked)["code"], code_verifier=verifier).status == 200


def test_an_app_without_a_secret_must_use_pkce(program, kauri, xero):
    xero.identity.clients.register("pkce", redirects=(REDIRECT,))
    program.client_id = "pkce"
    with pytest.raises(SentBack, match=r"error=invalid_request"):
        program.consent(kauri)


@pytest.mark.parametrize("scope", ["accounting.everything", ""])
def test_an_unknown_scope_fails_the_whole_request(program, kauri, scope):
    with pytest.raises(SentBack) as sent_back:
        program.consent(kauri, f"openid {scope}" if scope else "", state="s")
    assert sent_back.value.url == f"{REDIRECT}?error=invalid_scope&state=s"


def test_an_app_of_today_may_not_ask_for_a_broad_scope(program, kauri, xero):
    xero.identity.clients.register("garage", "secret", (REDIRECT,))
    program.client_id = "garage"
    with pytest.raises(SentBack, match="error=invalid_scope"):
        program.consent(kauri, "accounting.transactions")


def test_the_demo_client_may_still_ask_for_a_broad_scope(program, kauri):
    assert program.sign_in(kauri, "accounting.transactions").get("Invoices").status == 200


@pytest.mark.parametrize(
    "redirect", ["http://localhost:9999/any/path", "http://127.0.0.1:5000/back", "http://[::1]:5000/back"]
)
def test_the_demo_client_comes_back_to_any_port_of_this_machine(program, kauri, redirect):
    program.redirect = redirect
    assert program.sign_in(kauri).tenant_id == kauri.id


def test_the_demo_client_comes_back_to_no_other_machine(program, kauri):
    program.redirect = "https://attacker.example/callback"
    with pytest.raises(ConsentRefused, match="Invalid redirect_uri"):
        program.consent(kauri)


def test_a_registered_redirect_must_match_exactly(program, kauri, xero):
    xero.identity.clients.register("garage", "secret", ("https://garage.example/xero",))
    program.client_id, program.redirect = "garage", "https://garage.example/xero/"
    with pytest.raises(ConsentRefused, match="Invalid redirect_uri"):
        program.consent(kauri)


@pytest.mark.parametrize("redirect", ["http://garage.example/xero", "http://127.0.0.1:8000/xero"])
def test_a_redirect_is_registered_only_over_https_or_to_localhost(xero, redirect):
    with pytest.raises(ValueError, match="https"):
        xero.identity.clients.register("garage", "secret", (redirect,))


def test_custom_connections_are_refused_loudly(program):
    answer = program.ask_for_token(grant_type="client_credentials")
    assert answer.status == 501
    assert answer.body == b"Sandbox: grant_type client_credentials (custom connections) is not modelled"


def test_nothing_that_opens_a_door_is_kept_in_the_clear(signed_in, xero):
    kept = json.dumps(
        [list(xero.keeper.table(kind).items()) for kind in ("Clients", "AccessTokens", "RefreshTokens")], default=str
    )
    secrets = [signed_in.tokens["access_token"], signed_in.tokens["refresh_token"], '"secret"']
    assert [secret for secret in secrets if secret in kept] == []
