"""From Xero's answer to what became of each record. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from accounting_sync.documents import Document, Facts, Item
from accounting_sync.documents.document import Unreadable
from accounting_sync.errors import BY_CODE, Cure, recognise
from accounting_sync.models import Attempt, State
from accounting_sync.queue import Result
from accounting_sync.reconcile import GONE, VOID
from accounting_sync.xero.client import Reply, messages, refused, warnings

O = Attempt.Outcome  # noqa: E741


def verdicts(document: Document, operation: str, items: Sequence[Item], reply: Reply, now: datetime) -> list[Result]:
    """One result per item, in order."""
    whole = _whole_call(document, operation, items, reply)
    if whole:
        return [whole] * len(items)
    try:
        elements = document.elements(operation, reply.data or {}, items)
    except Unreadable as error:
        return [Result(O.UNKNOWN, message=str(error), **_evidence(reply))] * len(items)
    return [
        _element(document, operation, item, element, reply, now) for item, element in zip(items, elements, strict=True)
    ]


def _whole_call(document: Document, operation: str, items: Sequence[Item], reply: Reply) -> Result | None:
    """What holds for every record of the call, if anything."""
    nothing_done = _nothing_done(reply)
    if nothing_done:
        outcome, sentence = nothing_done
        return Result(outcome, State.PENDING, message=sentence, **_evidence(reply))
    if reply.status == 404 and len(items) == 1 and not reply.is_page:
        return rejection(BY_CODE["not_found"], ["Xero no longer has this document."], reply)
    if reply.status == 400 and reply.readable:
        return _refused_whole(document, items, reply)
    if reply.status not in {200, 204} or (reply.status == 200 and not reply.readable):
        sentence = f"Xero answered {reply.status}, which does not say what it did."
        return Result(O.UNKNOWN, message=sentence, **_evidence(reply))
    return None


def _nothing_done(reply: Reply) -> tuple[str, str] | None:
    """Answers that come before Xero looks at what was sent."""
    if reply.status == 429:
        return O.THROTTLED, "Xero's limit was reached; nothing was done."
    if reply.status == 401 or (reply.status == 403 and reply.readable):
        return O.UNAUTHORISED, "Xero did not let us in; nothing was done."
    if reply.status == 403:
        return O.NOT_SENT, "The edge in front of Xero refused the call."
    return None


def _refused_whole(document: Document, items: Sequence[Item], reply: Reply) -> Result:
    said = messages(reply.data) or [str(reply.data.get("Message") or reply.text)]
    if len(items) > 1:
        return Result(O.REJECTED, State.PENDING, "batch_refused", f"Sent alone next: {said[0]}", **_evidence(reply))
    return rejection(_cure(document, said), said, reply)


def _element(
    document: Document, operation: str, item: Item, element: dict[str, Any] | None, reply: Reply, now: datetime
) -> Result:
    if element is None:
        return Result(O.UNKNOWN, message="Xero's answer left this one out.", retry_at=now, **_evidence(reply))
    if refused(element):
        said = messages(element) or ["Xero gave no reason."]
        return rejection(_cure(document, said), said, reply, element)
    facts = document.read(element)
    if operation != VOID and not facts.remote_id:
        # Xero took it without naming it: read it back at once
        return Result(O.UNKNOWN, message="Accepted; reading its id.", retry_at=now, **_evidence(reply))
    return accepted(document, item, element, O.ACCEPTED, reply)


def accepted(document: Document, item: Item, element: dict[str, Any], outcome: str, reply: Reply) -> Result:
    facts = document.read(element)
    different = document.mismatch(item, element)
    state, code = (State.WARNING, "totals_differ") if different else ("", "")
    remarks = f"Xero remarks: {' '.join(warnings(element))}" if warnings(element) else ""
    remote = kept(facts) | {"base": document.agreed(item, element)}
    return Result(outcome, state, code, different or remarks, remote=remote, response=element, **_evidence(reply))


def kept(facts: Facts) -> dict[str, Any]:
    return {
        "remote_id": facts.remote_id,
        "number": facts.number,
        "status": facts.status,
        "updated_at": facts.updated_at,
        "hash": facts.fingerprint,
        "base": facts.base,
    }


def _cure(document: Document, said: Sequence[str]) -> Cure:
    cure = recognise(said)
    return BY_CODE[document.means.get(cure.code, cure.code)]


def rejection(cure: Cure, said: Sequence[str], reply: Reply, element: dict[str, Any] | None = None) -> Result:
    """Xero's own words stay verbatim beside our sentence."""
    return Result(
        O.REJECTED,
        cure.state,
        cure.code,
        f"{cure.sentence} Xero says: {' '.join(said)}",
        response=element or {"Message": list(said)},
        **_evidence(reply),
    )


def _evidence(reply: Reply) -> dict[str, Any]:
    return {
        "http_status": reply.status,
        "correlation_id": reply.correlation_id,
        "milliseconds": reply.milliseconds,
    }


# Looking up what became of a call without an answer


def share_out(
    document: Document, items: Sequence[Item], remotes: Sequence[dict[str, Any]], in_flight: Sequence[Item]
) -> list[list[dict[str, Any]]]:
    """For each item what in Xero may be its own. Of alike items (``in_flight`` too) each takes one, whichever."""
    free, shares = list(remotes), []
    for n, item in enumerate(items):
        ours = [remote for remote in free if document.is_ours(item, remote)]
        live = [remote for remote in ours if document.read(remote).status not in GONE] or ours[-1:]
        alike = [other for other in (*items[n:], *in_flight) if live and document.is_ours(other, live[0])]
        if live and len(live) <= len(alike):
            free = [remote for remote in free if remote is not live[0]]
            live = live[:1]
        shares.append(live)  # more than one: there are more than we can have made
    return shares


def became(
    document: Document, operation: str, item: Item, known: str, ours: Sequence[dict[str, Any]], reply: Reply
) -> Result:
    """``ours`` is this item's share of a complete read; ``known`` the fingerprint Xero had before the call."""
    if operation == VOID:
        return _void_found(document, item, ours, reply)
    if not ours:
        return Result(O.ABSENT, State.PENDING, message="Xero does not have it; sent again.", **_evidence(reply))
    if len(ours) > 1:
        cure, evidence = BY_CODE["two_in_xero"], {"remote_id": document.read(ours[0]).remote_id}
        return Result(O.REJECTED, cure.state, cure.code, cure.sentence, evidence=evidence, **_evidence(reply))
    if not item.remote_id:
        return recognised(document, item, ours[0], reply)
    return _update_found(document, item, known, ours[0], reply)


def recognised(document: Document, item: Item, remote: dict[str, Any], reply: Reply) -> Result:
    """As we sent it. Whatever was done to it in Xero since is left for the next poll to tell, as news."""
    result = accepted(document, item, remote, O.FOUND, reply)
    status = "" if document.read(remote).status in GONE else result.remote["status"]
    sent = {
        "hash": document.fingerprint(item.body),
        "updated_at": None,
        "status": status,
        "base": document.agreed(item, item.body),
    }
    return replace(result, remote=result.remote | sent)


def _update_found(document: Document, item: Item, known: str, remote: dict[str, Any], reply: Reply) -> Result:
    if document.holds(item, remote):
        return recognised(document, item, remote, reply)
    if document.merges or document.fingerprint(remote) == known:
        return Result(
            O.ABSENT, State.PENDING, message="Xero still has the former version; sent again.", **_evidence(reply)
        )
    message = "It was changed in Xero while our own change was on its way."
    evidence = document.evidence(remote)
    return Result(O.REJECTED, State.CONFLICT, "changed_in_xero", message, evidence=evidence, **_evidence(reply))


def _void_found(document: Document, item: Item, ours: Sequence[dict[str, Any]], reply: Reply) -> Result:
    status = document.read(ours[0]).status if ours else "DELETED"
    if status in GONE:
        remote = kept(document.read(ours[0])) if ours else {"status": "DELETED"}
        return Result(O.FOUND, remote=remote, **_evidence(reply))
    return Result(O.ABSENT, State.PENDING, message="Xero still has it; sent again.", **_evidence(reply))
