"""The one shape of every kind of document. A kind is a module beside this one; the engine knows only this shape."""

from __future__ import annotations

import hashlib
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.utils.formats import date_format

from accounting_sync.reconcile import Body, Need, Twins, Wanted

Record = TypeVar("Record", bound=Model)
Element = dict[str, Any]
NO_ID = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Books:
    """What stands for what in Xero, and where this workshop is found."""

    accounts: Mapping[str, str] = field(default_factory=dict)
    taxes: Mapping[str, str] = field(default_factory=dict)
    purchase_taxes: Mapping[str, str] = field(default_factory=dict)
    payments: Mapping[str, str] = field(default_factory=dict)
    bank_accounts: frozenset[str] = frozenset()
    remote_ids: Mapping[Need, str] = field(default_factory=dict)
    site_url: str = ""
    instance: str = ""
    suffixes: Mapping[int, str] = field(default_factory=dict)
    items: Mapping[int, str] = field(default_factory=dict)  # by part, the code of its item
    no_tax: str = "NONE"
    site: tuple[str, str] | None = None  # the tracking category and option that mark its lines
    whole_descriptions: bool = True


@dataclass(frozen=True)
class Item:
    """One element of a call: the record's id in Xero, where it has one, and the body to send."""

    object_id: int
    remote_id: str | None
    body: Body
    remote: Element | None = None
    since: datetime | None = None
    total: Decimal | None = None


@dataclass(frozen=True)
class Call:
    """One request to Xero. ``modified_since`` asks only for what changed since then."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: Body | None = None
    modified_since: datetime | None = None


@dataclass(frozen=True)
class Facts:
    """What we keep of a document as Xero holds it."""

    remote_id: str
    number: str
    status: str
    updated_at: datetime | None
    fingerprint: str
    base: dict[str, Any] = field(default_factory=dict)


class Document(ABC, Generic[Record]):
    kind: ClassVar[str]
    label: ClassVar[str]
    rank: ClassVar[int]
    model: ClassVar[type[Model]]
    #: the switch without which nobody waits for this kind: it is not even put in the queue
    option: ClassVar[str] = ""
    #: models whose rows are part of the record → the field that holds the record's id
    parts: ClassVar[Mapping[type[Model], str]] = {}
    resource: ClassVar[str]
    id_field: ClassVar[str]
    number_field: ClassVar[str] = ""
    #: the field an element of an answer is told by; the number, unless there is none
    marker_field: ClassVar[str] = ""

    # What the workshop wants

    @abstractmethod
    def records(self) -> QuerySet[Any]:
        """Every record of this kind with all that ``wanted`` reads, so that a batch costs a fixed number of queries."""

    @abstractmethod
    def wanted(self, record: Record, books: Books) -> Wanted: ...

    def needs(self, record: Record) -> tuple[Need, ...]:
        """What must be in Xero before ``build`` can name it."""
        return ()

    def gone_first(self, record: Record) -> tuple[Need, ...]:
        """What was undone here and must be gone from Xero first, or Xero refuses this one."""
        return ()

    def after(self, record: Record) -> tuple[Need, ...]:
        """What goes first although nothing of it is named, unless it stays here on purpose."""
        return ()

    def beside(self, record: Record) -> tuple[Need, ...]:
        """What is named if Xero has it: it goes first, but holds nothing up once it asks for somebody."""
        return ()

    def carries_money(self, record: Record) -> bool:
        """Whether money or credit rests on it: Xero then lets no line of it be changed."""
        return False

    #: it goes into accounts of the type Bank, which ``Books`` then names
    into_bank: ClassVar[bool] = False
    describes: ClassVar[bool] = False  # its lines are described shortly or at length, as chosen

    #: both sides may edit it, field by field: what differs is compared again before anything is sent
    merges: ClassVar[bool] = False

    # How it is sent and read

    batch_size: ClassVar[int] = 50
    fetch_size: ClassVar[int] = 50

    def group(self, operation: str, item: Item) -> str:
        """Items of one group may travel in one call."""
        return operation

    @abstractmethod
    def call(self, operation: str, items: Sequence[Item]) -> Call: ...

    def elements(self, operation: str, reply: Element, items: Sequence[Item]) -> list[Element | None]:
        """The reply's element for each item: by its place, checked by its number; a missing one is None."""
        found = self.found(reply)
        in_place = found if len(found) == len(items) else [None] * len(items)
        return [self._element_of(item, there, found) for item, there in zip(items, in_place, strict=True)]

    def _element_of(self, item: Item, there: Element | None, found: Sequence[Element]) -> Element | None:
        marker = self.marker_field or self.number_field
        ours = item.body.get(marker)
        if not ours or (there is not None and there.get(marker) in {ours, None, ""}):
            return there
        return next((element for element in found if element.get(marker) == ours), None)

    # When Xero refuses

    #: where Xero's words mean something else of this kind: the catalogue's code → the code to take
    means: ClassVar[Mapping[str, str]] = {}

    def closer_look(self, code: str, item: Item) -> Call | None:
        """A read that tells more about a refusal, or finds that the document in the way is our own."""
        return None

    def explain(self, code: str, item: Item, remotes: Sequence[Element]) -> tuple[str, dict[str, Any]]:
        """A sentence and the evidence for the buttons, from that read."""
        return "", {}

    # What Xero holds

    def fetch(self, remote_ids: Sequence[str]) -> Call:
        """Read these by id, all in one call."""
        params = {"IDs": ",".join(remote_ids), "pageSize": "1000", "page": "1", "unitdp": "4"}
        return Call("GET", self.resource, params)

    @abstractmethod
    def look_up(self, items: Sequence[Item]) -> Call:
        """One read that finds every one of these, if Xero accepted it."""

    @abstractmethod
    def is_ours(self, item: Item, remote: Element) -> bool:
        """Whether this is the document that the item's call made."""

    def read(self, remote: Element) -> Facts:
        return Facts(
            remote_id=str(remote.get(self.id_field, "")),
            number=str(remote.get(self.number_field) or "") if self.number_field else "",
            status=str(remote.get("Status") or ""),
            updated_at=moment(remote.get("UpdatedDateUTC")),
            fingerprint=self.fingerprint(remote),
            base=self.base(remote),
        )

    @abstractmethod
    def fingerprint(self, element: Element) -> str:
        """Equal for a body and for what Xero made of it, as far as we own the content."""

    def holds(self, item: Item, remote: Element) -> bool:
        """Whether Xero's version is what this update asked for."""
        return self.fingerprint(item.body) == self.fingerprint(remote)

    def base(self, element: Element) -> dict[str, Any]:
        """The fields both sides may edit, as Xero has them."""
        return {}

    def agreed(self, item: Item, element: Element) -> dict[str, Any]:
        """Of those, what both sides now agree on: what was sent. What we did not send stays as it was agreed before."""
        return {}

    def first_base(self, body: Body, remote: Element) -> dict[str, Any]:
        """What counts as agreed when a record is linked to one that Xero had before."""
        return {}

    def found(self, reply: Element) -> list[Element]:
        """The elements of an answer. Raises Unreadable for an answer that is not of that shape."""
        return listed(reply, self.resource)

    def conflict(self, record: Any, body: Body, remote: Element) -> tuple[str, str] | None:
        """Why an update would overwrite somebody's work in Xero, or None. ``record`` is the SyncRecord."""
        if str(remote.get("Status")) in {"VOIDED", "DELETED"}:
            return "voided_in_xero", f"It was {str(remote['Status']).lower()} in Xero; our change is not sent."
        if record.remote_hash and self.fingerprint(remote) != record.remote_hash:
            return "changed_in_xero", "It was changed in Xero since we sent it; our change would overwrite that."
        return None

    def evidence(self, remote: Element) -> dict[str, Any]:
        """What a person needs to decide between both versions; the decision then covers this one of Xero's."""
        return {"hash": self.fingerprint(remote)}

    def update_body(self, body: Body, record: Any, remote: Element) -> Body:
        return {self.id_field: record.remote_id, **body}

    def mismatch(self, item: Item, remote: Element) -> str:
        """A sentence when Xero's total is not ours, else nothing."""
        theirs = remote.get("Total")
        if item.total is None or theirs is None or Decimal(str(theirs)) == item.total:
            return ""
        return f"Xero's total is {theirs}, ours is {item.total}."

    # Who in Xero may be the same

    #: whether Xero may have one of the same name already, so that its list must be fresh before one is made
    known_by_name: ClassVar[bool] = False

    def namesakes(self, records: Iterable[Record], connection: Any) -> QuerySet[Any] | None:
        """What Xero already has that may be one of these records."""
        return None

    def twins(self, record: Record, namesakes: Iterable[Any]) -> Twins | None:
        return None


class Unreadable(ValueError):
    """Xero's answer is JSON, but not the answer to our question."""


def listed(reply: Element, resource: str) -> list[Element]:
    rows = reply.get(resource)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unreadable(f"The answer holds no list of {resource}.")
    return rows


def digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def number(value: Any, places: str = "0.01") -> str:
    """A number written one way: Xero's 5.0, our "5.0000" and a Decimal compare equal."""
    if value is None or value == "":
        return ""
    return str(Decimal(str(value)).quantize(Decimal(places)).normalize() + 0)


MS_DATE = re.compile(r"/Date\((-?\d+)")


def moment(value: Any) -> datetime | None:
    """Xero's /Date(ms+0000)/ as an aware datetime."""
    found = MS_DATE.match(str(value or ""))
    return datetime.fromtimestamp(int(found[1]) / 1000, UTC) if found else None


def day(value: Any) -> str:
    """A business date as ISO text. Xero's dates are midnight UTC: never convert them to a local zone."""
    at = moment(value)
    if at:
        return at.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value or "")[:10]


def written(value: Any) -> str:
    """A business date of Xero's as the garage writes it; empty for none."""
    text = day(value)
    return date_format(date.fromisoformat(text)) if text else ""
