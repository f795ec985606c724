"""What an import makes of one of Xero's contacts, given who is known here. No query: thousands are judged at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError

from accounting_sync.documents.contact_fields import PARTS_OF_NAME, PHONES, flat, party_fields, split, spoken
from accounting_sync.documents.document import Element
from accounting_sync.models import ContactImport, ImportRow
from accounting_sync.models.books import name_key
from workshop import people
from workshop.errors import InvalidInput
from workshop.models import Party

V, R, C = ImportRow.Verdict, ImportRow.Reason, ImportRow.Choice


@dataclass
class Known:
    """Whom the workshop knows and has not linked yet, by name, e-mail and phone; and what is linked already."""

    by_name: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_email: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_phone: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    archived: set[int] = field(default_factory=set)
    linked: set[str] = field(default_factory=set)

    def add(self, pk: int, name: str, email: str, archived: bool) -> None:
        self.by_name[name_key(name)].add(pk)
        if email:
            self.by_email[email.casefold()].add(pk)
        if archived:
            self.archived.add(pk)


@dataclass(frozen=True)
class Judgement:
    verdict: str
    reason: str = ""
    note: str = ""
    party_id: int | None = None
    candidates: tuple[int, ...] = ()

    @property
    def choice(self) -> str:
        return {V.CERTAIN: C.LINK, V.NEW: C.CREATE, V.SKIPPED: C.LEAVE}.get(V(self.verdict), C.OPEN)


def judge(contact: Element, known: Known) -> Judgement:
    """The same name and the same phone or e-mail is the same party; one of them alone is a question."""
    if contact["ContactID"] in known.linked:
        return Judgement(V.SKIPPED, R.LINKED)
    if contact.get("ContactStatus", "ACTIVE") != "ACTIVE":
        return Judgement(V.SKIPPED, R.ARCHIVED)
    problem = unfit(contact)
    return Judgement(V.SKIPPED, R.UNFIT, problem) if problem else _match(contact, known) or _newcomer(contact)


def _match(contact: Element, known: Known) -> Judgement | None:
    fields = flat(contact)
    named = known.by_name.get(name_key(fields["Name"]), set())
    reached = set(known.by_email.get(fields["EmailAddress"], set()))
    for kind in PHONES:
        reached |= known.by_phone.get(fields.get(kind, ""), set())
    certain = (named & reached) - known.archived
    if len(certain) == 1:
        return Judgement(V.CERTAIN, party_id=certain.pop())
    some = named | reached
    return Judgement(V.PROBABLE, candidates=tuple(sorted(some))) if some else None


def _newcomer(contact: Element) -> Judgement:
    fields = flat(contact)
    if not fields["EmailAddress"] and not any(fields.get(kind) for kind in PHONES):
        return Judgement(V.SKIPPED, R.NO_DETAILS)
    if contact.get("IsCustomer"):
        return Judgement(V.NEW)
    return Judgement(V.SKIPPED, R.SUPPLIER_ONLY if contact.get("IsSupplier") else R.NEVER_INVOICED)


def asked_twice(judgements: Iterable[Judgement]) -> set[int]:
    """Parties that two of Xero's contacts would certainly be: then neither is certain."""
    seen: set[int] = set()
    twice: set[int] = set()
    for one in judgements:
        if one.party_id in seen:
            twice.add(one.party_id)
        elif one.party_id:
            seen.add(one.party_id)
    return twice


# A person or a company


def likeness(contact: Element) -> str:
    """What Xero's name is beside the primary person's names."""
    name, first, last = (spoken(contact)[field] for field in ("Name", *PARTS_OF_NAME))
    if first and name == first:
        return ImportRow.Likeness.FIRST_NAME
    if first and last and name == f"{first} {last}":
        return ImportRow.Likeness.FULL_NAME
    return ImportRow.Likeness.COMPANY


PERSONS = {
    ContactImport.PersonRule.FIRST_NAME: {ImportRow.Likeness.FIRST_NAME},
    ContactImport.PersonRule.FULL_NAME: {ImportRow.Likeness.FIRST_NAME, ImportRow.Likeness.FULL_NAME},
}


def kind_of(contact: Element, rule: str) -> str:
    person = likeness(contact) in PERSONS[ContactImport.PersonRule(rule)]
    return Party.Kind.PERSON if person else Party.Kind.COMPANY


def draft(contact: Element, rule: str) -> people.Draft:
    """The party this contact would be. Raises ValidationError or InvalidInput where it does not fit here."""
    values, kind = spoken(contact), kind_of(contact, rule)
    if kind == Party.Kind.PERSON and values["Name"] != " ".join(filter(None, (values[n] for n in PARTS_OF_NAME))):
        values |= zip(PARTS_OF_NAME, split(values["Name"]), strict=True)
    supplier = bool(contact.get("IsSupplier"))
    customer = bool(contact.get("IsCustomer")) or not supplier
    return people.draft_party(kind=kind, is_customer=customer, is_supplier=supplier, **party_fields(values, kind))


def unfit(contact: Element) -> str:
    """Why it cannot be kept here, whichever rule is chosen; empty when it can."""
    try:
        for rule in ContactImport.PersonRule.values:
            draft(contact, rule)
    except ValidationError as error:
        return " ".join(error.messages)[:255]
    except InvalidInput as error:
        return error.sentence[:255]
    return ""


def preview(counts: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Rule → (people, companies) among these contacts, counted by likeness."""
    whole = sum(counts.values())
    found: dict[str, tuple[int, int]] = {}
    for rule, likenesses in PERSONS.items():
        persons = sum(counts.get(like, 0) for like in likenesses)
        found[rule.value] = (persons, whole - persons)
    return found


def shown(contact: Element) -> dict[str, Any]:
    """What a person needs to recognise somebody."""
    values = spoken(contact)
    return {"email": values["EmailAddress"], "phones": [values[kind] for kind in PHONES if values.get(kind)]}
