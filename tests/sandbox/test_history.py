import pytest

from tests.sandbox.books import a_journal


def note(books, path, details="From the workshop"):
    return books.rows("PUT", f"{path}/History", {"HistoryRecords": [{"Details": details}]})


def test_a_note_is_kept_on_an_invoice(books):
    path = f"Invoices/{books.invoice()['InvoiceID']}"

    note(books, path)
    books.clock.forward(minutes=1)
    note(books, path, "Again")

    rows = books.get(f"{path}/History")
    assert [(row["Details"], row["User"], row["Changes"]) for row in rows] == [
        ("From the workshop", "System Generated", "Note"),
        ("Again", "System Generated", "Note"),
    ]
    assert rows[0]["DateUTCString"] == "2026-07-20T01:00:00"


def test_a_note_does_not_change_the_invoice(books):
    invoice = books.invoice()
    books.clock.forward(minutes=1)

    note(books, f"Invoices/{invoice['InvoiceID']}")

    assert books.fetch("Invoices", invoice)["UpdatedDateUTC"] == invoice["UpdatedDateUTC"]


def test_the_id_of_another_kind_is_refused(books):
    journal = books.put("ManualJournals", a_journal())[0]
    body = {"HistoryRecords": [{"Details": "x"}]}

    assert books.problems("PUT", f"Invoices/{journal['ManualJournalID']}/History", body) == [
        "The document with the supplied id was not found for this endpoint."
    ]


@pytest.mark.parametrize("details", ["", "x" * 2501])
def test_a_note_has_words_but_not_too_many(books, details):
    path = f"Contacts/{books.contact()['ContactID']}"

    assert books.problems("PUT", f"{path}/History", {"HistoryRecords": [{"Details": details}]}) == [
        "Details must have from 1 to 2500 characters"
    ]
