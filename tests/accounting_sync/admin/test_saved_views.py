"""A list as somebody likes to see it, kept under a name."""

import pytest

from accounting_sync.models import Priority, SavedView, SyncRecord
from tests.accounting_sync.standing import an_invoice_record, refused, text, told

LIST = "/admin/accounting_sync/unresolvederror/"
HISTORY = "/admin/accounting_sync/attempt/"


def keep(client, name="Numbers", query="code=number_taken&o=1", where=LIST):
    return client.post(f"{where}views/save/", {"name": name, "query": query}, follow=True)


@pytest.mark.parametrize("where", [LIST, HISTORY])
def test_the_filters_and_the_order_of_a_list_are_kept_under_a_name(accountant, connection, where):
    query = "o=1&q=INV"
    assert "Keep this view" in text(accountant.get(f"{where}?{query}&p=2"))

    answer = keep(accountant, query=f"{query}&p=2", where=where)

    assert told(answer) == ["“Numbers” is kept."]
    assert answer.redirect_chain[-1][0] == f"{where}?{query}"
    assert f'<a href="?{query.replace("&", "&amp;")}" aria-current="page">Numbers</a>' in answer.content.decode()
    assert "Keep this view" not in text(accountant.get(where))


def test_it_is_offered_to_who_kept_it_and_on_that_list_alone(accountant, manager, connection):
    keep(accountant)

    assert "Numbers" in text(accountant.get(LIST))
    assert "Numbers" not in text(accountant.get(HISTORY))
    assert "Numbers" not in text(manager.get(LIST))


def test_kept_again_under_the_same_name_it_is_changed(accountant, connection):
    keep(accountant)
    keep(accountant, query="kind=payment")

    assert SavedView.objects.get().query == "kind=payment"


def test_it_is_forgotten_by_who_kept_it_and_by_nobody_else(accountant, manager, connection):
    keep(accountant)
    address = f"{LIST}views/{SavedView.objects.get().pk}/forget/"

    assert manager.post(address).status_code == 404
    assert told(accountant.post(address, follow=True)) == ["“Numbers” is no longer kept."]
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "", "query": "o=1"}, "Give it a name."),
        ({"name": "All", "query": ""}, "Filter, search or sort the list first."),
    ],
)
def test_what_is_missing_is_said_and_nothing_kept(accountant, connection, fields, said):
    assert told(keep(accountant, **fields)) == [said]
    assert not SavedView.objects.exists()


def test_an_address_elsewhere_is_not_made_of_it(accountant, connection):
    keep(accountant, query="//evil.example/?o=1")

    assert "?%2F%2Fevil.example%2F%3Fo=1" in accountant.get(LIST).content.decode()


def test_who_does_not_see_the_list_keeps_no_view_of_it(technician, connection):
    assert technician.post(f"{LIST}views/save/", {"name": "x", "query": "o=1"}).status_code in {302, 403, 404}
    assert not SavedView.objects.exists()


# Sent first


def test_what_is_on_its_way_is_put_before_what_nobody_asked_for(accountant, connection):
    later, first = an_invoice_record(), an_invoice_record()
    waiting = refused(an_invoice_record(), "mapping")
    SyncRecord.objects.filter(pk=waiting.pk).update(state="waiting")
    chosen = {"action": "first_selected", "index": "0", "_selected_action": [first.pk, waiting.pk]}

    answer = accountant.post("/admin/accounting_sync/exportqueue/", chosen, follow=True)

    assert told(answer) == ["1 put first, 1 left alone: in flight, or waiting for something else."]
    priorities = dict(SyncRecord.objects.values_list("pk", "priority"))
    assert (priorities[first.pk], priorities[later.pk]) == (Priority.PERSON, Priority.CHANGE)
    first.refresh_from_db()
    assert (first.decided_by, first.attempts.get().message) == (accountant.user, "Sent first.")
