"""Reading lists from Xero without missing rows that change while we read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from accounting_sync.documents import Call, Document
from accounting_sync.documents.document import Unreadable, listed, moment
from accounting_sync.xero.client import Client, Reply

PAGE = 1000
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class Incomplete(Exception):
    """The read did not finish. What it did not show may exist all the same."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"Xero answered {reply.status}.")
        self.reply = reply


def read(client: Client, call: Call) -> Reply:
    """One GET that must succeed. Raises Incomplete for anything but a readable 200.

    Xero's own 404 on one id says that it is not there; a page of the edge in front of it says nothing. A 304 says
    that nothing changed.
    """
    reply = client.send(call)
    not_there = reply.status == 404 and "/" in call.path and not reply.is_page
    absent = not_there or reply.status == 304
    if not absent and (reply.status != 200 or not reply.readable):
        raise Incomplete(reply)
    return reply


def found(document: Document, reply: Reply) -> list[dict[str, Any]]:
    """The elements of a successful read. Raises Incomplete when the answer is not of the document's shape."""
    if reply.status in {304, 404}:
        return []
    try:
        return document.found(reply.data)
    except Unreadable as error:
        raise Incomplete(reply) from error


def pages(client: Client, call: Call, resource: str) -> Iterator[tuple[list[dict[str, Any]], Reply]]:
    """Every row changed since then, oldest first, some of them twice.

    Always the first page again from the last second seen: a row that changes meanwhile moves to the end, and reading
    pages by number would then skip the row that took its place. Page numbers count only inside one full second.
    Whether Xero's "since" includes its own second is not known, so each step goes back one second more.
    """
    since, page = call.modified_since, 1
    while True:
        params = {**call.params, "page": str(page), "pageSize": str(PAGE)}
        reply = read(client, replace(call, params=params, modified_since=since))
        rows = _rows(reply, resource)
        yield rows, reply
        if len(rows) < PAGE:
            return
        last = moment(rows[-1].get("UpdatedDateUTC"))
        reached = last.replace(microsecond=0) - timedelta(seconds=1) if last else None
        if reached and (since is None or reached > since):
            since, page = reached, 1
        else:
            page += 1


def _rows(reply: Reply, resource: str) -> list[dict[str, Any]]:
    if reply.status == 304:
        return []
    try:
        return listed(reply.data or {}, resource)
    except Unreadable as error:
        raise Incomplete(reply) from error


def everything(client: Client, call: Call, resource: str, id_field: str) -> tuple[list[dict[str, Any]], Reply]:
    """The whole walk as one list, each id once, in its latest form."""
    rows: dict[str, dict[str, Any]] = {}
    reply = None
    for batch, reply in pages(client, call, resource):  # noqa: B007 (the last reply is kept)
        rows.update({str(row.get(id_field)): row for row in batch})
    assert reply is not None  # noqa: S101 (a walk reads at least one page)
    return list(rows.values()), reply
