import json

import pytest

from tests.sandbox.books import Books


@pytest.fixture
def five(books):
    """Contacts made one second apart from 01:00:00 UTC, each half a second into its second."""
    books.clock.forward(milliseconds=500)
    for name in ("A", "B", "C", "D", "E"):
        books.contact(name)
        books.clock.forward(seconds=1)
    return books


def names(rows):
    return [row["Name"] for row in rows]


def page(books, query):
    reply = json.loads(books.call("GET", "Contacts", query=query).body)
    return names(reply["Contacts"]), reply["pagination"]


def refused(books, query, **more):
    answer = books.call("GET", "Contacts", query=query, **more)
    reply = json.loads(answer.body)
    return answer.status, reply["ErrorNumber"], reply["Type"]


def test_a_page_tells_how_many_there_are(five):
    assert page(five, "page=2&pageSize=2") == (
        ["C", "D"],
        {"page": 2, "pageSize": 2, "pageCount": 3, "itemCount": 5},
    )


def test_pages_are_of_a_hundred_unless_asked_otherwise(five):
    assert page(five, "page=1")[1] == {"page": 1, "pageSize": 100, "pageCount": 1, "itemCount": 5}


def test_a_page_beyond_the_last_is_empty(five):
    assert page(five, "page=9&pageSize=5")[0] == []


def test_a_page_size_alone_makes_pages_too(five):
    assert page(five, "pageSize=1")[0] == ["A"]


@pytest.mark.parametrize("query", ["page=0", "page=x", "page=-1", "pageSize=1001&page=1", "page=" + "9" * 5000])
def test_a_page_that_cannot_be_is_refused(five, query):
    assert refused(five, query) == (400, 16, "QueryParseException")


def test_without_pages_there_is_no_pagination(five):
    assert b"pagination" not in five.call("GET", "Contacts").body


def test_since_a_second_that_second_is_included(five):
    assert names(five.get("Contacts", since="2026-07-20T01:00:03")) == ["D", "E"]


def test_a_change_on_the_very_second_is_included(books):
    books.contact("A")

    assert names(books.get("Contacts", since="2026-07-20T01:00:00")) == ["A"]


def test_since_a_second_can_be_read_strictly():
    books = Books(IfModifiedSince="strict")
    books.clock.forward(milliseconds=500)
    books.contact("A")

    assert names(books.get("Contacts", since="2026-07-20T01:00:00")) == []
    assert names(books.get("Contacts", since="2026-07-20T00:59:59")) == ["A"]


@pytest.mark.parametrize(
    "since",
    ["2026-07-20T01:00:04", "2026-07-20T01:00:04Z", "Mon, 20 Jul 2026 01:00:04 GMT", "2026-07-20T13:00:04+12:00"],
)
def test_the_moment_may_be_written_in_these_ways(five, since):
    assert names(five.get("Contacts", since=since)) == ["E"]


def test_nothing_changed_is_an_empty_list_and_no_error(five):
    assert five.get("Contacts", since="2035-01-01T00:00:00") == []


@pytest.mark.parametrize("path", ["TaxRates", "TrackingCategories"])
def test_what_has_no_time_of_change_is_always_whole(books, path):
    assert books.get(path, since="2035-01-01T00:00:00") == books.get(path) != []


@pytest.mark.parametrize("since", ["yesterday", "0001-01-01T00:00:00+12:00", "2026-13-01T00:00:00"])
def test_a_moment_that_cannot_be_read_is_refused(five, since):
    assert refused(five, "", since=since) == (400, 16, "QueryParseException")


def test_an_order_replaces_that_of_change(five):
    assert names(five.get("Contacts", "order=Name%20DESC")) == ["E", "D", "C", "B", "A"]


def test_documents_of_one_moment_stand_in_the_order_of_their_ids(books):
    made = [books.contact(name)["ContactID"] for name in ("A", "B", "C")]

    assert [row["ContactID"] for row in books.get("Contacts")] == sorted(made)


def test_an_answer_wears_xero_s_envelope(five):
    reply = json.loads(five.call("GET", "Contacts").body)

    assert list(reply) == ["Id", "Status", "ProviderName", "DateTimeUTC", "Contacts"]
    assert (reply["Status"], reply["DateTimeUTC"]) == ("OK", "/Date(1784509205500)/")


def test_lists_are_not_paged_where_xero_does_not_page(five):
    assert five.call("GET", "Items", query="page=1").status == 501
