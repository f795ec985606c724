"""The accountant's lists: who is where, filtered, found and decided in bulk."""

import re

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounting_sync import connections, queue
from accounting_sync.models import Attempt, Connection, SyncRecord
from tests.accounting_sync.standing import an_invoice_record, in_xero, refused, text, told
from tests.factories import CustomerFactory, an_invoice
from workshop.admin.paging import CappedPaginator

LISTS = {
    "unresolvederror": {"warning", "conflict"},
    "exportqueue": {"pending", "sending", "unknown", "waiting"},
    "skipped": {"skipped"},
    "inxero": {"synced"},
}
WHY = "It was paid in cash."


def url(name):
    return f"/admin/accounting_sync/{name}/"


def shown(answer):
    return set(answer.context["cl"].queryset.values_list("kind", "state"))


def act(client, name, action, records, follow=True, **fields):
    selected = {"_selected_action": [record.pk for record in records]}
    return client.post(
        url(name), {"action": action, "select_across": "0", "index": "0", **selected, **fields}, follow=follow
    )


@pytest.fixture
def everywhere(connection):
    """One invoice in each state that a person can meet, under its own customer."""
    synced, warning, conflict, skipped = (in_xero(connection) for _ in range(4))
    refused(warning)
    queue.conflict(conflict, "changed_in_xero", "Changed in Xero by +23.00.")
    queue.conflict(skipped, "voided_in_xero", "Voided in Xero.")
    queue.skip(SyncRecord.objects.filter(pk=skipped.pk), WHY)
    waiting = an_invoice_record()
    queue.park([(waiting, "waiting", "mapping", "No account is chosen.", None, {})], timezone.now())
    return {"synced": synced, "warning": warning, "conflict": conflict, "skipped": skipped, "waiting": waiting}


@pytest.mark.parametrize("name", LISTS)
def test_each_list_shows_its_own_states(accountant, everywhere, name):
    states = {state for _, state in shown(accountant.get(url(name)))}

    assert states == LISTS[name] - {"sending", "unknown"}


@pytest.mark.parametrize("name", [*LISTS, "syncrecord", "attempt"])
def test_an_empty_list_works_before_anything_is_connected(accountant, name):
    assert accountant.get(url(name)).status_code == 200


def test_no_errors_is_good_news(accountant, connection):
    page = text(accountant.get(url("unresolvederror")))

    assert "No errors. Everything is in Xero, on its way, or kept out on purpose." in page


def test_without_xero_nobody_is_told_that_everything_is_there(accountant, garage):
    page = text(accountant.get(url("unresolvederror")))

    assert "Xero is not connected: nothing is sent, so nothing can fail." in page
    assert "Everything is in Xero" not in page


def test_an_empty_list_says_why_and_leads_on(accountant, garage):
    assert "Nothing here yet It fills by itself." in text(accountant.get(url("exportqueue")))
    assert "Nothing matches Show all of them" in text(accountant.get(url("exportqueue"), {"q": "zzz"}))


def test_errors_are_grouped_by_cause_with_the_cure(accountant, everywhere, connection):
    refused(in_xero(connection))

    page = text(accountant.get(url("unresolvederror")))

    assert "2 Xero already has a document with this number. Use the next free number" in page
    assert "1 It was changed in Xero. Accept Xero's version, or send ours again." in page


QUERIES = {"unresolvederror": 13, "exportqueue": 12, "skipped": 11, "inxero": 11, "syncrecord": 11, "attempt": 10}


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("name", QUERIES)
def test_a_list_costs_the_same_for_one_row_and_for_three(accountant, connection, name, rows, django_assert_num_queries):
    for _ in range(rows):
        record = in_xero(connection) if name in {"inxero", "attempt"} else an_invoice_record()
        if name == "unresolvederror":
            refused(record)
        if name == "skipped":
            queue.skip(SyncRecord.objects.filter(pk=record.pk), WHY, accountant.user)

    with django_assert_num_queries(QUERIES[name]):
        accountant.get(url(name))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=invoice", {"warning", "conflict"}),
        ("kind=payment", set()),
        ("code=number_taken", {"warning"}),
        ("q=CHANGED+in+Xero+by", {"conflict"}),
        ("code=nonsense", set()),
    ],
)
def test_errors_are_filtered_and_searched(accountant, everywhere, query, found):
    states = {state for _, state in shown(accountant.get(url("unresolvederror") + "?" + query))}

    assert states == found


@pytest.mark.parametrize(
    "query", ["kept_out=nonsense", "since_from_0=x", "state__exact=nonsense", "p=99", "o=77", "e=1"]
)
def test_a_nonsense_filter_is_no_defect(accountant, everywhere, query):
    assert accountant.get(url("syncrecord") + "?" + query, follow=True).status_code == 200


def test_all_lists_lead_to_the_one_page_of_a_record(accountant, everywhere):
    record = everywhere["warning"]
    page = accountant.get(url("unresolvederror")).content.decode()

    assert f'href="/admin/accounting_sync/syncrecord/{record.pk}/change/' in page
    answer = accountant.get(f"{url('unresolvederror')}{record.pk}/change/")
    assert answer["Location"] == f"/admin/accounting_sync/syncrecord/{record.pk}/change/"


# Bulk


def test_retry_queues_what_can_be_and_counts_what_is_left_alone(manager, everywhere):
    records = [everywhere["warning"], everywhere["conflict"]]

    answer = act(manager, "unresolvederror", "retry_selected", records)

    everywhere["warning"].refresh_from_db()
    assert told(answer) == ["1 queued, 1 left alone: in flight, not sent on purpose or settled by a decision only."]
    assert (everywhere["warning"].state, everywhere["warning"].decided_by) == ("pending", manager.user)


def test_a_skip_asks_for_the_reason_first_and_changes_nothing(accountant, everywhere):
    answer = act(accountant, "unresolvederror", "skip_selected", [everywhere["warning"], everywhere["conflict"]])

    assert "Skip 2 records?" in text(answer)
    assert SyncRecord.objects.filter(code="by_person").count() == 1


def test_a_bulk_skip_without_a_reason_is_refused_at_the_field(accountant, everywhere):
    answer = act(accountant, "unresolvederror", "skip_selected", [everywhere["warning"]], answered="yes", reason=" ")

    assert answer.context["form"].errors == {"reason": ["Say why. The reason stays visible."]}
    everywhere["warning"].refresh_from_db()
    assert everywhere["warning"].state == "warning"


def test_a_bulk_skip_keeps_reason_and_name_on_each(accountant, everywhere):
    records = [everywhere["warning"], everywhere["conflict"]]

    answer = act(accountant, "unresolvederror", "skip_selected", records, answered="yes", reason=WHY)

    kept = SyncRecord.objects.filter(pk__in=[r.pk for r in records])
    assert told(answer) == ["2 skipped."]
    assert set(kept.values_list("state", "reason", "decided_by")) == {("skipped", WHY, accountant.user.pk)}
    history = Attempt.objects.filter(outcome="decided", actor=accountant.user)
    assert sorted(history.values_list("sync_record", "message")) == [(r.pk, f"Not sent: {WHY}") for r in records]


def test_skipped_records_are_sent_after_all(accountant, everywhere):
    answer = act(accountant, "skipped", "unskip_selected", [everywhere["skipped"]])

    everywhere["skipped"].refresh_from_db()
    assert (told(answer), everywhere["skipped"].state) == (["1 queued."], "pending")


def test_many_are_kept_out_with_one_reason_and_what_is_in_xero_keeps_its_state(accountant, everywhere):
    records = [everywhere["synced"], everywhere["warning"]]
    fields = {"answered": "yes", "do_not_export": "on", "reason": WHY}

    for name, record in [("inxero", records[0]), ("unresolvederror", records[1])]:
        assert told(act(accountant, name, "exclude_selected", [record], **fields)) == ["1 marked."]

    kept = [SyncRecord.objects.get(pk=record.pk) for record in records]
    assert [(r.state, r.do_not_export, r.reason) for r in kept] == [("synced", True, WHY), ("skipped", True, WHY)]


def test_keeping_imports_out_leaves_other_marks_and_a_later_send_keeps_the_reason(accountant, everywhere):
    record = everywhere["skipped"]
    fields = {"answered": "yes", "do_not_import": "on", "reason": WHY}

    act(accountant, "skipped", "exclude_selected", [record], **fields)
    act(accountant, "skipped", "unskip_selected", [record])

    record.refresh_from_db()
    assert (record.state, record.do_not_export, record.do_not_import, record.reason) == ("pending", False, True, WHY)


def test_what_was_kept_out_is_let_in_again_many_at_once(accountant, everywhere):
    fields = {"answered": "yes", "do_not_export": "on", "do_not_import": "on", "reason": WHY}
    act(accountant, "unresolvederror", "exclude_selected", [everywhere["warning"]], **fields)
    kept_out = [everywhere["warning"], everywhere["skipped"]]

    asked = act(accountant, "skipped", "admit_selected", kept_out)
    assert asked.context["title"] == "No longer keep out 2 records?"
    answer = act(accountant, "skipped", "admit_selected", kept_out, answered="yes")

    assert told(answer) == ["1 let in again, 1 left alone: not marked."]
    record = SyncRecord.objects.get(pk=everywhere["warning"].pk)
    assert (record.state, record.do_not_export, record.do_not_import, record.reason) == ("pending", False, False, "")
    assert SyncRecord.objects.get(pk=everywhere["skipped"].pk).state == "skipped"


def test_many_that_ask_the_same_get_one_answer(accountant, connection):
    asking = [in_xero(connection) for _ in range(3)]
    for record in asking:
        queue.conflict(record, "changed_in_xero", "Changed in Xero.")
    settled = asking.pop()
    queue.skip(SyncRecord.objects.filter(pk=settled.pk), WHY)

    page = act(accountant, "unresolvederror", "answer_selected", asking)
    assert page.context["title"] == "Answer for 2 records?"
    assert [words for _, words in page.context["form"].fields["answer"].choices] == [
        "Accept Xero's version",
        "Send ours over it",
    ]
    answer = act(accountant, "unresolvederror", "answer_selected", asking, answered="yes", answer="accept")

    assert told(answer) == ["2 answered."]
    decided = SyncRecord.objects.filter(pk__in=[record.pk for record in asking])
    assert set(decided.values_list("state", "decided_by__username")) == {("synced", accountant.user.username)}


def test_an_answer_that_does_not_fit_one_of_them_leaves_that_one(accountant, everywhere):
    both = [everywhere["conflict"], everywhere["warning"]]

    answer = act(accountant, "unresolvederror", "answer_selected", both, answered="yes", answer="accept")

    assert told(answer) == [
        f"{everywhere['warning']}: This was settled meanwhile. Look at the record again.",
        "1 answered, 1 left alone: they ask something else, or were settled meanwhile.",
    ]


def test_what_has_no_answer_for_many_says_so(accountant, everywhere):
    answer = act(accountant, "exportqueue", "answer_selected", [everywhere["waiting"]])
    assert told(answer) == ["None of these asks something that has one answer for many. Retry, or open one."]


def test_the_queue_says_how_many_calls_it_takes_and_when_it_is_through(accountant, connection, time_machine):
    time_machine.move_to("2026-07-20T02:00:00Z", tick=False)
    assert "Nothing is due. " in text(accountant.get(url("exportqueue")))
    an_invoice_record()
    Connection.objects.update(day_left=1200)
    assert "2 records to send, in 2 calls or a few more: through at about 20 Jul, 14:00. 1,200 of today's" in text(
        accountant.get(url("exportqueue"))
    )

    Connection.objects.update(day_left=0)
    assert "through at about 21 Jul, 14:00" in text(accountant.get(url("exportqueue")))

    connections.pause(connection)
    assert "nothing is sent just now" in text(accountant.get(url("exportqueue")))


def test_keeping_out_needs_at_least_one_mark(accountant, everywhere):
    answer = act(accountant, "unresolvederror", "exclude_selected", [everywhere["warning"]], answered="yes", reason=WHY)

    assert answer.context["form"].non_field_errors() == ["Tick at least one of both."]


@pytest.mark.parametrize("rows", [1, 3])
def test_a_bulk_decision_is_one_statement_however_many(accountant, connection, rows):
    for _ in range(rows):
        refused(an_invoice_record())

    with CaptureQueriesContext(database) as captured:
        act(
            accountant, "unresolvederror", "skip_selected", SyncRecord.objects.unresolved()[:1],
            answered="yes", reason=WHY, select_across="1", follow=False,
        )  # fmt: skip

    updates = [q["sql"] for q in captured if re.match(r'UPDATE "accounting_sync_syncrecord"', q["sql"])]
    assert len(updates) == 2  # the decision, and what waited for these
    assert SyncRecord.objects.filter(code="by_person").count() == rows


def test_a_manager_is_offered_retry_only(manager, everywhere):
    actions = manager.get(url("unresolvederror")).context["action_form"].fields["action"].choices

    assert [value for value, _ in actions] == ["", "retry_selected", "save_csv"]


def test_a_manager_who_posts_a_skip_all_the_same_changes_nothing(manager, everywhere):
    act(manager, "unresolvederror", "skip_selected", [everywhere["warning"]], answered="yes", reason=WHY)

    everywhere["warning"].refresh_from_db()
    assert everywhere["warning"].state == "warning"


@pytest.mark.parametrize("role", ["Parts", "Technician", "Read-only"])
@pytest.mark.parametrize("name", [*LISTS, "syncrecord", "attempt"])
def test_who_does_not_see_the_queue_sees_no_list(browser, everywhere, role, name):
    assert browser(role).get(url(name)).status_code == 403


@pytest.mark.parametrize("name", [*LISTS, "syncrecord", "attempt"])
def test_nothing_is_added_changed_or_deleted_by_hand(accountant, everywhere, name):
    first = Attempt.objects.first() if name == "attempt" else everywhere["warning"]

    assert accountant.get(f"{url(name)}add/").status_code == 403
    accountant.post(f"{url(name)}{first.pk}/change/", {"state": "synced", "message": "x"})
    accountant.post(f"{url(name)}{first.pk}/delete/", {"post": "yes"})
    assert SyncRecord.objects.get(pk=everywhere["warning"].pk).state == "warning"
    assert Attempt.objects.filter(pk=Attempt.objects.first().pk).exists()


def test_records_of_a_former_organisation_do_not_mix_in(accountant, everywhere, connection):
    connection.status, connection.cause = "disconnected", "person"
    connection.save()
    Connection.objects.create(tenant_id="other", name="Oak Garage Ltd", status_since=timezone.now())

    assert shown(accountant.get(url("syncrecord"))) == set()


def test_the_title_is_text_and_never_markup(accountant, connection):
    in_xero(connection, customer=CustomerFactory(first_name="<b>Jo</b>", last_name="<script>"))

    page = accountant.get(url("syncrecord")).content.decode()

    assert "<b>Jo</b>" not in page
    assert "&lt;b&gt;Jo&lt;/b&gt;" in page


def test_a_list_is_not_changed_by_looking(accountant, everywhere):
    before = list(SyncRecord.objects.order_by("pk").values())
    for name in [*LISTS, "syncrecord"]:
        accountant.get(url(name) + "?action=skip_selected&_selected_action=1")

    assert list(SyncRecord.objects.order_by("pk").values()) == before


def test_an_invoice_without_a_connection_is_in_no_list(accountant, garage):
    an_invoice()

    assert shown(accountant.get(url("exportqueue"))) == set()


def test_before_a_whole_list_is_retried_it_is_counted_and_asked_about(accountant, connection):
    records = [refused(an_invoice_record()) for _ in range(3)]
    all_of_it = {"action": "retry_selected", ACTION_CHECKBOX_NAME: records[0].pk, "select_across": "1", "index": "0"}

    asked = accountant.post(url("unresolvederror"), all_of_it)
    assert "Retry 3 records?" in text(asked)
    assert SyncRecord.objects.filter(state="warning").count() == 3

    accountant.post(url("unresolvederror"), {**all_of_it, "answered": "1"})
    assert SyncRecord.objects.filter(state="pending", priority=1).count() == 3


def test_a_long_list_is_counted_no_further_than_anybody_turns_its_pages(accountant, connection, monkeypatch):
    monkeypatch.setattr(CappedPaginator, "cap", 2)  # three rows are then as good as a thousand and one
    for _ in range(3):
        refused(an_invoice_record())

    page = accountant.get(url("unresolvederror"))

    assert page.context["cl"].result_count == 2
    assert "2 or more unresolved errors; filter or search to see the others" in text(page)
