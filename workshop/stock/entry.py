"""All that one document does to stock: computed on locked pools, written in a fixed number of statements.

The only writer of pools, levels, lots, movements and journals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from workshop import costing
from workshop.actors import acting_user
from workshop.errors import OutOfStock
from workshop.models import (
    AccountRole,
    JobLot,
    Location,
    NegativeStock,
    Organisation,
    Part,
    StockJournal,
    StockLevel,
    StockMovement,
    StockPool,
)
from workshop.money import cents
from workshop.signals import saved_in_bulk

Kind = StockMovement.Kind
NONE = Decimal(0)


@dataclass(frozen=True)
class Places:
    """Where each part lies, read once."""

    usual: Location
    by_id: dict[int, Location]

    @classmethod
    def load(cls) -> Places:
        by_id = Location.objects.in_bulk()
        usual = next((place for place in by_id.values() if place.is_default), None)
        return cls(usual or Location.usual(), by_id)

    def of(self, part: Part) -> Location:
        return self.by_id.get(part.location_id or 0, self.usual)


@dataclass
class StockEntry:
    """Opened with the parts it touches, inside the verb's transaction; nothing is written before ``save``.

    Pools are locked in the order of their parts, so that two documents never wait for each other.
    """

    source: str
    source_id: int
    on: date
    part_ids: Iterable[int] = ()
    lot_ids: Iterable[int] = ()
    pools: dict[int, StockPool] = field(init=False)
    lots: dict[int, JobLot] = field(init=False)
    movements: list[StockMovement] = field(init=False, default_factory=list)
    journals: list[StockJournal] = field(init=False, default_factory=list)
    levels: dict[tuple[int, int], Decimal] = field(init=False, default_factory=lambda: defaultdict(Decimal))
    changed_lots: dict[int, JobLot] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.pools = _locked_pools(set(self.part_ids))
        lots = (
            JobLot.objects.select_for_update(of=("self",))
            .select_related("job")
            .filter(pk__in=set(self.lot_ids))
            .order_by("pk")
        )
        self.lots = {lot.pk: lot for lot in lots} if self.lot_ids else {}
        self.by = acting_user()

    def holding(self, part: Part) -> costing.Holding:
        pool = self.pools[part.pk]
        return costing.Holding(pool.quantity, pool.value, pool.last_average)

    # Goods in a pool

    def take_in(
        self, kind: str, part: Part, quantity: Decimal, cost: Decimal, location: Location, **of: Any
    ) -> StockMovement:
        """Goods in at ``cost`` (cents). What was sold before it came is trued up (see ``costing.take_in``)."""
        after, correction = costing.take_in(self.holding(part), quantity, cost)
        self._keep(part, after)
        movement = self._move(kind, part=part, location=location, quantity=quantity, value=cost, **of)
        if correction:
            self._true_up(part, correction, location, of.get("narration", ""), of.get("line_id"))
        return movement

    def _true_up(self, part: Part, correction: Decimal, location: Location, why: str, line_id: int | None) -> None:
        narration = f"Cost correction for {part.code} sold before receipt" + (f", {why}" if why else "")
        journal = self.journal(
            StockJournal.Kind.COST_CORRECTION,
            AccountRole.COGS,
            AccountRole.STOCK,
            correction,
            narration,
            line_id=line_id,
        )
        self._move(
            Kind.COST_CORRECTED,
            part=part,
            location=location,
            quantity=NONE,
            value=-correction,
            journal=journal,
            line_id=line_id,
        )

    def take_out(self, kind: str, part: Part, quantity: Decimal, location: Location, **of: Any) -> StockMovement:
        """Goods out at the average; ``-movement.value`` is their cost. Raises OutOfStock where that is refused."""
        held = self.holding(part)
        after, cost = costing.take_out(held, quantity, part.cost_price)
        if after.quantity < 0 and self._refuses(part):
            raise OutOfStock(f"Only {max(held.quantity, NONE).normalize():f} of {part.code} is in stock.")
        self._keep(part, after)
        return self._move(kind, part=part, location=location, quantity=-quantity, value=-cost, **of)

    def put_back(self, movement: StockMovement, kind: str, part: Part, **of: Any) -> StockMovement:
        """Undo a movement, on its own day unless another is given, at its own value."""
        location = movement.location
        assert location is not None  # noqa: S101 (a constraint: what is in a pool lies somewhere)
        if movement.quantity < 0:
            return self.take_in(kind, part, -movement.quantity, -movement.value, location, **of)
        return self.take_away(kind, part, movement.quantity, movement.value, location, **of)

    def take_away(
        self, kind: str, part: Part, quantity: Decimal, value: Decimal, location: Location, **of: Any
    ) -> StockMovement:
        """Goods out at a value of their own (a supplier's credit, a receipt undone); guards keep the pool sound."""
        after, variance = costing.send_back(self.holding(part), quantity, value)
        if after.quantity < 0 and self._refuses(part):
            raise OutOfStock(f"Only {self.pools[part.pk].quantity.normalize():f} of {part.code} is in stock.")
        self._keep(part, after)
        movement = self._move(kind, part=part, location=location, quantity=-quantity, value=-value, **of)
        if variance:
            self._vary(part, variance, location, of.get("line_id"))
        return movement

    def _vary(self, part: Part, variance: Decimal, location: Location, line_id: int | None) -> None:
        journal = self.journal(
            StockJournal.Kind.PRICE_VARIANCE,
            AccountRole.VARIANCE,
            AccountRole.STOCK,
            variance,
            f"Purchase price variance on {part.code}",
            line_id=line_id,
        )
        self.change_value(part, -variance, location, journal=journal, line_id=line_id, computed=True)

    def change_value(
        self, part: Part, difference: Decimal, location: Location, *, computed: bool = False, **of: Any
    ) -> StockMovement:
        """Value alone. ``computed``: the pool says so already."""
        if not computed:
            self._keep(part, self.holding(part).after(NONE, difference))
        kind = of.pop("kind", Kind.COST_CORRECTED)
        return self._move(kind, part=part, location=location, quantity=NONE, value=difference, **of)

    def correct(
        self,
        part: Part,
        received: Decimal,
        difference: Decimal,
        location: Location,
        *,
        narration: str,
        line_id: int | None = None,
    ) -> None:
        """So many units cost more (+) or less than was said; the share of those gone since is cost of sales (W7)."""
        after_kept, gone = costing.correct(self.holding(part), received, difference)
        self._keep(part, after_kept)
        of: dict[str, Any] = {"part": part, "location": location, "quantity": NONE}
        of |= {"line_id": line_id, "narration": narration}
        self._move(Kind.COST_CORRECTED, value=difference, **of)
        journal = self.journal(
            StockJournal.Kind.COST_CORRECTION, AccountRole.COGS, AccountRole.STOCK, gone, narration, line_id=line_id
        )
        self._move(Kind.COST_CORRECTED, value=-gone, journal=journal, **of)

    def move_between(
        self, part: Part, quantity: Decimal, from_location: Location, to_location: Location, **of: Any
    ) -> None:
        """From one place to another at the average; the pool stays what it is."""
        value = self.holding(part).share(quantity)
        self._move(Kind.MOVED, part=part, location=from_location, quantity=-quantity, value=-value, **of)
        self._move(Kind.MOVED, part=part, location=to_location, quantity=quantity, value=value, **of)

    # Goods on a job

    def add_to_lot(self, lot: JobLot, kind: str, quantity: Decimal, value: Decimal, **of: Any) -> StockMovement:
        """Into (+) or out of (−) a job's lot, at its own cost."""
        lot.quantity += quantity
        lot.value += value
        self.lots[lot.pk] = self.changed_lots[lot.pk] = lot
        return self._move(kind, lot=lot, part=lot.part, quantity=quantity, value=value, **of)

    def take_out_again(self, lot: JobLot, quantity: Decimal, value: Decimal, **of: Any) -> None:
        """What came into a lot leaves it. Where its cost was corrected meanwhile, cost of sales takes the difference.

        Raises OutOfStock where the goods are no longer on the job.
        """
        left = lot.quantity - quantity
        if left < 0:
            raise OutOfStock(f"Only {lot.quantity.normalize():f} of “{lot.description}” is still on the job.")
        taken = value if left and lot.value >= value else cents(lot.value * quantity / lot.quantity)
        self.add_to_lot(lot, Kind.UNDONE, -quantity, -value, **of)
        narration = f"Cost correction for {lot.description}, job {lot.job.number}"
        journal = self.journal(
            StockJournal.Kind.COST_CORRECTION, AccountRole.COGS, AccountRole.WIP, taken - value, narration, **of
        )
        if journal:
            self.add_to_lot(lot, Kind.COST_CORRECTED, NONE, value - taken, journal=journal, **of)

    # The ledger

    def journal(
        self,
        kind: str,
        debit: str,
        credit: str,
        amount: Decimal,
        narration: str,
        description: str = "",
        *,
        line_id: int | None = None,
        date: date | None = None,
    ) -> StockJournal | None:
        """One journal of this amount; below nothing it is the other way round, and nothing posts nothing."""
        if not amount:
            return None
        if amount < 0:
            debit, credit, amount = credit, debit, -amount
        journal = StockJournal(
            kind=kind,
            debit=debit,
            credit=credit,
            amount=amount,
            narration=narration[:300],
            description=(description or narration)[:300],
            date=date or self.on,
            source=self.source,
            source_id=self.source_id,
            source_line_id=line_id,
        )
        self.journals.append(journal)
        return journal

    def _refuses(self, part: Part) -> bool:
        return (part.negative_stock or self._usual_policy) == NegativeStock.BLOCK

    @cached_property
    def _usual_policy(self) -> str:
        return Organisation.current().negative_stock

    # Writing

    def _keep(self, part: Part, after: costing.Holding) -> None:
        pool = self.pools[part.pk]
        pool.quantity, pool.value = after.quantity, after.value
        pool.last_average = after.last_average.quantize(Decimal("0.000001"))

    def _move(
        self,
        kind: str,
        *,
        quantity: Decimal,
        value: Decimal,
        line_id: int | None = None,
        narration: str = "",
        date: date | None = None,
        **of: Any,
    ) -> StockMovement:
        movement = StockMovement(
            kind=kind,
            quantity=quantity,
            value=value,
            description=narration[:300],
            date=date or self.on,
            source=self.source,
            source_id=self.source_id,
            source_line_id=line_id,
            created_by=self.by,
            **of,
        )
        self.movements.append(movement)
        if movement.location_id and movement.part_id and quantity:
            self.levels[movement.part_id, movement.location_id] += quantity
        return movement

    def save(self) -> None:
        """Write all of it; whoever listens is told of the journals once."""
        if self.journals:
            StockJournal.objects.bulk_create(self.journals)
        StockMovement.objects.bulk_create(self._worth_writing())
        touched = {movement.part_id for movement in self.movements if movement.part_id in self.pools}
        StockPool.objects.bulk_update(
            [self.pools[part_id] for part_id in sorted(touched)], ["quantity", "value", "last_average"]
        )
        JobLot.objects.bulk_update(self.changed_lots.values(), ["quantity", "value"])
        _add_to_levels(self.levels)
        if self.journals:
            saved_in_bulk.send(StockJournal, ids=[journal.pk for journal in self.journals])

    def _worth_writing(self) -> list[StockMovement]:
        return [movement for movement in self.movements if movement.quantity or movement.value]


def hold_pools(part_ids: Iterable[int | None]) -> None:
    """Lock these parts' pools, in order, before several entries of one transaction touch them."""
    _locked_pools({pk for pk in part_ids if pk is not None})


def _locked_pools(part_ids: set[int]) -> dict[int, StockPool]:
    if not part_ids:
        return {}
    pools = _lock(part_ids)
    missing = part_ids - pools.keys()
    if missing:
        StockPool.objects.bulk_create([StockPool(part_id=pk) for pk in sorted(missing)], ignore_conflicts=True)
        pools |= _lock(missing)
    return pools


def _lock(part_ids: Iterable[int]) -> dict[int, StockPool]:
    rows = StockPool.objects.select_for_update().filter(part_id__in=part_ids).order_by("part_id")
    return {pool.part_id: pool for pool in rows}


def _add_to_levels(changes: dict[tuple[int, int], Decimal]) -> None:
    """The pools' locks are held, so nobody else changes these parts' levels meanwhile."""
    rows = StockLevel.objects.filter(part_id__in={part_id for part_id, _ in changes})
    known = {(row.part_id, row.location_id): row for row in rows} if changes else {}
    new = [
        StockLevel(part_id=part_id, location_id=location_id, quantity=change)
        for (part_id, location_id), change in changes.items()
        if (part_id, location_id) not in known
    ]
    for place, change in changes.items():
        if place in known:
            known[place].quantity += change
    StockLevel.objects.bulk_create(new)
    StockLevel.objects.bulk_update([row for place, row in known.items() if place in changes], ["quantity"])
