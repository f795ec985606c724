"""What /connections tells, and what happens when one is taken away."""

import json


def test_a_connection_is_written_as_xero_writes_it(signed_in, kauri):
    (connection,) = signed_in.connections()
    assert list(connection) == [
        "id", "authEventId", "tenantId", "tenantType", "tenantName", "createdDateUtc", "updatedDateUtc",
    ]  # fmt: skip
    assert (connection["tenantId"], connection["tenantType"]) == (kauri.id, "ORGANISATION")
    assert (connection["tenantName"], connection["createdDateUtc"]) == ("Kauri Motors", "2026-11-23T01:00:00.0000000")


def test_the_consent_event_tells_which_organisation_was_picked_this_time(signed_in, wattle):
    signed_in.sign_in(wattle)
    latest = next(each for each in signed_in.connections() if each["tenantId"] == wattle.id)
    assert signed_in.connections(f"authEventId={latest['authEventId']}") == [latest]


def test_a_connection_is_deleted_by_its_own_id_not_the_tenants(signed_in, kauri):
    (connection,) = signed_in.connections()
    assert signed_in.call("DELETE", f"/connections/{kauri.id}").status == 404
    assert signed_in.call("DELETE", f"/connections/{connection['id']}").status == 204
    assert signed_in.call("DELETE", f"/connections/{connection['id']}").status == 404


def test_after_disconnecting_the_organisation_is_forbidden(signed_in):
    (connection,) = signed_in.connections()
    signed_in.call("DELETE", f"/connections/{connection['id']}")
    answer = signed_in.get("Organisation")
    assert (answer.status, json.loads(answer.body)["Title"]) == (403, "Forbidden")


def test_a_reconnected_organisation_shows_it_was_away(signed_in, kauri, clock):
    (before,) = signed_in.connections()
    signed_in.call("DELETE", f"/connections/{before['id']}")
    clock.forward(hours=1)
    (after,) = signed_in.sign_in(kauri).connections()
    assert after["createdDateUtc"] == before["createdDateUtc"]
    assert after["updatedDateUtc"] == "2026-11-23T02:00:00.0000000"


def test_connections_need_a_token_but_no_scope(program, kauri):
    assert program.get("/connections").status == 401
    assert len(program.sign_in(kauri, "openid").connections()) == 1


def test_an_app_sees_only_its_own_connections(signed_in, xero, kauri):
    xero.identity.clients.register("other", "secret", (signed_in.redirect,))
    mine = signed_in.connections()
    other = type(signed_in)(xero, client_id="other").sign_in(kauri)
    assert [each["id"] for each in other.connections()] != [each["id"] for each in mine]
