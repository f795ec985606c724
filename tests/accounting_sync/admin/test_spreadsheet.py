"""The accountant's lists as files: what was filtered and chosen, harmless to a spreadsheet."""

import csv
import io

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME

from accounting_sync import queue
from accounting_sync.models import Attempt, SyncRecord
from tests.accounting_sync.standing import an_invoice_record, in_xero, refused
from tests.factories import CustomerFactory

ERRORS, HISTORY = "/admin/accounting_sync/unresolvederror/", "/admin/accounting_sync/attempt/"


def saved(client, page, rows, **query):
    chosen = {"action": "save_csv", ACTION_CHECKBOX_NAME: [row.pk for row in rows], "index": "0"}
    answer = client.post(page, chosen, query_params=query)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_chosen_rows_are_saved_with_state_cause_and_times(accountant, connection):
    record, other = refused(an_invoice_record()), refused(an_invoice_record())
    queue.exclude(record, export=False, from_import=True, reason="Typed twice", by=accountant.user)

    [row] = saved(accountant, ERRORS, [record])

    found = (row["Id"], row["Kind"], row["State"], row["Cause"])
    assert found == (str(record.object_id), "invoice", "warning", "number_taken")
    assert (row["Reason"], row["Decided by"]) == ("Typed twice", accountant.user.username)
    assert str(other.object_id) != row["Id"]


def test_all_that_the_filter_shows_are_saved_at_once(accountant, connection):
    wanted = [refused(an_invoice_record()) for _ in range(3)]
    refused(an_invoice_record(), "email_invalid")

    everything = {"action": "save_csv", ACTION_CHECKBOX_NAME: wanted[0].pk, "select_across": "1", "index": "0"}
    answer = accountant.post(f"{ERRORS}?code=number_taken", everything)

    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert len(lines) == 1 + 3


@pytest.mark.parametrize("name", ["=1+1", "+1", "-cmd", "@SUM(A1)"])
def test_what_a_spreadsheet_would_run_is_only_text_to_it(accountant, connection, name):
    record = refused(an_invoice_record(customer=CustomerFactory(company_name=name, kind="company")))
    SyncRecord.objects.filter(pk=record.pk).update(title=name)

    [row] = saved(accountant, ERRORS, [record])

    assert row["Record"] == f"'{name}" or (name == "+1" and row["Record"] == name)


def test_the_history_is_saved_too(accountant, connection):
    record = in_xero(connection)
    attempt = Attempt.objects.get(sync_record=record)

    [row] = saved(accountant, HISTORY, [attempt])

    assert (row["Record"], row["Outcome"], row["Method"], row["HTTP status"]) == (
        record.title,
        "accepted",
        "PUT",
        "200",
    )


@pytest.mark.parametrize("count", [1, 3])
def test_a_long_file_costs_no_more_queries_than_a_short_one(accountant, connection, django_assert_num_queries, count):
    rows = [refused(an_invoice_record()) for _ in range(count)]
    chosen = {"action": "save_csv", ACTION_CHECKBOX_NAME: [row.pk for row in rows], "index": "0"}
    answer = accountant.post(ERRORS, chosen)
    with django_assert_num_queries(2):
        list(answer.streaming_content)


def test_who_may_not_see_them_saves_nothing(technician, connection):
    record = refused(an_invoice_record())
    answer = technician.post(ERRORS, {"action": "save_csv", ACTION_CHECKBOX_NAME: [record.pk], "index": "0"})
    assert answer.status_code in {302, 403}
    assert answer.get("Content-Disposition") is None
