"""Wrong engines: each drops one safeguard. A simulation that lets one of them live proves nothing.

They are patched in at the places where the safeguard works, so the rest of the engine is the real one.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from accounting_sync import drain, lease, plan, queue
from accounting_sync.documents.contact import ContactDocument
from accounting_sync.documents.document import Document
from accounting_sync.documents.invoice import InvoiceDocument
from accounting_sync.models import Attempt, State, SyncRecord
from accounting_sync.queue import deciding, settling, sweeping
from accounting_sync.walk import Incomplete
from accounting_sync.xero import limits
from accounting_sync.xero.client import Reply
from accounting_sync.xero.transport import NoAnswer, NotSent

O = Attempt.Outcome  # noqa: E741
NOTHING = Reply(404, None, "", limits.Limits(), "", 0)


def no_write_ahead_attempt(patch):
    """A dead worker's open attempts are as good as never written: its records are simply due again."""

    def forget(connection, now, fence):
        stale = SyncRecord.objects.filter(state=State.SENDING, open_attempt__fence__lt=fence)
        attempts = list(stale.values_list("open_attempt", flat=True))
        stale.update(state=State.PENDING, open_attempt=None)
        Attempt.objects.filter(pk__in=attempts).update(finished_at=now, outcome=O.NOT_SENT)
        return len(attempts)

    patch.setattr(queue, "sweep_stale", forget)


def no_waiting_for_the_horizon(patch):
    for module in (settling, sweeping, queue):
        patch.setattr(module, "HORIZON", timedelta(0))


def settle_to_wanted(patch):
    """What is wanted by the time of the answer counts as sent."""
    accept = settling._accept

    def to_wanted(record, attempt, result, now):
        attempt.version = record.wanted
        accept(record, attempt, result, now)

    patch.setattr(settling, "_accept", to_wanted)


def failed_look_up_counts_as_absent(patch):
    look_up = drain._look_up

    def credulous(*args):
        with pytest.MonkeyPatch.context() as during:
            during.setattr(drain, "read", _empty_on_failure(drain.read, NOTHING))
            during.setattr(drain, "everything", _empty_on_failure(drain.everything, ([], NOTHING)))
            return look_up(*args)

    patch.setattr(drain, "_look_up", credulous)


def _empty_on_failure(function, nothing):
    def instead(*args):
        try:
            return function(*args)
        except (Incomplete, NoAnswer, NotSent):
            return nothing

    return instead


def no_lease_check_before_sending(patch):
    patch.setattr(lease.Lease, "holds", lambda held, now: True)


def post_instead_of_put_on_create(patch):
    call = InvoiceDocument.call

    def posted(self, operation, items):
        return replace(call(self, operation, items), method="POST")

    patch.setattr(InvoiceDocument, "call", posted)


def blind_resend_of_unknown(patch):
    """No answer counts as not done."""

    def resend(results, now, settle=queue.settle):
        return settle([(pk, _not_sent(result)) for pk, result in results], now)

    patch.setattr(queue, "settle", resend)


def _not_sent(result):
    return replace(result, outcome=O.NOT_SENT, state=State.PENDING) if result.outcome == O.UNKNOWN else result


def key_reused(patch):
    """One key per record for ever, whatever is sent under it."""

    def same_key(operation, rows, items):
        return f"{rows[0].connection_id}-" + "-".join(str(row.pk) for row in rows)[:90]

    patch.setattr(plan, "_idempotency_key", same_key)


def a_decision_covers_what_came_after_it(patch):
    """“Send ours” goes over whatever Xero holds by the time it is sent."""
    decide = plan._decide

    def knowingly(document, row, *args):
        remote = (args[-1] or {}).get(row.remote_id or "")
        if remote and row.body_hash == deciding.NOT_HELD:
            row.base, row.remote_hash = row.base | document.base(remote), document.fingerprint(remote)
        return decide(document, row, *args)

    patch.setattr(plan, "_decide", knowingly)


def no_comparing_before_an_update(patch):
    """Nobody looks whether Xero's version is still the one that was sent."""
    for document in (Document, ContactDocument):
        patch.setattr(document, "conflict", lambda *args: None)


MUTANTS = [
    no_write_ahead_attempt,
    no_waiting_for_the_horizon,
    settle_to_wanted,
    failed_look_up_counts_as_absent,
    no_lease_check_before_sending,
    post_instead_of_put_on_create,
    blind_resend_of_unknown,
    key_reused,
    a_decision_covers_what_came_after_it,
    no_comparing_before_an_update,
]
