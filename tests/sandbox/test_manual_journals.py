import pytest

from tests.sandbox.books import a_journal

NOT_VALID = ["Manual Journal not of valid status for modification"]


def journal(books, *amounts, **more):
    return books.put("ManualJournals", a_journal(*amounts, **more))[0]


def edit(journal, **changes):
    return {"ManualJournalID": journal["ManualJournalID"], **changes}


def test_a_journal_comes_back_with_its_lines(books):
    made = journal(books)

    assert (made["Status"], made["LineAmountTypes"], made["Narration"]) == (
        "POSTED", "NoTax", "COGS for invoice INV 1008",
    )  # fmt: skip
    assert [(line["AccountCode"], line["LineAmount"], line["TaxType"]) for line in made["JournalLines"]] == [
        ("310", 12.25, "NONE"), ("631", -12.25, "NONE"),
    ]  # fmt: skip
    assert made["ShowOnCashBasisReports"] is True


def test_a_journal_is_a_draft_unless_it_says_otherwise(books):
    assert journal(books, Status=None)["Status"] == "DRAFT"


def test_a_journal_must_balance_even_as_a_draft(books):
    pairs = (("310", "100.00"), ("631", "-10.00"))

    for status in ("DRAFT", "POSTED"):
        assert books.problems("PUT", "ManualJournals", a_journal(*pairs, Status=status)) == [
            "The total debits (100.00) must equal total credits (-10.00)"
        ]


def test_a_journal_has_two_lines_at_least_and_a_narration(books):
    assert books.problems("PUT", "ManualJournals", a_journal(("310", "0.00"))) == [
        "A manual journal must have at least two journal lines"
    ]
    assert len(books.problems("PUT", "ManualJournals", a_journal(Narration=""))) == 1


@pytest.mark.parametrize("code", ["090", "606", "610", "800", "960", "630"])
def test_bank_control_earnings_and_inventory_accounts_are_closed_to_journals(books, code):
    element = a_journal((code, "5.00"), ("631", "-5.00"))

    assert books.problems("PUT", "ManualJournals", element) == [
        f"Account code '{code}' is not a valid code for this document."
    ]


def test_an_unknown_account_is_dropped_from_a_draft_with_a_warning_and_refused_when_posted(books):
    pairs = (("476", "5.00"), ("631", "-5.00"))

    draft = journal(books, *pairs, Status="DRAFT")

    assert draft["Warnings"] == [
        {"Message": "Account code '476' has been removed as it does not match a recognised account."}
    ]
    assert "AccountCode" not in draft["JournalLines"][0]
    assert books.problems("POST", "ManualJournals", edit(draft, Status="POSTED")) == [
        "Account code '' is not a valid code for this document."
    ]
    assert books.problems("PUT", "ManualJournals", a_journal(*pairs)) == [
        "Account code '476' is not a valid code for this document."
    ]


@pytest.mark.parametrize(
    ("start", "end"), [("DRAFT", "POSTED"), ("DRAFT", "DELETED"), ("POSTED", "POSTED"), ("POSTED", "VOIDED")]
)
def test_these_changes_of_status_are_legal(books, start, end):
    assert books.post("ManualJournals", edit(journal(books, Status=start), Status=end))[0]["Status"] == end


@pytest.mark.parametrize(("start", "end"), [("DRAFT", "VOIDED"), ("POSTED", "DRAFT"), ("POSTED", "DELETED")])
def test_these_changes_of_status_are_not(books, start, end):
    assert books.problems("POST", "ManualJournals", edit(journal(books, Status=start), Status=end)) == NOT_VALID


def test_a_voided_journal_takes_no_edit(books):
    voided = books.post("ManualJournals", edit(journal(books), Status="VOIDED"))[0]

    assert books.problems("POST", "ManualJournals", edit(voided, Narration="late")) == NOT_VALID


def test_editing_a_posted_journal_replaces_its_lines_and_gives_it_a_new_number(books):
    made = journal(books)
    stored = books.organisation.tables["ManualJournals"]
    number = stored[made["ManualJournalID"]]["JournalNumber"]
    pairs = a_journal(("311", "1.00"), ("631", "-1.00"))["JournalLines"]

    [now] = books.post(f"ManualJournals/{made['ManualJournalID']}", {"Narration": "New", "JournalLines": pairs})

    assert [line["AccountCode"] for line in now["JournalLines"]] == ["311", "631"]
    assert stored[made["ManualJournalID"]]["JournalNumber"] != number


def test_a_journal_with_tax_balances_including_it(books):
    pairs = (("429", "100.00"), ("631", "-100.00"))

    taxed = a_journal(*pairs, LineAmountTypes="Exclusive")
    taxed["JournalLines"][1]["TaxType"] = "NONE"
    assert books.problems("PUT", "ManualJournals", taxed) == [
        "The total debits (115.00) must equal total credits (-100.00)"
    ]


def test_journals_are_found_by_narration(books):
    journal(books, Narration="COGS for invoice INV 1008")
    journal(books, Narration="COGS for invoice INV 1009")

    found = books.get("ManualJournals", 'where=Narration=="COGS for invoice INV 1009"')

    assert [row["Narration"] for row in found] == ["COGS for invoice INV 1009"]


def test_without_a_date_a_journal_is_of_today(books):
    assert journal(books, Date=None)["Date"] == "/Date(1784505600000+0000)/"
