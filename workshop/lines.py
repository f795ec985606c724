"""From what a person typed to whole lines: what they left out is filled in, what makes no sense is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from django.core.exceptions import ValidationError

from workshop import money
from workshop.entry import check, fill
from workshop.errors import InvalidInput
from workshop.models import Customer, LineKind, Organisation, Part, TaxRate
from workshop.models.lines import PricedLine

Line = TypeVar("Line", bound=PricedLine)
NO = Decimal(0)


@dataclass(frozen=True)
class LineDefaults:
    """What a line of one document takes where nothing is typed; read once, however many lines there are."""

    tax_mode: str
    labour_rate: Decimal
    tax_rate: TaxRate | None
    payers_tax_rate: TaxRate | None
    discount_percent: Decimal

    @classmethod
    def of(cls, payer: Customer, tax_mode: str) -> LineDefaults:
        labour_rate = Organisation.current().labour_rate
        return cls(tax_mode, labour_rate, sales_tax(), payer.tax_rate, payer.discount_percent)

    def complete(self, typed: Mapping[str, Any]) -> dict[str, Any]:
        """Text and price from the part or the labour rate; tax from the payer, the part or the garage, in that order.

        List prices are without tax: on an inclusive document they stand with it, at 4 dp.
        """
        row = {name: value for name, value in typed.items() if value is not None}
        part: Part | None = row.get("part")
        kind = row.setdefault("kind", LineKind.PART if part else LineKind.LABOUR)
        if kind == LineKind.TEXT:
            return row | {
                "part": None,
                "quantity": Decimal(1),
                "unit_price": NO,
                "discount_percent": NO,
                "tax_rate": None,
            }
        if part and not str(row.get("description", "")).strip():
            row["description"] = part.description
        rate = row["tax_rate"] = self._rate(row.get("tax_rate"), part)
        row.setdefault("discount_percent", self.discount_percent if rate.discountable else NO)
        row.setdefault("unit_price", self._price(kind, part, rate))
        return row

    def _rate(self, typed: TaxRate | None, part: Part | None) -> TaxRate:
        rate = typed or self.payers_tax_rate or (part and part.tax_rate) or self.tax_rate
        if rate is None:
            raise InvalidInput("No default sales tax is set. Choose one in the settings.", field="tax_rate")
        if rate.use != TaxRate.Use.SALES:
            raise InvalidInput(f"{rate} is a tax on purchases.", field="tax_rate")
        return rate

    def _price(self, kind: str, part: Part | None, rate: TaxRate) -> Decimal:
        listed = part.sell_price if part else self.labour_rate if kind == LineKind.LABOUR else NO
        return money.unit_price(listed, rate.percent, self.tax_mode)


def sales_tax() -> TaxRate | None:
    return TaxRate.objects.filter(use=TaxRate.Use.SALES, is_default=True).first()


def typed_lines(
    model: type[Line], rows: Iterable[Mapping[str, Any]], defaults: LineDefaults, *, archived: bool = False, **of: Any
) -> list[Line]:
    """Whole and valid lines, unsaved, numbered from 1. Raises ValidationError naming the line and the field.

    ``archived``: whether archived parts and taxes may stand on them, as on a document written before.
    """
    return [_numbered(model(position=n, **of), row, defaults, archived) for n, row in enumerate(rows, start=1)]


def _numbered(line: Line, row: Mapping[str, Any], defaults: LineDefaults, archived: bool) -> Line:
    try:
        return complete(line, row, defaults, archived=archived)
    except ValidationError as error:
        place = f"Line {line.position}: "
        told = {field: [place + words for words in said] for field, said in error.message_dict.items()}
        raise ValidationError(told) from error


def complete(line: Line, typed: Mapping[str, Any], defaults: LineDefaults, *, archived: bool = False) -> Line:
    """Put what was typed on a line and fill in the rest. Raises ValidationError by field."""
    if not archived:
        _refuse_archived(line, typed)
    fill(line, defaults.complete(typed))
    check(line)
    return line


def _refuse_archived(line: PricedLine, typed: Mapping[str, Any]) -> None:
    """What is archived stays on the line that has it and comes on no other."""
    for name in ("part", "tax_rate"):
        chosen: Part | TaxRate | None = typed.get(name)
        if chosen and chosen.archived_at and chosen.pk != getattr(line, f"{name}_id"):
            raise InvalidInput(f"{chosen} is archived.", field=name)
