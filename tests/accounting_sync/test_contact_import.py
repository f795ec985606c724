"""The import at go-live: a dry run that writes nothing, and a real run that does what it said."""

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounting_sync import classify, contact_import
from accounting_sync.drain import drain
from accounting_sync.models import Connection, ContactImport, SyncRecord
from accounting_sync.pull import pull
from accounting_sync.sandbox import accountant
from tests.factories import an_invoice
from workshop import people
from workshop.errors import NotAllowedNow
from workshop.models import Party

pytestmark = pytest.mark.django_db
MOBILE = [{"PhoneType": "MOBILE", "PhoneNumber": "021 555 0101"}]


def in_xero(books, name, customer=True, supplier=False, archived=False, **fields):
    contact = accountant.add_contact(books, name, **fields)
    flags = {"IsCustomer": customer, "IsSupplier": supplier}
    flags |= {"ContactStatus": "ARCHIVED"} if archived else {}
    return books.save("Contacts", {**books.tables["Contacts"][contact["ContactID"]], **flags}, event="UPDATE")


def read(connection):
    run = contact_import.start(connection)
    while contact_import.step(run):
        pass
    run.refresh_from_db()
    return run


def write(run):
    contact_import.confirm(run)
    while contact_import.step(run):
        pass
    run.refresh_from_db()
    return run


def verdicts(run):
    return {row.name: (row.verdict, row.reason) for row in run.rows.all()}


def row_of(run, name):
    return run.rows.select_related("contact_import").get(name=name)


def state_of(party):
    record = SyncRecord.objects.get(kind="contact", object_id=party.pk)
    return record.state, record.code


@pytest.fixture
def a_motley_crowd(books):
    in_xero(books, "Jo Kea", FirstName="Jo", LastName="Kea", Phones=MOBILE)
    in_xero(books, "Jane", FirstName="Jane", EmailAddress="jane@kea.example")
    in_xero(books, "Kea Ltd", FirstName="Jane", EmailAddress="office@kea.example")
    in_xero(books, "Tui Ltd", EmailAddress="tui@tui.example")
    in_xero(books, "Moa Ltd", archived=True, EmailAddress="moa@moa.example")
    in_xero(books, "Weka Ltd")
    in_xero(books, "Parts Ltd", customer=False, supplier=True, EmailAddress="parts@parts.example")
    in_xero(books, "Brand New Ltd", customer=False, EmailAddress="new@new.example")
    in_xero(books, "Both Ltd", supplier=True, EmailAddress="both@both.example")
    in_xero(books, "N" * 240, EmailAddress="long@long.example")


@pytest.fixture
def jo(garage):
    return people.add_customer(
        first_name="Jo", last_name="Kea", phones=[{"kind": "mobile", "number": "+64 21 555 0101"}]
    )


@pytest.fixture
def tui(garage):
    return people.add_customer(kind="company", company_name="Tui Ltd", email="somebody@else.example")


# The dry run


def test_each_contact_is_certain_probable_new_or_skipped_with_its_reason(connection, jo, tui, a_motley_crowd):
    run = read(connection)

    assert run.stage == "ready"
    assert verdicts(run) == {
        "Jo Kea": ("certain", ""),
        "Jane": ("new", ""),
        "Kea Ltd": ("new", ""),
        "Tui Ltd": ("probable", ""),
        "Moa Ltd": ("skipped", "archived"),
        "Weka Ltd": ("skipped", "no_details"),
        "Parts Ltd": ("skipped", "supplier_only"),
        "Brand New Ltd": ("skipped", "never_invoiced"),
        "Both Ltd": ("new", ""),
        "N" * 240: ("skipped", "unfit"),
    }
    assert row_of(run, "N" * 240).note == "Ensure this value has at most 200 characters (it has 240)."
    assert row_of(run, "Tui Ltd").candidates == [tui.pk]


def test_nothing_is_written_before_somebody_confirms(connection, jo, tui, a_motley_crowd):
    def everything():
        return [list(Party.objects.values()), list(Party.history.values()), list(SyncRecord.objects.values())]

    before = everything()
    read(connection)

    assert everything() == before


def test_the_same_phone_under_another_name_is_a_question(connection, jo, books):
    in_xero(books, "J Kea", Phones=MOBILE)
    run = read(connection)

    assert (row_of(run, "J Kea").verdict, row_of(run, "J Kea").candidates) == ("probable", [jo.pk])


def test_a_customer_that_two_contacts_would_certainly_be_is_certain_for_neither():
    """Xero keeps names apart today, and says that it may stop doing so."""
    judged = [classify.Judgement("certain", party_id=pk) for pk in (1, 2, 1)]

    assert classify.asked_twice(judged) == {1}


def test_a_person_or_a_company_by_the_first_rule_and_by_the_better_one(connection, books):
    in_xero(books, "Jane", FirstName="Jane", EmailAddress="jane@kea.example")
    in_xero(books, "Kea Ltd", FirstName="Jane", EmailAddress="office@kea.example")
    in_xero(books, "Jane Doe", FirstName="Jane", LastName="Doe", EmailAddress="doe@kea.example")
    run = read(connection)
    assert contact_import.people_preview(run) == {"first_name": (1, 2), "full_name": (2, 1)}

    contact_import.use_person_rule(run, "full_name")
    write(run)

    made = {(p.kind, p.name, p.first_name, p.last_name) for p in Party.objects.all()}
    assert made == {
        ("person", "Jane", "Jane", ""),
        ("company", "Kea Ltd", "Jane", ""),
        ("person", "Jane Doe", "Jane", "Doe"),
    }


def test_the_first_rule_takes_jane_doe_for_a_company(connection, books):
    in_xero(books, "Jane Doe", FirstName="Jane", LastName="Doe", EmailAddress="doe@kea.example")
    write(read(connection))

    assert [(p.kind, p.name, p.first_name) for p in Party.objects.all()] == [("company", "Jane Doe", "Jane")]


# Decisions


def test_what_was_skipped_can_be_imported_after_all(connection, a_motley_crowd):
    run = read(connection)
    for reason in ("archived", "no_details", "supplier_only", "never_invoiced"):
        assert contact_import.choose_many(run, reason, "create") == 1
    write(run)

    roles = {p.name: (p.is_customer, p.is_supplier, p.archived_at is not None) for p in Party.objects.all()}
    assert [roles[name] for name in ("Moa Ltd", "Weka Ltd", "Parts Ltd", "Brand New Ltd", "Both Ltd")] == [
        (True, False, True), (True, False, False), (False, True, False), (True, False, False), (True, True, False),
    ]  # fmt: skip


def test_a_probable_one_is_linked_made_new_or_left_out_as_somebody_says(connection, jo, tui, books):
    for name in ("Tui Ltd", "Jo Kea"):
        in_xero(books, name, EmailAddress=f"{name[:3].strip()}@other.example")
    in_xero(books, "J Kea", Phones=MOBILE)
    run = read(connection)
    assert {v for v, _ in verdicts(run).values()} == {"probable"}

    contact_import.choose(row_of(run, "Tui Ltd"), "link", tui)
    contact_import.choose(row_of(run, "Jo Kea"), "create")
    write(run)

    outcomes = dict(run.rows.values_list("name", "outcome"))
    assert outcomes == {"Tui Ltd": "linked", "Jo Kea": "created", "J Kea": "left"}
    assert Party.objects.count() == 3


def test_only_who_is_offered_can_be_linked_and_each_once(connection, jo, tui, books):
    in_xero(books, "Jo Kea", EmailAddress="jo@other.example")
    in_xero(books, "J Kea", Phones=MOBILE)
    run = read(connection)

    with pytest.raises(NotAllowedNow, match="Choose one of the customers"):
        contact_import.choose(row_of(run, "Jo Kea"), "link", tui)
    contact_import.choose(row_of(run, "Jo Kea"), "link", jo)
    with pytest.raises(NotAllowedNow, match="Another contact is linked to Jo Kea"):
        contact_import.choose(row_of(run, "J Kea"), "link", jo)


def test_one_import_at_a_time_and_none_is_stopped_once_confirmed(connection, books):
    run = read(connection)
    with pytest.raises(NotAllowedNow, match="Finish or stop"):
        contact_import.start(connection)
    contact_import.confirm(run)
    with pytest.raises(NotAllowedNow, match="too late to stop"):
        contact_import.stop(run)


def test_a_stopped_import_wrote_nothing_and_another_can_begin(connection, a_motley_crowd):
    contact_import.stop(read(connection))

    assert Party.objects.count() == 0
    assert read(connection).stage == "ready"


# The real run


def test_the_real_run_is_the_dry_run(connection, jo, tui, a_motley_crowd):
    run = read(connection)
    said = {row.contact_id: row.choice or "leave" for row in run.rows.all()}
    write(run)

    done = {"created": "create", "linked": "link", "left": "leave"}
    assert {row.contact_id: done[row.outcome] for row in run.rows.all()} == said
    linked = SyncRecord.objects.filter(kind="contact", remote_id__isnull=False)
    assert set(linked.values_list("remote_id", flat=True)) == {pk for pk, choice in said.items() if choice != "leave"}
    assert Party.objects.count() == 2 + list(said.values()).count("create")
    assert run.stage == "done"


def test_all_phones_and_addresses_come_along(connection, books):
    in_xero(
        books, "Kea Ltd", EmailAddress="office@kea.example", TaxNumber="11-222-333",
        Phones=[
            {"PhoneType": kind, "PhoneCountryCode": "64", "PhoneAreaCode": "6", "PhoneNumber": number}
            for kind, number in zip(
                ["MOBILE", "DEFAULT", "DDI", "FAX"], ["555 0101", "555 0202", "555 0303", "555 0404"], strict=True
            )
        ],
        Addresses=[{"AddressType": "POBOX", "AddressLine1": "PO Box 1", "City": "Napier"}],
    )  # fmt: skip
    write(read(connection))

    kea = Party.objects.get()
    assert {p.kind: p.number for p in kea.phones.all()} == {
        "mobile": "+64 6 555 0101", "work": "+64 6 555 0202", "home": "+64 6 555 0303", "fax": "+64 6 555 0404",
    }  # fmt: skip
    assert kea.phones.get(kind="mobile").digits == "65550101"
    assert (str(kea.addresses.get()), kea.email, kea.tax_number) == (
        "PO Box 1, Napier", "office@kea.example", "11-222-333",
    )  # fmt: skip
    assert [h.history_type for h in kea.history.all()] == ["+"]


def test_what_is_linked_fills_each_others_blanks_and_what_differs_is_asked_about(connection, books, xero):
    jo = people.add_customer(
        first_name="Jo", last_name="Kea", email="jo@kea.example", phones=[{"kind": "mobile", "number": "021 555 0101"}]
    )
    tui = people.add_customer(
        kind="company", company_name="Tui Ltd", email="ours@tui.example",
        phones=[{"kind": "work", "number": "06 555 0202"}],
    )  # fmt: skip
    in_xero(books, "Jo Kea", FirstName="Jo", LastName="Kea", Phones=MOBILE, TaxNumber="11-222-333", supplier=True)
    in_xero(
        books,
        "Tui Ltd",
        EmailAddress="theirs@tui.example",
        Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": "06 555 0202"}],
    )
    write(read(connection))

    jo.refresh_from_db()
    assert (jo.tax_number, jo.is_supplier, state_of(jo)) == ("11-222-333", True, ("pending", ""))
    assert state_of(tui) == ("conflict", "changed_in_both")
    drain(connection)
    assert state_of(jo) == ("synced", "")
    there = SyncRecord.objects.get(kind="contact", object_id=jo.pk).remote_id
    assert books.tables["Contacts"][there]["EmailAddress"] == "jo@kea.example"


def test_an_import_is_not_sent_back(connection, books, xero, a_motley_crowd):
    write(read(connection))
    before = len(xero.calls)

    drain(connection)
    assert len(xero.calls) == before
    pull(connection, only_due=False)
    drain(connection)

    assert {state for (state,) in SyncRecord.objects.values_list("state")} == {"synced"}
    assert {call.method for call in list(xero.calls)[before:]} == {"GET"}


def test_a_second_import_finds_nothing_to_do(connection, jo, a_motley_crowd):
    write(read(connection))
    parties = Party.objects.count()
    again = read(connection)

    assert set(again.rows.exclude(verdict="skipped").values_list("verdict")) == set()
    assert again.rows.filter(reason="linked").count() == 5
    write(again)
    assert Party.objects.count() == parties


def test_an_imported_customers_edits_flow_both_ways_at_once(connection, books):
    there = in_xero(books, "Kea Ltd", EmailAddress="office@kea.example")
    write(read(connection))
    kea = Party.objects.get()

    people.update_party(kea, phones={"mobile": "021 555 0101"})
    accountant.edit_contact(books, there["ContactID"], EmailAddress="new@kea.example")
    drain(connection)
    pull(connection, only_due=False)

    kea.refresh_from_db()
    phones = [
        p["PhoneNumber"] for p in books.tables["Contacts"][there["ContactID"]]["Phones"] if p["PhoneType"] == "MOBILE"
    ]
    assert (kea.email, phones, state_of(kea)) == ("new@kea.example", ["021 555 0101"], ("synced", ""))


def test_whoever_was_edited_in_xero_after_the_dry_run_is_read_again(connection, books):
    there = in_xero(books, "Kea Ltd", EmailAddress="office@kea.example")
    run = read(connection)
    accountant.edit_contact(books, there["ContactID"], EmailAddress="new@kea.example")
    pull(connection, only_due=False)  # a poll that does not know him yet
    write(run)
    pull(connection)

    assert Party.objects.get().email == "new@kea.example"


def test_whoever_was_linked_meanwhile_is_left_as_he_is(connection, books, jo):
    in_xero(books, "Jo Kea", FirstName="Jo", LastName="Kea", Phones=MOBILE)
    run = read(connection)
    an_invoice(customer=jo)
    drain(connection)
    write(run)

    row = row_of(run, "Jo Kea")
    assert (row.outcome, row.note, Party.objects.count()) == ("left", "Linked meanwhile, or on its way to Xero.", 1)


# Interrupted


def forgotten(run):
    """Its worker was killed, minutes ago."""
    ContactImport.objects.filter(pk=run.pk).update(busy_until=timezone.now() - timedelta(seconds=1))


def test_a_run_goes_on_where_it_was_left(connection, books, monkeypatch):
    monkeypatch.setattr(contact_import, "PAGE", 2)
    monkeypatch.setattr(contact_import, "CHUNK", 2)
    for n in range(5):
        in_xero(books, f"Kea {n} Ltd", EmailAddress=f"kea{n}@kea.example")
    run = contact_import.start(connection)
    for _ in range(2):
        assert contact_import.step(ContactImport.objects.get(pk=run.pk))
    assert run.rows.count() == 4
    forgotten(run)
    contact_import.work()  # another worker
    run.refresh_from_db()
    assert (run.stage, run.reads, run.rows.count()) == ("ready", 3, 5)

    contact_import.confirm(run)
    contact_import.step(ContactImport.objects.get(pk=run.pk))
    assert Party.objects.count() == 2
    forgotten(run)
    contact_import.work()
    assert (Party.objects.count(), ContactImport.objects.get().stage) == (5, "done")


def test_a_worker_leaves_what_another_has_in_hand(connection, books):
    run = contact_import.start(connection)
    ContactImport.objects.filter(pk=run.pk).update(busy_until=timezone.now() + timedelta(minutes=1))
    contact_import.work()
    assert ContactImport.objects.get().stage == "reading"

    forgotten(run)
    contact_import.work()
    assert ContactImport.objects.get().stage == "ready"


def test_while_xero_puts_us_off_nothing_is_read(connection, books):
    in_xero(books, "Kea Ltd", EmailAddress="office@kea.example")
    Connection.objects.update(parked_until=timezone.now() + timedelta(minutes=1), parked_because="Xero is away.")
    run = contact_import.start(connection)
    contact_import.work()
    assert ContactImport.objects.get().stage == "reading"

    Connection.objects.update(parked_until=None)
    contact_import.work()
    run.refresh_from_db()
    assert run.stage == "ready"


# What it costs


def crowd(books, count, known):
    """Contacts made and, where ``known``, customers here who are the same."""
    for n in range(count):
        name = f"Kea {known} {count} {n} Ltd"
        in_xero(books, name, EmailAddress=f"{count}.{n}@kea.example", Phones=MOBILE if known else [])
        if known:
            people.add_customer(kind="company", company_name=name, email=f"{count}.{n}@kea.example")


def cost(act):
    with CaptureQueriesContext(database) as captured:
        act()
    return len(captured)


@pytest.mark.parametrize(("known", "outcome"), [(False, "created"), (True, "linked")])
def test_no_query_per_contact(connection, books, known, outcome):
    costs = []
    for count in (1, 4):
        crowd(books, count, known)
        run = contact_import.start(connection)
        reading = cost(lambda: contact_import.step(run))  # noqa: B023
        contact_import.confirm(run)
        writing = cost(lambda: contact_import.step(run))  # noqa: B023
        assert run.rows.filter(outcome=outcome).count() == count
        contact_import.step(run)
        costs.append((reading, writing))

    assert costs[0] == costs[1]


@pytest.mark.slow
def test_five_thousand_contacts_take_five_reads(connection, books, xero):
    for n in range(5_000):
        contact = {
            "Name": f"Kea {n} Ltd", "EmailAddress": f"kea{n}@kea.example",
            "Phones": [{"PhoneType": "MOBILE", "PhoneNumber": f"021 5{n:06}"}],
        }  # fmt: skip
        accountant.add_contact(books, contact.pop("Name"), **contact)
    for contact in list(books.tables["Contacts"].values()):
        books.save("Contacts", {**contact, "IsCustomer": True}, event="UPDATE")
    before = len(xero.calls)
    run = contact_import.start(connection)
    reading = cost(lambda: contact_import.work(timedelta(minutes=5)))
    contact_import.confirm(run)
    writing = cost(lambda: contact_import.work(timedelta(minutes=5)))

    run.refresh_from_db()
    assert (run.stage, run.reads, len(xero.calls) - before, Party.objects.count()) == ("done", 5, 5, 5_000)
    # SQLite takes fewer values in one statement than PostgreSQL, so it needs the most: 115 to read, 801 to write
    assert (reading <= 115, writing <= 801) == (True, True), (reading, writing)
