"""The accountant's lists over 1,000,000 calls about 100,000 records, beside the same lists over 1,000 of each."""

import time

from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounting_sync import queue
from accounting_sync.models import Attempt, Connection, SyncRecord
from tests.bench.world import connected, row
from tests.factories import UserFactory, a_garage

SMALL, RECORDS, ATTEMPTS = 1_000, 100_000, 1_000_000
RETRIED = 50_000
RATIO, AT_ONCE = 1.5, 0.08  # the second in seconds: an empty page takes half of that whatever is behind it
FRONT = 0.15  # seconds: it counts 5,000 calls of the last day, where the small one has 1,000
TIMES = 10
LISTS = "/admin/accounting_sync/"
PAGES = {
    "syncrecord": ["", "?state=synced", "?kind=payment", "?code=number_taken", "?kept_out=export", "?o=5", "?p=2"],
    "exportqueue": ["", "?state=waiting", "?kind=payment", "?code=dependency", "?o=5", "?p=2"],
    "unresolvederror": ["", "?kind=invoice", "?code=number_taken", "?o=5", "?p=2"],
    "skipped": ["", "?kind=payment", "?code=by_person", "?p=2"],
    "inxero": ["", "?kind=payment", "?kept_out=export", "?p=2"],
    "attempt": ["", "?kind=payment", "?outcome=rejected", "?direction=import", "?trigger=person", "?o=1", "?p=2"],
}
FRONTS = ["/admin/", "/accounting/", "/invoices/"]  # numbers in large, the accounting page, a page of the workshop
WORDS = {name: ["?q=90001"] for name in PAGES}  # a word anywhere in a title: every title is read
LONGEST_SEARCH = 0.3  # seconds
NUMBERS = "WITH RECURSIVE numbers (n) AS (SELECT %s UNION ALL SELECT n + 1 FROM numbers WHERE n < %s)"
FILL_RECORDS = """
INSERT INTO accounting_sync_syncrecord
    (connection_id, kind, object_id, title, remote_id, remote_number, wanted, synced, state, code, message, since,
     not_before, rank, priority)
{numbers}
SELECT %s, CASE n %% 4 WHEN 0 THEN 'invoice' WHEN 1 THEN 'payment' WHEN 2 THEN 'contact' ELSE 'journal' END, n + 900000,
    'INV ' || (n + 10000) || ' · Customer ' || n, CASE WHEN n %% 10 < 7 THEN 'remote-' || n END, '', 1,
    CASE WHEN n %% 10 < 7 THEN 1 ELSE 0 END,
    CASE n %% 10 WHEN 7 THEN 'waiting' WHEN 8 THEN 'warning' WHEN 9 THEN 'skipped' ELSE 'synced' END,
    CASE n %% 10 WHEN 7 THEN 'dependency' WHEN 8 THEN 'number_taken' WHEN 9 THEN 'by_person' ELSE '' END,
    CASE WHEN n %% 10 < 7 THEN '' ELSE 'Something stands in the way.' END, {when}, {when}, 20, 2
FROM numbers
"""
FILL_ATTEMPTS = """
INSERT INTO accounting_sync_attempt
    (sync_record_id, call_id, direction, trigger, operation, version, generation, fence, method, path, idempotency_key,
     body, body_hash, started_at, finished_at, outcome, response, message, correlation_id)
{numbers}
SELECT %s + n %% %s, {uuid}, CASE WHEN n %% 20 = 0 THEN 'import' ELSE 'export' END,
    CASE WHEN n %% 10 = 0 THEN 'person' ELSE 'change' END, 'update', 1, 0, 0, 'POST', 'Invoices', '', '{{}}', '',
    {when}, {when}, CASE WHEN n %% 25 = 0 THEN 'rejected' ELSE 'accepted' END, '{{}}', '', ''
FROM numbers
"""


def run(sandbox):
    print(f"\nThe accountant's lists over {ATTEMPTS:,} calls about {RECORDS:,} records, against {SMALL:,} of each")
    a_garage()
    connection = connected(sandbox)
    client = Client(SERVER_NAME="localhost")
    client.force_login(UserFactory.with_role("Owner", is_superuser=True))
    fill(connection, 1, SMALL, SMALL)
    small = measure(client, PAGES) | {page: visit(client, page) for page in FRONTS}
    fill(connection, SMALL + 1, RECORDS, ATTEMPTS)
    analyse()
    large, searched = measure(client, PAGES), measure(client, WORDS)
    large |= {page: visit(client, page) for page in FRONTS}
    failures = sum(judge(page, small[page], large[page], FRONT if page in FRONTS else AT_ONCE) for page in small)
    failures += sum(judge_search(page, *taken) for page, taken in searched.items())
    failures += retry_many(connection)
    empty(connection)
    return failures


def fill(connection, start, records, attempts):
    when = "%s" if database.vendor == "sqlite" else "CAST(%s AS timestamptz)"
    uuid = "lower(hex(randomblob(16)))" if database.vendor == "sqlite" else "gen_random_uuid()"
    now = database.ops.adapt_datetimefield_value(timezone.now())
    with database.cursor() as cursor:
        statement = FILL_RECORDS.format(numbers=NUMBERS, when=when)
        cursor.execute(statement, [start, records, connection.pk, now, now])
        first = SyncRecord.objects.filter(object_id__gt=900000).earliest("pk").pk
        statement = FILL_ATTEMPTS.format(numbers=NUMBERS, when=when, uuid=uuid)
        cursor.execute(statement, [start, attempts, first, records, now, now])


def analyse():
    """As the database does by itself after a while."""
    with database.cursor() as cursor:
        cursor.execute("ANALYZE" if database.vendor == "sqlite" else "VACUUM ANALYZE")


def measure(client, pages):
    return {f"{name}/{query}": visit(client, f"{LISTS}{name}/{query}") for name in pages for query in pages[name]}


def visit(client, address):
    """Seconds at best, and queries."""
    best = float("inf")
    for _ in range(TIMES):
        began = time.perf_counter()
        with CaptureQueriesContext(database) as queries:
            answer = client.get(address)
        best = min(best, time.perf_counter() - began)
        assert answer.status_code == 200, (address, answer.status_code)
    return best, len(queries)


def judge(page, small, large, at_once):
    ratio, more = large[0] / small[0], large[1] - small[1]
    ok = (ratio <= RATIO or large[0] <= at_once) and more <= 0
    limit = f"{large[0] * 1000:.0f} ms, at most {RATIO}, or {at_once * 1000:.0f} ms; {large[1]} queries" + (
        f", {more} more" if more > 0 else ""
    )
    return row(page, f"{ratio:.2f}", limit, ok)


def judge_search(page, seconds, queries):
    limit = f"at most {LONGEST_SEARCH * 1000:.0f} ms; {queries} queries"
    return row(page, f"{seconds * 1000:.0f} ms", limit, seconds <= LONGEST_SEARCH)


def retry_many(connection):
    """As the button for a whole list does: one statement."""
    chosen = SyncRecord.objects.filter(connection=connection, state__in=["waiting", "warning", "skipped"])
    SyncRecord.objects.filter(pk__in=chosen.values("pk")).update(state="warning", code="number_taken", message="Taken")
    rest = SyncRecord.objects.filter(connection=connection, object_id__gt=900000).order_by("pk")[:RETRIED]
    SyncRecord.objects.filter(pk__in=rest.values("pk")).update(state="warning", code="number_taken", message="Taken")
    began = time.perf_counter()
    with CaptureQueriesContext(database) as queries:
        done = queue.retry(SyncRecord.objects.filter(connection=connection, state="warning"))
    seconds = time.perf_counter() - began
    ok = done >= RETRIED and seconds < 10
    return row(f"retrying {done:,} records in {len(queries)} queries", f"{seconds:.2f} s", "at most 10 s", ok)


def empty(connection):
    mine = SyncRecord.objects.filter(connection=connection, object_id__gt=900000)
    Attempt.objects.filter(sync_record__in=mine).delete()
    mine.delete()
    Connection.objects.filter(pk=connection.pk).update(status="disconnected", cause="person")
