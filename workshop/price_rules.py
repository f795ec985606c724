"""What a part sells for, from what it costs: a mark-up by cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from simple_history.utils import bulk_update_with_history

from workshop.entry import check, fill
from workshop.errors import InvalidInput
from workshop.models import Part, PriceBand, PriceRule
from workshop.pricing import price_from_cost
from workshop.signals import saved_in_bulk

NO = Decimal(0)


def follow_cost(part: Part) -> None:
    """Set the price of a part that has a rule and a known cost; nothing is saved."""
    if part.price_rule:
        _follow(part, part.price_rule.bands.all())


def _follow(part: Part, bands: Iterable[PriceBand]) -> None:
    price = price_from_cost(part.cost_price, bands) if part.cost_price else None
    part.sell_price = part.sell_price if price is None else price


@transaction.atomic
def record_costs(costs: Mapping[int, Decimal]) -> None:
    """What parts (by key) cost last, to 4 dp; the price of each that has a rule follows. A fixed number of statements.

    A cost of nothing says nothing: the one known before stands.
    """
    known = {pk: cost for pk, cost in costs.items() if cost > 0}
    parts = Part.objects.select_for_update(of=("self",)).filter(pk__in=known).order_by("pk")
    changed = [part for part in parts.select_related("price_rule") if part.cost_price != known[part.pk]]
    for part in changed:
        part.cost_price = known[part.pk]
    reprice(changed)


def reprice(parts: Sequence[Part]) -> None:
    """Let prices follow costs and write both, with their history, in one statement each."""
    bands: dict[int, list[PriceBand]] = {}
    for band in PriceBand.objects.filter(rule__in={part.price_rule_id for part in parts if part.price_rule_id}):
        bands.setdefault(band.rule_id, []).append(band)
    for part in parts:
        _follow(part, bands.get(part.price_rule_id or 0, []))
        part.updated_at = timezone.now()
    if parts:
        bulk_update_with_history(parts, Part, ["cost_price", "sell_price", "updated_at"])
        saved_in_bulk.send(Part, ids=[part.pk for part in parts])


@transaction.atomic
def save_rule(rule: PriceRule | None = None, *, name: str, bands: Iterable[Mapping[str, Any]]) -> PriceRule:
    """A rule with its bands (``cost_from``, ``markup_percent``); the prices of its parts follow at once.

    Raises InvalidInput unless the lowest band starts at nothing, ValidationError by field.
    """
    rule = fill(PriceRule.objects.select_for_update().get(pk=rule.pk) if rule else PriceRule(), {"name": name})
    rule.full_clean()
    rule.save()
    rows = [fill(PriceBand(rule=rule), band) for band in bands]
    _refuse_bad_bands(rows)
    rule.bands.all().delete()
    PriceBand.objects.bulk_create(rows)
    reprice(list(Part.objects.select_for_update().filter(price_rule=rule).order_by("pk")))
    return rule


def _refuse_bad_bands(bands: Sequence[PriceBand]) -> None:
    for band in bands:
        check(band)
    starts = [band.cost_from for band in bands]
    if NO not in starts:
        raise InvalidInput("The first mark-up starts at a cost of 0.", field="bands")
    if len(set(starts)) < len(starts):
        raise InvalidInput("Two mark-ups start at the same cost.", field="bands")
