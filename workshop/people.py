"""Verbs on customers and suppliers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from workshop.entry import check, fill
from workshop.errors import ChangedMeanwhile, InvalidInput, NotAllowedNow
from workshop.models import Address, Customer, Job, Party, PhoneNumber, Supplier, TaxRate
from workshop.models.people import phone_digits
from workshop.signals import saved_in_bulk

Rows = Iterable[Mapping[str, Any]]
CHUNK = 500  # rows in one statement
ADDRESS = ["line1", "line2", "city", "region", "postal_code", "country"]
SPOKEN = [
    "first_name", "last_name", "company_name", "name", "email", "tax_number", "is_customer", "is_supplier",
    "updated_at",
]  # fmt: skip


@dataclass(frozen=True)
class Draft:
    party: Party
    phones: list[PhoneNumber]
    addresses: list[Address]


Kind = TypeVar("Kind", bound=Party)


@transaction.atomic
def add_customer(*, phones: Rows = (), addresses: Rows = (), **fields: Any) -> Customer:
    """Raises ValidationError (fields) for nonsense and InvalidInput for a party without a name."""
    return _save(fill(Customer(is_customer=True), fields), phones, addresses)


@transaction.atomic
def edit_customer(
    customer: Customer,
    *,
    as_of: datetime | None = None,
    phones: Rows | None = None,
    addresses: Rows | None = None,
    **fields: Any,
) -> Customer:
    """Change what is given; ``phones`` and ``addresses``, where given, replace the old ones.

    Raises ChangedMeanwhile where the customer was saved after ``as_of``.
    """
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    _refuse_stale(customer, as_of)
    return _save(fill(customer, fields), phones, addresses)


def _refuse_stale(party: Party, as_of: datetime | None) -> None:
    if as_of and party.updated_at != as_of:
        raise ChangedMeanwhile(f"{party} was changed this very moment. Save again.")


@transaction.atomic
def update_party(
    party: Party,
    *,
    phones: Mapping[str, str] | None = None,
    addresses: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Party:
    """Change what is given and nothing else: phones and addresses by their kind, an empty one is taken away.

    Raises ValidationError (fields) for nonsense and InvalidInput for a party without a name.
    """
    party = fill(Party.objects.select_for_update().get(pk=party.pk), fields)
    if fields:
        _check_named(party).save()
    else:
        Party.objects.filter(pk=party.pk).update(updated_at=timezone.now())  # phones and addresses are part of it
    for kind, number in (phones or {}).items():
        _put(PhoneNumber, party, kind, {"number": number} if number else {})
    for kind, address in (addresses or {}).items():
        _put(Address, party, kind, address if _filled(address) else {})
    return party


def draft_party(*, phones: Mapping[str, str], addresses: Mapping[str, Any], **fields: Any) -> Draft:
    """A party with its phones and addresses, checked, not saved. Raises ValidationError, and InvalidInput for no name.

    No query: thousands are drafted to see whether they fit.
    """
    return _drafted(_check_named(fill(Party(), fields)), phones, addresses)


def _drafted(party: Party, phones: Mapping[str, str], addresses: Mapping[str, Any]) -> Draft:
    numbers = [PhoneNumber(party=party, kind=kind, number=number) for kind, number in phones.items() if number]
    places = [Address(party=party, kind=kind, **address) for kind, address in addresses.items() if _filled(address)]
    for item in (*numbers, *places):
        item.clean_fields(exclude=["party", "digits"])
    for number in numbers:
        number.digits = phone_digits(number.number)
    return Draft(party, numbers, places)


@transaction.atomic
def add_parties(drafts: Sequence[Draft]) -> list[Party]:
    """Many at once, in as many statements for one as for a thousand."""
    bulk_create_with_history([draft.party for draft in drafts], Party, batch_size=CHUNK)
    PhoneNumber.objects.bulk_create([item for draft in drafts for item in draft.phones], batch_size=CHUNK)
    Address.objects.bulk_create([item for draft in drafts for item in draft.addresses], batch_size=CHUNK)
    return _told(draft.party for draft in drafts)


@transaction.atomic
def update_parties(changes: Sequence[tuple[Party, Mapping[str, Any]]]) -> list[Party]:
    """Many at once: (party, fields as of ``update_party``, roles too), where phones and addresses only replace or add.

    Raises ValidationError and InvalidInput before anything is written.
    """
    drafts = []
    for party, given in changes:
        fields = {name: value for name, value in given.items() if name not in {"phones", "addresses"}}
        _check_named(fill(party, fields))
        party.updated_at = timezone.now()
        drafts.append(_drafted(party, given.get("phones", {}), given.get("addresses", {})))
    bulk_update_with_history([party for party, _ in changes], Party, SPOKEN, batch_size=CHUNK)
    _replace_many(PhoneNumber, [item for draft in drafts for item in draft.phones], ["number", "digits"])
    _replace_many(Address, [item for draft in drafts for item in draft.addresses], ADDRESS)
    return _told(party for party, _ in changes)


def _replace_many(model: type[PhoneNumber] | type[Address], items: Sequence[Any], fields: Sequence[str]) -> None:
    model._default_manager.bulk_create(
        items, update_conflicts=True, unique_fields=["party", "kind"], update_fields=fields, batch_size=CHUNK
    )


def _told(parties: Iterable[Party]) -> list[Party]:
    saved = list(parties)
    saved_in_bulk.send(Party, ids=[party.pk for party in saved])
    return saved


def _filled(address: Any) -> bool:
    return isinstance(address, Mapping) and any(address.values())


def _put(model: type[PhoneNumber] | type[Address], party: Party, kind: str, values: Mapping[str, str]) -> None:
    item = model.objects.filter(party=party, kind=kind).first() or model(party=party, kind=kind)
    if values:
        fill(item, values).full_clean(exclude=["digits"], validate_unique=False, validate_constraints=False)
        item.save()
    elif item.pk:
        item.delete()


def _check_named(party: Kind) -> Kind:
    party.name = party.full_name()
    if not party.name:
        field = "company_name" if party.kind == Party.Kind.COMPANY else "first_name"
        raise InvalidInput(f"Give the {party._meta.verbose_name} a name.", field=field)
    check(party)
    return party


def _save(party: Kind, phones: Rows | None, addresses: Rows | None) -> Kind:
    _check_named(party).save()
    if phones is not None:
        _replace(PhoneNumber, party, phones)
    if addresses is not None:
        _replace(Address, party, addresses)
    return party


def _replace(model: type[PhoneNumber] | type[Address], party: Party, rows: Rows) -> None:
    model.objects.filter(party=party).delete()
    for row in rows:
        item = fill(model(party=party), row)
        item.full_clean(exclude=["digits"])
        item.save()


@transaction.atomic
def archive_customer(customer: Customer) -> Customer:
    """Take the customer off the pickers; history stays. Raises NotAllowedNow while they have or pay for an open job."""
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    if Job.objects.open().filter(Q(customer=customer) | Q(bill_to=customer)).exists():
        raise NotAllowedNow(f"{customer} still has an open job. Finish or cancel it first.")
    customer.archived_at = timezone.now()
    customer.save(update_fields=["archived_at", "updated_at"])
    return customer


@transaction.atomic
def restore_customer(customer: Customer) -> Customer:
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    customer.archived_at = None
    customer.save(update_fields=["archived_at", "updated_at"])
    return customer


# Suppliers


@transaction.atomic
def add_supplier(*, phones: Rows = (), addresses: Rows = (), **fields: Any) -> Supplier:
    """A company unless ``kind`` says otherwise. Raises ValidationError by field, InvalidInput for a tax on sales."""
    supplier = fill(Supplier(is_supplier=True), {"kind": Party.Kind.COMPANY, **fields})
    _refuse_sales_tax(supplier.purchase_tax_rate)
    return _save(supplier, phones, addresses)


@transaction.atomic
def edit_supplier(
    supplier: Supplier,
    *,
    as_of: datetime | None = None,
    phones: Rows | None = None,
    addresses: Rows | None = None,
    **fields: Any,
) -> Supplier:
    """Change what is given; ``phones`` and ``addresses``, where given, replace the old ones.

    Raises ChangedMeanwhile where the supplier was saved after ``as_of``.
    """
    supplier = Supplier.objects.select_for_update().get(pk=supplier.pk)
    _refuse_stale(supplier, as_of)
    supplier = fill(supplier, fields)
    _refuse_sales_tax(supplier.purchase_tax_rate)
    return _save(supplier, phones, addresses)


def _refuse_sales_tax(rate: TaxRate | None) -> None:
    if rate and rate.use != TaxRate.Use.PURCHASES:
        raise InvalidInput(f"{rate} is a tax on sales.", field="purchase_tax_rate")


@transaction.atomic
def archive_supplier(supplier: Supplier) -> Supplier:
    """Take the supplier off the pickers; history stays. Raises NotAllowedNow while an order is open."""
    supplier = Supplier.objects.select_for_update().get(pk=supplier.pk)
    order = supplier.purchase_orders.open().first()
    if order:
        raise NotAllowedNow(f"{order} to {supplier} is still open. Close or cancel it first.")
    supplier.archived_at = timezone.now()
    supplier.save(update_fields=["archived_at", "updated_at"])
    return supplier


@transaction.atomic
def restore_supplier(supplier: Supplier) -> Supplier:
    supplier = Supplier.objects.select_for_update().get(pk=supplier.pk)
    supplier.archived_at = None
    supplier.save(update_fields=["archived_at", "updated_at"])
    return supplier


@transaction.atomic
def make_supplier(party: Party) -> Supplier:
    """A customer the garage buys from as well: one party, both roles, one contact."""
    Party.objects.select_for_update().get(pk=party.pk)
    Party.objects.filter(pk=party.pk).update(is_supplier=True)
    supplier = Supplier.objects.get(pk=party.pk)
    supplier.save(update_fields=["is_supplier", "updated_at"])
    return supplier
