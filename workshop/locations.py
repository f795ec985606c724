"""Verbs on the places where goods lie. One pool of value per company: every place maps to the same account."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from workshop.entry import check, fill
from workshop.errors import InvalidInput, NotAllowedNow
from workshop.models import Location, Part, StockLevel, StockPool, StockTransfer


@transaction.atomic
def add_location(*, name: str) -> Location:
    return _named(Location(), name)


@transaction.atomic
def rename_location(location: Location, *, name: str) -> Location:
    return _named(_locked(location), name)


def _named(location: Location, name: str) -> Location:
    check(fill(location, {"name": name}))
    if Location.objects.filter(name__iexact=location.name).exclude(pk=location.pk).exists():
        raise InvalidInput("Another location has this name.", field="name")
    location.save()
    return location


def _locked(location: Location) -> Location:
    return Location.objects.select_for_update().get(pk=location.pk)


@transaction.atomic
def make_default(location: Location) -> Location:
    """Goods lie there unless somebody says otherwise."""
    location = _locked(location)
    if location.archived_at:
        raise NotAllowedNow(f"{location} is archived. Restore it first.")
    Location.objects.filter(is_default=True).exclude(pk=location.pk).update(is_default=False)
    location.is_default = True
    location.save(update_fields=["is_default"])
    return location


@transaction.atomic
def archive_location(location: Location) -> Location:
    """Raises NotAllowedNow for the default, and while goods lie there, are under way there or are kept there."""
    location = _locked(location)
    if location.is_default:
        raise NotAllowedNow(f"{location} is the default. Make another one the default first.")
    if StockLevel.objects.filter(location=location).exclude(quantity=0).exists():
        raise NotAllowedNow(f"Goods lie at {location}. Move them first.")
    if _under_way(location):
        raise NotAllowedNow(f"A transfer from or to {location} is open. Receive or cancel it first.")
    if part := Part.objects.active().filter(location=location).first():
        raise NotAllowedNow(f"{part.code} is kept at {location}. Choose another place for it first.")
    location.archived_at = timezone.now()
    location.save(update_fields=["archived_at"])
    return location


def _under_way(location: Location) -> bool:
    open_ones = StockTransfer.objects.filter(status__in=[StockTransfer.Status.DRAFT, StockTransfer.Status.IN_TRANSIT])
    return open_ones.filter(from_location=location).exists() or open_ones.filter(to_location=location).exists()


@transaction.atomic
def restore_location(location: Location) -> Location:
    location = _locked(location)
    location.archived_at = None
    location.save(update_fields=["archived_at"])
    return location


@transaction.atomic
def set_bin(part: Part, location: Location, *, code: str) -> StockLevel:
    """Where at the place a part lies: shelf and box, as the garage writes it."""
    StockPool.objects.select_for_update().get_or_create(part=part)  # whoever writes levels holds the pool
    level, _ = StockLevel.objects.select_for_update().get_or_create(part=part, location=location)
    check(fill(level, {"bin": code}), "bin")
    level.save(update_fields=["bin"])
    return level
