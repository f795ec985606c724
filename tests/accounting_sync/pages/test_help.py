"""Every message has a page that says why and what to do; a record's file for support tells of nobody."""

import json

import pytest

from accounting_sync import unknown_messages
from accounting_sync.causes import DOES, WHY
from accounting_sync.decisions import DECISIONS
from accounting_sync.drain import drain
from accounting_sync.errors import BY_CODE, CATALOGUE
from accounting_sync.models import Connection, SyncRecord, UnknownMessage
from accounting_sync.pages.error_help import PAGES
from tests.accounting_sync.standing import an_invoice_record, refused, text
from tests.factories import CustomerFactory, an_invoice
from tests.journeys.conftest import record_of


def test_every_entry_has_a_reason_a_cure_and_buttons_that_exist():
    assert set(WHY) == set(BY_CODE)
    known = {*PAGES, *DECISIONS}
    assert {name for cure in CATALOGUE for name in cure.buttons} == set(DOES)
    assert [cure.code for cure in CATALOGUE if not (cure.sentence and cure.cure and set(cure.buttons) <= known)] == []


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_its_page_opens_and_says_why_and_what_to_do(accountant, connection, code):
    page = text(accountant.get(f"/accounting/help/{code}/"))
    assert (WHY[code] in page, BY_CODE[code].cure in page) == (True, True)
    assert [name for name in BY_CODE[code].buttons if DOES[name] not in page] == []


def test_a_message_that_nobody_has_is_not_found(accountant, connection):
    assert accountant.get("/accounting/help/nonsense/").status_code == 404


def test_the_error_leads_to_its_page_and_the_page_to_the_records(accountant, connection):
    record = refused(an_invoice_record())

    panel = accountant.get(f"/accounting/panel/invoice/{record.object_id}/").content.decode()
    assert '<a href="/accounting/help/number_taken/">Why this happens</a>' in panel

    page = accountant.get("/accounting/help/number_taken/").content.decode()
    assert f'<a href="/accounting/records/{record.pk}/">{record}</a>' in page
    assert "“Use the next free number”" in page


def test_all_are_listed_those_that_stand_now_first_and_searched_by_words(accountant, connection):
    refused(an_invoice_record(), "email_invalid")

    assert text(accountant.get("/accounting/help/")).index("1 now") < 700
    found = text(accountant.get("/accounting/help/", {"q": "lock"}))
    assert "The books are locked for this date." in found
    assert "Xero does not accept the e-mail address." not in found
    assert "None of them says that" in text(accountant.get("/accounting/help/", {"q": "unicorn"}))


def test_the_file_for_support_holds_ids_times_and_hashes_and_nothing_about_anybody(accountant, connection, books):
    jo = CustomerFactory(first_name="Jolanda", last_name="Keanu", email="jolanda@example.nz")
    invoice = an_invoice(customer=jo)
    drain(connection)
    assert "Keanu" in str(record_of("contact", jo).attempts.get().body)
    SyncRecord.objects.filter(kind="invoice").update(message="Jolanda Keanu is not who you think")

    answer = accountant.get(f"/accounting/records/{record_of('invoice', invoice).pk}/diagnostics.json")

    found = json.loads(answer.content)
    assert found["record"]["object_id"] == invoice.pk
    assert found["connection"]["tenant_id"] == connection.tenant_id
    body = answer.content.decode()
    assert [attempt["outcome"] for attempt in found["attempts"]] == ["accepted"]
    tokens = Connection.objects.values_list("access_token", "refresh_token").get()
    assert [token for token in tokens if token in body] == []
    assert [word for word in ("Jolanda", "Keanu", "example.nz", "secret", "token-") if word in body] == []
    assert answer["Content-Disposition"] == f'attachment; filename="invoice-{invoice.pk}.json"'


def test_what_was_sent_is_told_by_its_hash(accountant, connection):
    invoice = an_invoice()
    drain(connection)

    record = record_of("invoice", invoice)
    [attempt] = json.loads(accountant.get(f"/accounting/records/{record.pk}/diagnostics.json").content)["attempts"]
    assert (attempt["outcome"], attempt["body_hash"], len(attempt["sent"]["sha256"])) == (
        "accepted", record.body_hash, 64,
    )  # fmt: skip


@pytest.mark.parametrize("path", ["/accounting/help/", "/accounting/help/mapping/"])
def test_who_may_not_see_records_reads_no_help_about_them(technician, connection, path):
    assert technician.get(path).status_code == 403


# What nobody knows yet


@pytest.mark.parametrize(
    ("said", "wording"),
    [
        (
            "Xero refused it. Xero says: Order 17 of 2026-07-20 has 3 lines too many",
            "Order # of # has # lines too many",
        ),
        ("Xero refused it. Xero says: Contact 'Jo Kea' is odd", "Contact '…' is odd"),
        ("Xero refused it. Xero says: 60c40c37-05da-41a0-a4c5-aa0e214f8b4c is gone", "# is gone"),
    ],
)
def test_a_wording_is_told_without_numbers_and_names(said, wording):
    assert unknown_messages.wording_of(said) == wording


def test_what_xero_says_and_nobody_knows_is_shown_verbatim_and_counted(accountant, connection, settings):
    settings.SITE_URL = "https://xero.example"
    for _ in range(2):
        an_invoice()
        drain(connection)

    [known] = UnknownMessage.objects.all()
    assert (known.count, known.latest.code) == (2, "refused")
    assert known.wording == "Url must not contain the word xero"
    assert known.wording in text(accountant.get("/admin/accounting_sync/unknownmessage/"))
