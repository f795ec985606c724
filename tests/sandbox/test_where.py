from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting_sync.sandbox.errors import QueryRefused
from accounting_sync.sandbox.where import parse_order, parse_where, plain, sort

FIELDS = {
    **plain("Status", "Reference", "Contact.Name"),
    **plain("InvoiceID", kind="guid"),
    **plain("Total", kind="number"),
    **plain("Date", kind="date"),
    **plain("UpdatedDateUTC", kind="moment"),
    **plain("Sent", kind="bool"),
}
INVOICE = {
    "Status": "PAID",
    "Reference": 'KLM"123',
    "Contact.Name": "Jo Kea",
    "InvoiceID": "ab12",
    "Total": Decimal("316.83"),
    "Date": date(2026, 7, 20),
    "UpdatedDateUTC": datetime(2026, 7, 20, 1, 2, 3, tzinfo=UTC),
    "Sent": True,
}


@pytest.mark.parametrize(
    "text",
    [
        'Status=="PAID"',
        'Status = "paid"',
        'status!="DRAFT"',
        'Status=="PAID" AND Total>=316.83',
        'Status=="DRAFT" or Total<317',
        'Status=="DRAFT"||Status=="PAID"&&Total>1',
        '(Status=="DRAFT"||Status=="PAID")&&Total>-1',
        'InvoiceID==guid("AB12")',
        'InvoiceID==Guid("ab12")',
        "Date==DateTime(2026,7,20)",
        "Date>=DateTime(2026, 07, 20) && Date<DateTime(2026,7,21)",
        "Date>=DateTime(2026,7,20,0,0,0)",
        "UpdatedDateUTC>DateTime(2026,7,20,1,2,2)",
        'Contact.Name.Contains("KEA")',
        'Contact.Name.StartsWith("jo")',
        'Contact.Name.EndsWith("ea")',
        'Reference!=null && Reference.Contains("KLM\\"1")',
        "Sent",
        "Sent==true",
        "!(Sent==false)",
    ],
)
def test_these_hold_for_the_invoice(text):
    assert parse_where(text, FIELDS)(INVOICE) is True


@pytest.mark.parametrize(
    "text",
    [
        'Status=="DRAFT"',
        "Total>316.83",
        "Reference==null",
        'InvoiceID==guid("cd")',
        "Date<DateTime(2026,7,20)",
        "!Sent",
    ],
)
def test_these_do_not(text):
    assert parse_where(text, FIELDS)(INVOICE) is False


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Status",
        'Status=="PAID',
        'Status=="PAID" AND',
        'Status=="PAID")',
        '(Status=="PAID"',
        'Stauts=="PAID"',
        "Status==PAID",
        "Status==1",
        'Status>"A"',
        'Total=="1"',
        "Total.Contains(1)",
        'InvoiceID=="ab12"',
        'InvoiceID==guid("a","b")',
        'Date=="2026-07-20"',
        "Date==DateTime(2026,13,1)",
        "Date==DateTime(2026)",
        "Date==DateTime(2026,7,20,5,0,0)",
        "Date>null",
        'LineItems.Any(Description=="x")',
        "1==1",
        "Status=='PAID'",
        "; drop",
    ],
)
def test_what_cannot_be_read_is_refused_and_never_lets_all_rows_through(text):
    with pytest.raises(QueryRefused):
        parse_where(text, FIELDS)


WORDS = (
    *("Status", "Date", "Total", "Sent", "==", ">", "(", ")", "!", ",", "&&", "OR", ".Contains("),
    *('"PAID"', "DateTime(2026,7,20)", "DateTime(9999999999999,1,1)", "guid", "null", "true", "-1.5"),
)


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=8).map(" ".join))
def test_no_text_at_all_makes_the_reader_fall_over(text):
    try:
        predicate = parse_where(text, FIELDS)
    except QueryRefused:
        return
    assert predicate(INVOICE) in (True, False)


def test_nesting_without_end_is_refused():
    with pytest.raises(QueryRefused):
        parse_where("(" * 100_000, FIELDS)


def test_a_bad_filter_is_a_query_parse_exception(books):
    answer = books.call("GET", "Invoices", query='where=Stauts=="PAID"')

    assert answer.status == 400
    assert answer.body == (
        b'{"ErrorNumber":16,"Type":"QueryParseException",'
        b'"Message":"No property or field \'Stauts\' exists for this endpoint"}'
    )


def test_documents_are_ordered_by_several_fields():
    rows = [{"Status": "B", "Total": 1}, {"Status": "A", "Total": 1}, {"Status": "C", "Total": 2}, {"Total": None}]

    sort(rows, parse_order("Total DESC, Status", FIELDS))

    assert [row.get("Status") for row in rows] == ["C", "A", "B", None]


@pytest.mark.parametrize("text", ["Nothing", "Status UP", "Status ASC DESC", ","])
def test_an_order_that_cannot_be_read_is_refused(text):
    with pytest.raises(QueryRefused):
        parse_order(text, FIELDS)
