"""The import of contacts through the API."""

import pytest

from accounting_sync import contact_import
from accounting_sync.models import Connection, ContactImport
from tests.accounting_sync.test_contact_import import MOBILE, in_xero, read
from workshop import people
from workshop.models import Party

URL = "/api/v1/accounting/contact-imports/"
ROWS = "/api/v1/accounting/contact-import-rows/"


@pytest.fixture
def ready(connection, books):
    in_xero(books, "Jane Doe", FirstName="Jane", LastName="Doe", EmailAddress="doe@kea.example")
    in_xero(books, "Weka Ltd")
    return read(connection)


def test_an_import_from_its_start_to_its_end(signed_in, connection, books):
    in_xero(books, "Kea Ltd", EmailAddress="office@kea.example")
    phone = signed_in("Accountant")

    begun = phone.post(URL)
    run = ContactImport.objects.get()
    assert (begun.status_code, begun["Location"]) == (201, f"http://testserver{URL}{run.pk}/")
    contact_import.work()
    shown = phone.get(f"{URL}{run.pk}/").json()
    assert (shown["stage"], shown["counts"]["verdict"]) == ("ready", {"new": 1})
    assert phone.post(f"{URL}{run.pk}/confirm/").status_code == 202
    contact_import.work()

    done = phone.get(f"{URL}{run.pk}/").json()
    assert (done["stage"], done["counts"]["outcome"], done["percent"]) == ("done", {"created": 1}, 100)
    assert Party.objects.get().name == "Kea Ltd"


def test_rows_are_listed_and_decided(signed_in, connection, books):
    jo = people.add_customer(first_name="Jo", last_name="Kea", phones=[{"kind": "mobile", "number": "021 555 0101"}])
    in_xero(books, "J Kea", Phones=MOBILE)
    run, phone = read(connection), signed_in("Accountant")

    (row,) = phone.get(f"{ROWS}?contact_import={run.pk}&verdict=probable").json()["results"]
    assert (row["name"], row["phones"], row["candidates"], row["kind"]) == (
        "J Kea", ["021 555 0101"], [jo.pk], "company",
    )  # fmt: skip
    chosen = phone.post(f"{ROWS}{row['id']}/choose/", {"choice": "link", "party": jo.pk}, "json")
    assert (chosen.status_code, chosen.json()["choice"], chosen.json()["party"]) == (200, "link", jo.pk)
    refused = phone.post(f"{ROWS}{row['id']}/choose/", {"choice": "create", "party": jo.pk}, "json")
    assert refused.status_code == 400


def test_rules_reasons_and_stopping(signed_in, ready):
    phone = signed_in("Accountant")
    assert phone.get(f"{URL}{ready.pk}/").json()["people"] == [
        {"person_rule": "first_name", "people": 0, "companies": 1},
        {"person_rule": "full_name", "people": 1, "companies": 0},
    ]
    ruled = phone.post(f"{URL}{ready.pk}/person-rule/", {"person_rule": "full_name"}, "json")
    assert ruled.json()["person_rule"] == "full_name"
    body = {"reason": "no_details", "after_all": True}
    assert phone.post(f"{URL}{ready.pk}/choose/", body, "json").json() == {"count": 1}
    assert phone.post(f"{URL}{ready.pk}/stop/").json()["stage"] == "stopped"
    assert phone.post(f"{URL}{ready.pk}/confirm/").status_code == 409


def test_the_rule_for_both_sides_is_set(signed_in, connection):
    answer = signed_in("Accountant").post(
        "/api/v1/accounting/connection/contact-rule/", {"contact_rule": "workshop"}, "json"
    )

    assert (answer.json()["contact_rule"], Connection.objects.get().contact_rule) == ("workshop", "workshop")


@pytest.mark.parametrize("role", ["Manager", "Advisor", "Technician"])
def test_others_are_kept_out(signed_in, ready, role):
    phone = signed_in(role)

    assert [phone.get(URL).status_code, phone.get(ROWS).status_code, phone.post(URL).status_code] == [403] * 3
