"""The web face: a person sees what Xero holds, and acts in it as the accountant; the API tells of it."""

import itertools
import re

import pytest
import requests

from tests.sandbox.person import SCOPES, Api, Person, said, words

NUMBERS = itertools.count(1)
NOWHERE = "00000000-0000-0000-0000-000000000001"


@pytest.fixture
def session():
    with requests.Session() as session:
        yield session


@pytest.fixture
def person(sandbox, session):
    return Person.sign_in(sandbox.url, session, "Kauri Motors")


@pytest.fixture(scope="module")
def api(sandbox):
    token = sandbox.tokens(scope=SCOPES)["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    connections = requests.get(f"{sandbox.url}/connections", headers=bearer, timeout=10).json()
    return Api(
        sandbox.url, token, next(each["tenantId"] for each in connections if each["tenantName"] == "Kauri Motors")
    )


@pytest.fixture
def contact(api):
    return api.make("Contacts", {"Name": f"Customer {next(NUMBERS)}", "ContactNumber": f"C{next(NUMBERS)}"})


@pytest.fixture
def invoice(api, contact):
    """100.00 plus 15.00 GST, approved, for the car KLM123."""
    line = {"Description": "Full service", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200"}
    body = {
        "Type": "ACCREC",
        "Contact": {"ContactID": contact["ContactID"]},
        "InvoiceNumber": f"W-{next(NUMBERS)}",
        "Reference": "KLM123",
        "Date": "2026-11-02",
        "DueDate": "2026-12-20",
        "Status": "AUTHORISED",
        "LineItems": [line],
    }
    return api.make("Invoices", body)


@pytest.fixture
def bank(api):
    return next(each for each in api.get("Accounts") if each["Code"] == "090")


def reread(api, invoice):
    (found,) = api.get(f"Invoices/{invoice['InvoiceID']}")
    return found["Status"], found["AmountDue"]


# -- the way in


def test_a_stranger_is_sent_to_sign_in_and_back(sandbox, session):
    answer = session.get(f"{sandbox.url}/calls")
    assert answer.url == f"{sandbox.url}/sign-in?next=%2Fcalls"
    assert "Demo sign-in: accountant@kauri.example , password accountant" in words(answer.text)


def test_signing_in_leads_back_but_never_elsewhere(sandbox, session):
    for after, lands in (("/calls", "/calls"), ("https://attacker.example/", "/")):
        page = session.get(f"{sandbox.url}/sign-in", params={"next": after})
        fields = {"csrfmiddlewaretoken": session.cookies["xero_sandbox_csrf"]}
        answer = session.post(page.url, fields | {"email": "accountant@kauri.example", "password": "accountant"})
        assert answer.url == f"{sandbox.url}{lands}"


def test_a_wrong_password_is_refused(sandbox, session):
    session.get(f"{sandbox.url}/sign-in")
    fields = {"csrfmiddlewaretoken": session.cookies["xero_sandbox_csrf"]}
    answer = session.post(f"{sandbox.url}/sign-in", fields | {"email": "accountant@kauri.example", "password": "x"})
    assert said(answer) == (401, "The email address or password is not right.")


def test_signing_out_closes_the_door(person):
    person.do("/sign-out")
    assert person.session.get(person.address("invoices")).url.split("?")[0] == f"{person.url}/sign-in"


def test_a_form_from_elsewhere_is_refused(person, invoice):
    answer = person.session.post(person.address(f"invoices/{invoice['InvoiceID']}/void"))
    assert answer.status_code == 403


def test_an_unknown_organisation_or_document_is_not_found(person):
    paths = (f"/organisations/{NOWHERE}", f"invoices/{NOWHERE}", f"accounts/{NOWHERE}", "nonsense")
    assert [person.session.get(person.address(path)).status_code for path in paths] == [404] * 4


# -- reading


def test_the_invoice_page_shows_the_document(person, invoice, contact):
    page = person.see(f"invoices/{invoice['InvoiceID']}")
    shown = [
        f"Invoice {invoice['InvoiceNumber']} Awaiting payment",
        f"Contact {contact['Name']}",
        "Date 2 Nov 2026",
        "Reference KLM123",
        "Full service 1 100.00 200 Labour Sales 15% GST on Income 15.00 100.00",
        "Subtotal 100.00 Tax 15.00 Total NZD 115.00 Amount due 115.00",
    ]
    assert [part for part in shown if part not in page] == []


@pytest.mark.parametrize("find", ["InvoiceNumber", "InvoiceID"])
def test_an_invoice_is_found_by_its_number_or_its_id(person, invoice, find):
    page = person.see("invoices", q=invoice[find])
    assert f"{invoice['InvoiceNumber']} KLM123" in page
    assert "Nothing found." in person.see("bills", q=invoice[find])


def test_tabs_show_one_state(person, invoice):
    assert invoice["InvoiceNumber"] in person.see("invoices", q=invoice["InvoiceNumber"], state="Awaiting payment")
    assert "Nothing found." in person.see("invoices", q=invoice["InvoiceNumber"], state="Paid")


def test_a_long_list_comes_in_pages(person, api):
    names = [f"Paged {number:02d}" for number in range(51)]
    api.call("PUT", "Contacts", {"Contacts": [{"Name": name} for name in names]}, summarizeErrors="false")
    first, second = (person.see("contacts", q="Paged ", page=number) for number in (1, 2))
    assert "1–50 of 51" in first
    assert re.findall(r"Paged \d\d", second) == ["Paged 50"]


def test_the_trial_balance_is_as_at_a_day(person, invoice):
    assert "Nothing had been posted by then." in person.see("trial-balance", date="2020-01-01")
    page = person.see("trial-balance", date="2026-11-30")
    total = re.search(r"Total ([\d,.]+) ([\d,.]+)$", page)
    assert total[1] == total[2] != "0.00"


def test_the_overview_tells_what_is_owed(person, invoice):
    owed = re.search(r"Invoices awaiting payment ([\d,.]+) (\d+) open", person.see())
    assert float(owed[1].replace(",", "")) >= 115


def test_a_journal_shows_debits_and_credits(person, api):
    lines = [{"LineAmount": 31.2, "AccountCode": "310"}, {"LineAmount": -31.2, "AccountCode": "631"}]
    journal = api.make("ManualJournals", {"Narration": "COGS 482", "Status": "POSTED", "JournalLines": lines})
    page = person.see(f"journals/{journal['ManualJournalID']}")
    assert "COGS 482 Posted" in page
    assert page.count("31.20") == 4


def test_a_deposit_is_shown_from_its_bank_transaction(person, api, contact):
    line = {"Description": "Deposit", "Quantity": 1, "UnitAmount": 200, "AccountCode": "200"}
    made = api.make(
        "BankTransactions",
        {
            "Type": "RECEIVE-PREPAYMENT",
            "Contact": {"ContactID": contact["ContactID"]},
            "BankAccount": {"Code": "090"},
            "LineItems": [line],
        },
    )
    assert "Receive prepayment" in person.see(f"bank/{made['BankTransactionID']}")
    assert "Remaining credit 200.00" in person.see(f"deposits/{made['PrepaymentID']}")


# -- acting on invoices


def test_paying_an_invoice(person, api, invoice, bank):
    answer = person.do(
        f"invoices/{invoice['InvoiceID']}/pay",
        amount="115.00",
        date="2026-11-20",
        account=bank["AccountID"],
        reference="X",
    )
    assert said(answer) == (200, "Payment of 115.00 recorded.")
    assert reread(api, invoice) == ("PAID", 0)


def test_paying_too_much_is_refused_in_xeros_words_and_keeps_what_was_typed(person, api, invoice, bank):
    answer = person.do(
        f"invoices/{invoice['InvoiceID']}/pay", amount="115.01", date="2026-11-20", account=bank["AccountID"]
    )
    assert said(answer) == (400, "Payment amount exceeds the amount outstanding on this document")
    assert 'value="115.01"' in answer.text
    assert reread(api, invoice) == ("AUTHORISED", 115)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"amount": "ten"}, "“ten” is not an amount."),
        ({"amount": "NaN"}, "“NaN” is not an amount."),
        ({"date": "2026-02-31"}, "“2026-02-31” is not a date."),
        ({"account": "nonsense"}, "Choose the account the money went to."),
    ],
)
def test_nonsense_in_a_form_is_told(person, invoice, bank, fields, sentence):
    good = {"amount": "1", "date": "2026-11-20", "account": bank["AccountID"]}
    answer = person.do(f"invoices/{invoice['InvoiceID']}/pay", **(good | fields))
    assert said(answer) == (400, sentence)


def test_deleting_a_payment_opens_the_invoice_again(person, api, invoice, bank):
    person.do(f"invoices/{invoice['InvoiceID']}/pay", amount="115", date="2026-11-20", account=bank["AccountID"])
    (found,) = api.get(f"Invoices/{invoice['InvoiceID']}")
    answer = person.do(f"payments/{found['Payments'][0]['PaymentID']}/delete")
    assert said(answer) == (200, "Payment of 115.00 deleted; what it paid is open again.")
    assert answer.url == person.address(f"invoices/{invoice['InvoiceID']}")
    assert reread(api, invoice) == ("AUTHORISED", 115)


def test_adding_a_line(person, api, invoice):
    answer = person.do(
        f"invoices/{invoice['InvoiceID']}/add-line",
        description="Wiper blades", quantity="2", unit_amount="20", account="201", tax_type="",
    )  # fmt: skip
    assert said(answer) == (200, "Line added; the total is now 161.00.")
    (found,) = api.get(f"Invoices/{invoice['InvoiceID']}")
    assert [line["Description"] for line in found["LineItems"]] == ["Full service", "Wiper blades"]


def test_voiding(person, api, invoice):
    answer = person.do(f"invoices/{invoice['InvoiceID']}/void")
    assert said(answer) == (200, f"{invoice['InvoiceNumber']} is voided.")
    assert reread(api, invoice)[0] == "VOIDED"


def test_a_paid_invoice_cannot_be_voided(person, api, invoice, bank):
    person.do(f"invoices/{invoice['InvoiceID']}/pay", amount="115", date="2026-11-20", account=bank["AccountID"])
    status, sentence = said(person.do(f"invoices/{invoice['InvoiceID']}/void"))
    assert status == 400
    assert "This document cannot be edited as it has a payment or credit note allocated to it." in sentence


def test_crediting_allocates_the_credit_note(person, api, invoice):
    answer = person.do(f"invoices/{invoice['InvoiceID']}/credit", amount="15")
    assert said(answer)[0] == 200
    assert reread(api, invoice) == ("AUTHORISED", 100)
    assert "Payments and credits CN-" in words(answer.text)


def test_taking_an_allocation_back(person, api, invoice):
    page = person.do(f"invoices/{invoice['InvoiceID']}/credit", amount="15").text
    (remove,) = re.findall(r'action="([^"]+/remove)"', page)
    assert said(person.do(remove)) == (200, "The credit of 15.00 is taken back; it can be used elsewhere.")
    assert reread(api, invoice) == ("AUTHORISED", 115)


def test_typing_an_invoice_by_hand(person, api, contact):
    answer = person.do(
        "invoices/new",
        type="invoice", contact=contact["Name"], number="", date="2026-11-20", due="2026-12-20",
        description_0="Tow", quantity_0="1", unit_amount_0="80", account_0="202", tax_type_0="",
    )  # fmt: skip
    assert said(answer)[0] == 200
    (found,) = api.get("Invoices", ContactIDs=contact["ContactID"])
    assert (found["Total"], found["Status"]) == (92, "AUTHORISED")


def test_an_invoice_without_a_line_is_refused_and_keeps_what_was_typed(person):
    fields = {"type": "invoice", "contact": "Nobody yet", "date": "2026-11-20", "due": "2026-12-20"}
    answer = person.do("invoices/new", **fields)
    assert said(answer) == (400, "One or more line items must be specified")
    assert 'value="Nobody yet"' in answer.text


# -- contacts, accounts, settings


def test_adding_and_editing_a_contact(person, api):
    name = f"Added {next(NUMBERS)}"
    answer = person.do("contacts/new", name=name, first_name="Mere", email="mere@example.nz")
    assert said(answer) == (200, f"{name} is added.")
    contact_id = answer.url.rsplit("/", 1)[1]
    person.do(f"contacts/{contact_id}/edit", name=name, first_name="Mere", last_name="Ngata", email="")
    (found,) = api.get(f"Contacts/{contact_id}")
    assert (found["LastName"], found["EmailAddress"]) == ("Ngata", "")


def test_a_taken_name_is_refused(person, contact):
    status, sentence = said(person.do("contacts/new", name=contact["Name"]))
    assert (status, sentence.split(".")[0]) == (
        400,
        f"The contact name {contact['Name']} is already assigned to another contact",
    )


def test_archiving_and_restoring_a_contact(person, api, contact):
    for act, status in (("archive", "ARCHIVED"), ("restore", "ACTIVE")):
        assert said(person.do(f"contacts/{contact['ContactID']}/{act}"))[0] == 200
        assert api.get(f"Contacts/{contact['ContactID']}")[0]["ContactStatus"] == status


def test_merging_a_contact(person, api, contact, invoice):
    kept = api.make("Contacts", {"Name": f"Kept {next(NUMBERS)}"})
    answer = person.do(f"contacts/{contact['ContactID']}/merge", into=kept["ContactID"])
    assert said(answer) == (200, f"{contact['Name']} is merged into {kept['Name']}.")
    assert api.get(f"Invoices/{invoice['InvoiceID']}")[0]["Contact"]["ContactID"] == kept["ContactID"]


def test_renaming_and_archiving_an_account(person, api):
    code = f"T{next(NUMBERS)}"  # no account of the demo chart begins so
    account = api.call("PUT", "Accounts", {"Code": code, "Name": f"Tea {code}", "Type": "EXPENSE"}).json()["Accounts"][
        0
    ]
    person.do(f"accounts/{account['AccountID']}/rename", name=f"Coffee {code}")
    assert said(person.do(f"accounts/{account['AccountID']}/archive")) == (200, f"Coffee {code} is archived.")
    (found,) = api.get(f"Accounts/{account['AccountID']}")
    assert (found["Name"], found["Status"]) == (f"Coffee {code}", "ARCHIVED")


def test_a_locked_period_refuses_the_app(person, api, contact, invoice):
    assert said(person.do("settings/lock", period="", year="2026-11-02")) == (200, "Lock dates are set.")
    try:
        answer = api.call("POST", f"Invoices/{invoice['InvoiceID']}", {"Status": "VOIDED"})
        (element,) = answer.json()["Elements"]
        assert [each["Message"] for each in element["ValidationErrors"]] == [
            "The document date cannot be before the end of year lock date, currently set at 02-Nov-2026"
        ]
    finally:
        person.do("settings/lock", period="2009-09-30", year="")


def test_a_smaller_plan_caps_approved_invoices(person, api):
    assert said(person.do("settings/plan", plan="STARTER", daily="1000")) == (200, "The plan is Starter now.")
    (organisation,) = api.call("GET", "Organisation").json()["Organisations"]
    left = int(api.call("GET", "Organisation").headers["X-DayLimit-Remaining"])
    person.do("settings/plan", plan="DEMO", daily="5000")
    assert (organisation["Class"], left < 1000) == ("STARTER", True)


def test_disconnecting_an_app(sandbox, session):
    person = Person.sign_in(sandbox.url, session, "Oak Garage Ltd")
    token = sandbox.tokens("Oak Garage Ltd", scope=SCOPES)["access_token"]
    oak = Api(sandbox.url, token, person.organisation.rsplit("/", 1)[1])
    assert oak.call("GET", "Organisation").status_code == 200
    (connection,) = re.findall(r'name="connection" value="([^"]+)"', session.get(person.address("settings")).text)
    assert said(person.do("settings/disconnect", connection=connection))[0] == 200
    assert oak.call("GET", "Organisation").status_code == 403


# -- the sandbox itself


def test_recent_calls_are_listed_without_secrets(person, api):
    api.get("Contacts", page=1)
    page = person.session.get(person.address("/calls")).text
    assert "GET /api.xro/2.0/Contacts 200 demo Kauri Motors" in words(page)
    assert api.token not in page


def test_a_fault_is_set_and_cleared_on_its_page(person, api):
    answer = person.do("/faults/add", kind="offline", method="GET", path="TaxRates", nth="1", times="", seconds="")
    assert said(answer) == (200, "Waiting: 503, the organisation is offline.")
    assert api.call("GET", "TaxRates").status_code == 503
    assert said(person.do("/faults/clear")) == (200, "No fault is waiting any more.")
    assert api.call("GET", "TaxRates").status_code == 200


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kind": "gremlin"}, "no such fault: gremlin"),
        ({"nth": "x"}, "“x” is not a whole number."),
        ({"seconds": "long"}, "“long” is not a number."),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(person, fields, sentence):
    status, told = said(person.do("/faults/add", **({"kind": "slow", "nth": "1", "times": "1"} | fields)))
    assert (status, told.split(";")[0]) == (400, sentence)


def test_webhooks_are_set_on_the_page(person):
    answer = person.do("/webhooks", url="http://127.0.0.1:9/hook", key="k", delay="5", duplicate="on")
    assert said(answer) == (200, "Saved.")
    assert 'value="http://127.0.0.1:9/hook"' in answer.text
    assert said(person.do("/webhooks", url="nonsense"))[0] == 400
    assert said(person.do("/webhooks", url="")) == (200, "Webhooks are off.")


@pytest.mark.parametrize(
    ("path", "section"),
    [
        ("/AccountsReceivable/View.aspx?InvoiceID={}", "invoices"),
        ("/AccountsPayable/Edit.aspx?InvoiceID={}", "invoices"),
        ("/Contacts/View/{}", "contacts"),
        ("/Contacts/View.aspx?contactID={}", "contacts"),
    ],
)
def test_xeros_own_links_lead_to_the_document(person, api, invoice, contact, path, section):
    (organisation,) = api.call("GET", "Organisation").json()["Organisations"]
    document_id = invoice["InvoiceID"] if section == "invoices" else contact["ContactID"]
    link = {"shortcode": organisation["ShortCode"], "redirecturl": path.format(document_id)}
    answer = person.session.get(f"{person.url}/organisationlogin/default.aspx", params=link)
    assert answer.url == person.address(f"{section}/{document_id}")


def test_a_link_to_nowhere_is_not_found(person):
    link = {"shortcode": "!nope", "redirecturl": f"/Contacts/View/{NOWHERE}"}
    assert person.session.get(f"{person.url}/organisationlogin/default.aspx", params=link).status_code == 404


def test_no_page_runs_or_carries_a_script_or_a_style_of_its_own(person, invoice, contact):
    sections = "invoices bills credit-notes contacts payments journals bank accounts trial-balance settings"
    documents = [f"invoices/{invoice['InvoiceID']}", f"contacts/{contact['ContactID']}"]
    paths = ["", "/", "/calls", "/faults", "invoices/new", "contacts/new", *sections.split(), *documents]
    pages = {path: person.session.get(person.address(path)) for path in paths}
    assert {path: page.status_code for path, page in pages.items()} == dict.fromkeys(paths, 200)
    assert [
        path for path, page in pages.items() if re.search(r"<script|<style|style=|javascript:|\son\w+=", page.text)
    ] == []
    assert {page.headers["Content-Security-Policy"].split(";")[0] for page in pages.values()} == {"default-src 'none'"}
