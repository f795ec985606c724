"""What a phone or a script sees of the queue, and what it may decide."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounting_sync import queue
from accounting_sync.models import Attempt, Connection, State, SyncRecord
from accounting_sync.xero.transport import NoAnswer
from tests.factories import CustomerFactory, an_invoice
from tests.workshop.api.calls import get, patch, post, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(garage):
    return Connection.objects.create(tenant_id="4f3c", name="Kauri Motors Ltd", country="NZ", minute_left=57)


@pytest.fixture
def invoice(connection):
    return an_invoice()


@pytest.fixture
def record(invoice):
    return SyncRecord.objects.get(kind="invoice", object_id=invoice.pk)


def refuse(record, state=State.WARNING, code="number_taken"):
    """As the engine leaves a record that Xero refused."""
    SyncRecord.objects.filter(pk=record.pk).update(state=state, code=code, message="Xero already has this number.")


def test_where_an_invoice_stands_is_found_by_its_own_id(owner, record, invoice):
    seen = get(owner, "accounting/records/by-object/", kind="invoice", object_id=invoice.pk)

    assert (seen["id"], seen["state"], seen["state_words"]) == (record.pk, "pending", "Waiting to send")
    assert (seen["wanted"], seen["synced"], seen["remote_id"]) == (1, 0, None)


def test_a_record_accounting_never_heard_of_is_404(owner, connection):
    get(owner, "accounting/records/by-object/", 404, kind="invoice", object_id=999)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"kind": "horse", "object_id": 1}, "kind"),
        ({"kind": "invoice"}, "object_id"),
        ({"kind": "invoice", "object_id": "x"}, "object_id"),
        ({"kind": "invoice", "object_id": 1, "colour": "red"}, "colour"),
    ],
)
def test_asking_for_nonsense_by_object_is_refused_at_the_parameter(owner, connection, query, field):
    assert refusal(get(owner, "accounting/records/by-object/", 400, **query)) == (400, "invalid", [field])


def test_a_refused_record_says_why_and_how_to_cure_it(owner, record):
    refuse(record)

    seen = get(owner, f"accounting/records/{record.pk}/")

    assert (seen["state_words"], seen["message"]) == ("Needs you", "Xero already has this number.")
    assert seen["cure"] == "Use the next free number, or change it in Xero and retry."


def test_the_detail_lists_the_attempts_newest_first(owner, record):
    now = timezone.now()
    for minutes in (2, 1):
        Attempt.objects.create(
            sync_record=record,
            operation="create",
            version=1,
            started_at=now - timedelta(minutes=minutes),
            finished_at=now,
            outcome="rejected",
            message=f"{minutes} minutes ago",
        )

    attempts = get(owner, f"accounting/records/{record.pk}/")["attempts"]

    assert [attempt["message"] for attempt in attempts] == ["1 minutes ago", "2 minutes ago"]
    assert [row["message"] for row in get(owner, "accounting/attempts/", ordering="-started_at")["results"]] == [
        "1 minutes ago",
        "2 minutes ago",
    ]


def test_records_are_filtered_by_kind_state_code_and_marks(owner, record):
    CustomerFactory()
    refuse(record)

    def ids(**query):
        return [row["id"] for row in get(owner, "accounting/records/", **query)["results"]]

    for query in (
        {"kind": "invoice"},
        {"state": "warning"},
        {"code": "number_taken"},
        {"unresolved": "true"},
        {"kind": "invoice", "object_id": record.object_id},
        {"kind": ["invoice", "payment"], "synced": "false"},
    ):
        assert ids(**query) == [record.pk]
    assert ids(synced="true") == ids(do_not_export="true") == ids(exported_since="2026-01-01T00:00:00Z") == []


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("path", "queries"), [("accounting/records/?kind=invoice", 4), ("accounting/queue/", 6)])
def test_the_queue_costs_the_same_with_one_row_and_with_three(
    owner, connection, django_assert_num_queries, path, queries, rows
):
    get(owner, "me/")
    for _ in range(rows):
        an_invoice()

    with django_assert_num_queries(queries):
        get(owner, path)


def test_retry_puts_the_record_first_in_line(owner, record, django_capture_on_commit_callbacks):
    refuse(record)

    seen = post(owner, f"accounting/records/{record.pk}/retry/")

    assert (seen["state"], seen["code"], seen["decided_by"]) == ("pending", "", owner.user.pk)


def test_what_is_in_xero_already_cannot_be_retried(owner, record):
    SyncRecord.objects.filter(pk=record.pk).update(state=State.SYNCED, synced=1, remote_id="x")

    assert refusal(post(owner, f"accounting/records/{record.pk}/retry/", 409)) == (409, "not_allowed_now", [])


def test_skipping_needs_a_reason_and_can_be_undone(owner, record):
    path = f"accounting/records/{record.pk}"
    assert refusal(post(owner, f"{path}/skip/", 400)) == (400, "invalid", ["/reason"])
    assert refusal(post(owner, f"{path}/skip/", 400, reason=" ")) == (400, "invalid", ["/reason"])

    skipped = post(owner, f"{path}/skip/", reason="Entered by hand in Xero")
    assert (skipped["state"], skipped["reason"]) == ("skipped", "Entered by hand in Xero")
    assert post(owner, f"{path}/unskip/")["state"] == "pending"
    post(owner, f"{path}/unskip/", 409)


def test_keeping_a_record_out_needs_a_reason(owner, record):
    path = f"accounting/records/{record.pk}/exclude/"
    assert refusal(post(owner, path, 400, do_not_export=True, do_not_import=False)) == (400, "invalid", ["/reason"])

    seen = post(owner, path, do_not_export=True, do_not_import=True, reason="Owner's own car")
    assert (seen["state"], seen["do_not_export"], seen["do_not_import"]) == ("skipped", True, True)
    seen = post(owner, path, do_not_export=False, do_not_import=False)
    assert (seen["state"], seen["reason"]) == ("pending", "")


def test_many_are_retried_by_filter_and_skipped_by_ids(owner, connection):
    records = [SyncRecord.objects.get(kind="invoice", object_id=an_invoice().pk) for _ in range(3)]
    for record in records[:2]:
        refuse(record)

    assert post(owner, "accounting/records/retry/", state="warning", code="number_taken") == {"count": 2}
    chosen = [record.pk for record in records[1:]]
    assert post(owner, "accounting/records/skip/", ids=chosen, reason="Before we began") == {"count": 2}
    assert SyncRecord.objects.filter(kind="invoice", state="skipped").count() == 2


def test_many_are_kept_out_with_one_reason(owner, connection):
    for _ in range(2):
        an_invoice()

    answer = post(owner, "accounting/records/exclude/", kind="invoice", do_not_export=True, reason="Cash book only")

    assert answer == {"count": 2}
    rows = get(owner, "accounting/records/", do_not_export="true")["results"]
    assert {(row["state"], row["reason"]) for row in rows} == {("skipped", "Cash book only")}


@pytest.mark.parametrize("body", [{}, {"ids": [1], "state": "warning"}, {"state": "broken"}, {"ids": ["x"]}])
def test_choosing_nothing_or_nonsense_is_refused(owner, connection, body):
    post(owner, "accounting/records/retry/", 400, **body)


def test_the_queue_at_a_glance(owner, connection, record):
    refuse(record)
    queue.beat()

    seen = get(owner, "accounting/queue/")

    counts = {row["state"]: row["count"] for row in seen["states"]}
    assert list(counts) == [state.value for state in State]
    assert (counts["warning"], seen["unresolved"]) == (1, 1)
    assert seen["connection"]["minute_left"] == 57
    assert seen["oldest_waiting_since"].endswith("Z")
    assert seen["worker_seen_at"].endswith("Z")


def test_the_connection_is_shown_without_its_tokens(owner, connection):
    Connection.objects.update(access_token="secret-a", refresh_token="secret-r")

    answer = owner.get("/api/v1/accounting/connection/")

    assert answer.json()["status_words"] == "Connected"
    assert "secret" not in answer.content.decode()


def test_before_anything_is_connected_it_says_so(owner):
    seen = get(owner, "accounting/connection/")

    assert (seen["id"], seen["status"], seen["name"]) == (None, "disconnected", "")
    assert get(owner, "accounting/queue/")["unresolved"] == 0
    assert refusal(post(owner, "accounting/connection/disconnect/", 409)) == (409, "not_allowed_now", [])


def test_sending_is_paused_and_resumed(owner, connection):
    assert post(owner, "accounting/connection/pause/")["status"] == "paused"
    assert post(owner, "accounting/connection/resume/")["status"] == "connected"


def test_a_record_offers_its_decisions_and_takes_one(owner, record, invoice):
    refuse(record)
    seen = get(owner, f"accounting/records/{record.pk}/")
    assert seen["decisions"] == [{"decision": "renumber", "words": "Use the next free number", "shown": ""}]

    decided = post(owner, f"accounting/records/{record.pk}/decide/", decision="renumber")

    assert (decided["state"], decided["decisions"]) == ("pending", [])
    assert decided["attempts"][0]["message"].endswith("renumbered.")
    assert get(owner, f"invoices/{invoice.pk}/")["previous_numbers"] == "INV 1008"


def test_a_decision_the_record_does_not_offer_is_409(owner, record):
    answer = post(owner, f"accounting/records/{record.pk}/decide/", 409, decision="accept")

    assert refusal(answer) == (409, "not_allowed_now", [])


def test_a_decision_holds_for_the_version_in_xero_that_was_seen_and_for_no_other(owner, record):
    refuse(record, code="changed_in_xero")
    SyncRecord.objects.filter(pk=record.pk).update(remote_id="i-1", evidence={"hash": "first"})
    seen = get(owner, f"accounting/records/{record.pk}/")["decisions"]
    assert [(offer["decision"], offer["shown"]) for offer in seen] == [("accept", "first"), ("send_ours", "first")]
    SyncRecord.objects.filter(pk=record.pk).update(evidence={"hash": "second"})

    for decision in ("accept", "send_ours"):
        body = {"decision": decision, "shown": "first"}
        answer = post(owner, f"accounting/records/{record.pk}/decide/", 409, **body)
        assert "changed in Xero again since you looked" in answer["detail"]
    decided = post(owner, f"accounting/records/{record.pk}/decide/", decision="send_ours", shown="second")
    assert decided["state"] == "pending"


@pytest.mark.parametrize(
    "body",
    [{"decision": "guess"}, {"decision": "link_contact"}, {}, {"decision": "renumber", "shown": "first"}],
)
def test_a_decision_that_makes_no_sense_is_refused_at_the_field(owner, record, body):
    assert post(owner, f"accounting/records/{record.pk}/decide/", 400, **body)["code"] == "invalid"


def test_a_customer_is_linked_to_the_contact_a_person_picks(owner, connection):
    record = SyncRecord.objects.get(kind="contact", object_id=CustomerFactory().pk)
    evidence = {"candidates": [{"remote_id": "c-1", "name": "Jo Kea", "email": "", "status": "ACTIVE"}]}
    refuse(record, code="contact_match")
    SyncRecord.objects.filter(pk=record.pk).update(evidence=evidence)
    assert get(owner, f"accounting/records/{record.pk}/")["candidates"] == evidence["candidates"]

    linked = post(owner, f"accounting/records/{record.pk}/decide/", decision="link_contact", remote_id="c-1")

    assert (linked["remote_id"], linked["state"]) == ("c-1", "pending")


def test_a_record_in_xero_has_its_address_there(owner, record):
    Connection.objects.update(short_code="!x1")
    SyncRecord.objects.filter(pk=record.pk).update(remote_id="4711")

    url = get(owner, f"accounting/records/{record.pk}/")["xero_url"]

    assert "shortcode=%21x1" in url
    assert "InvoiceID%3D4711" in url


def test_mappings_are_listed_with_their_options_and_chosen(owner, connection):
    connection.accounts.create(account_id="a-1", code="200", name="Sales", type="REVENUE", status="ACTIVE")
    labour = next(row for row in get(owner, "accounting/mappings/") if row["key"] == "labour")
    assert (labour["value"], [option["value"] for option in labour["options"]]) == ("", ["200"])

    patch(owner, "accounting/mappings/", mappings=[{"subject": "account", "key": "labour", "value": "200"}])

    assert connection.mappings.get().value == "200"


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"subject": "account", "key": "labour", "value": "999"}, "/mappings/0/value"),
        ({"subject": "account", "key": "fuel", "value": "200"}, "/mappings/0/key"),
        ({"subject": "horse", "key": "labour", "value": "200"}, "/mappings/0/subject"),
    ],
)
def test_a_mapping_to_nothing_is_refused_at_the_field(owner, connection, row, field):
    assert refusal(patch(owner, "accounting/mappings/", 400, mappings=[row])) == (400, "invalid", [field])


def test_a_record_shows_what_support_needs_and_nothing_about_anybody(owner, connection):
    record = SyncRecord.objects.get(kind="invoice", object_id=an_invoice().pk)
    found = get(owner, f"accounting/records/{record.pk}/diagnostics/")
    assert (found["record"]["object_id"], found["connection"]["tenant_id"]) == (record.object_id, connection.tenant_id)
    assert "access_token" not in str(found)


def test_documents_go_to_xero_from_the_date_that_is_set(owner, connection):
    assert post(owner, "accounting/connection/start-date/", start_date="2026-04-01")["start_date"] == "2026-04-01"
    assert post(owner, "accounting/connection/start-date/", start_date=None)["start_date"] is None


def test_while_xero_is_away_disconnecting_is_503_and_changes_nothing(owner, connection, monkeypatch):
    def away(connection):
        raise NoAnswer("Xero did not answer.")

    monkeypatch.setattr("accounting_sync.xero.oauth.end", away)  # the network's edge

    assert refusal(post(owner, "accounting/connection/disconnect/", 503)) == (503, "xero_away", [])
    assert get(owner, "accounting/connection/")["status"] == "connected"


DOORS = [
    ("GET", "connection/", ["Owner", "Manager", "Advisor", "Accountant"]),
    ("POST", "connection/disconnect/", ["Owner", "Accountant"]),
    ("GET", "queue/", ["Owner", "Manager", "Advisor", "Accountant"]),
    ("GET", "records/", ["Owner", "Manager", "Advisor", "Accountant"]),
    ("GET", "attempts/", ["Owner", "Manager", "Advisor", "Accountant"]),
    ("POST", "records/999/retry/", ["Owner", "Manager", "Advisor", "Accountant"]),
    ("POST", "records/retry/", ["Owner", "Manager", "Advisor", "Accountant"]),
    ("POST", "records/999/skip/", ["Owner", "Accountant"]),
    ("POST", "records/999/unskip/", ["Owner", "Accountant"]),
    ("POST", "records/999/exclude/", ["Owner", "Accountant"]),
    ("POST", "records/999/decide/", ["Owner", "Accountant"]),
    ("POST", "records/skip/", ["Owner", "Accountant"]),
    ("GET", "mappings/", ["Owner", "Manager", "Advisor", "Accountant"]),
    ("PATCH", "mappings/", ["Owner", "Accountant"]),
    ("POST", "connection/start-date/", ["Owner", "Accountant"]),
]


@pytest.mark.parametrize("role", ["Owner", "Manager", "Advisor", "Parts", "Technician", "Accountant", "Read-only"])
def test_each_role_decides_what_it_should_and_no_more(signed_in, role):
    client = signed_in(role)

    let_in = [
        path
        for method, path, _ in DOORS
        if client.generic(method, f"/api/v1/accounting/{path}", "{}", content_type="application/json").status_code
        != 403
    ]

    assert let_in == [path for _, path, roles in DOORS if role in roles]
