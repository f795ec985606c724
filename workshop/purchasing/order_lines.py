"""From what a person typed to the lines of an order; what they left out is filled in, a core stands by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError

from workshop.entry import check, fill
from workshop.errors import InvalidInput
from workshop.models import JobLine, Part, PurchaseLine, PurchaseOrder, SupplierCode, TaxRate
from workshop.purchasing.documents import purchase_tax

Row = Mapping[str, Any]


def typed_lines(order: PurchaseOrder, rows: Iterable[Row]) -> list[PurchaseLine]:
    """Whole and valid lines, unsaved, numbered from 1, each core after the part it comes with.

    Raises ValidationError and InvalidInput for nonsense, naming the line.
    """
    rows = list(rows)
    parts = [row["part"] for row in rows if row.get("part")]
    codes = supplier_codes(order, parts)
    usual = purchase_tax(order.supplier)
    lines = [_line(order, row, codes, usual, place) for place, row in enumerate(rows, start=1)]
    return with_cores(lines)


def supplier_codes(order: PurchaseOrder, parts: Iterable[Part]) -> dict[int, str]:
    """What the supplier calls these parts, read once."""
    rows = SupplierCode.objects.filter(supplier=order.supplier, part__in=parts)
    return dict(rows.values_list("part_id", "code"))


def _line(order: PurchaseOrder, row: Row, codes: Mapping[int, str], usual: TaxRate, place: int) -> PurchaseLine:
    try:
        return complete(order, row, codes, usual, place)
    except ValidationError as error:
        told = {field: [f"Line {place}: {words}" for words in said] for field, said in error.message_dict.items()}
        raise ValidationError(told) from error
    except InvalidInput as error:
        raise InvalidInput(f"Line {place}: {error.sentence}", field=error.field) from error


def complete(order: PurchaseOrder, row: Row, codes: Mapping[int, str], usual: TaxRate, place: int) -> PurchaseLine:
    typed = {name: value for name, value in row.items() if value is not None}
    part: Part | None = typed.get("part")
    job_line: JobLine | None = typed.get("job_line")
    if job_line:
        typed["job"] = job_line.job
    if part:
        typed = {"unit_cost": part.cost_price, **typed}
        typed["description"] = typed.get("description") or part.description
        typed["supplier_code"] = typed.get("supplier_code") or codes.get(part.pk, "")
    typed.setdefault("tax_rate", usual)
    line = fill(PurchaseLine(order=order, position=place), typed)
    _refuse_nonsense(line)
    check(line)
    return line


def _refuse_nonsense(line: PurchaseLine) -> None:
    if line.tax_rate.use != TaxRate.Use.PURCHASES:
        raise InvalidInput(f"{line.tax_rate} is a tax on sales.", field="tax_rate")
    if line.part and line.part.archived_at:
        raise InvalidInput(f"{line.part.code} is archived.", field="part")
    if line.job_id is None and not (line.part and line.part.stocked):
        what = f"{line.part.code} is not kept in stock" if line.part else "This is not a part"
        raise InvalidInput(f"{what}: say which job it is for.", field="job")


def with_cores(lines: Sequence[PurchaseLine]) -> list[PurchaseLine]:
    """A part's core is bought with it, at its own cost, to be sent back for credit.

    It is no cost of the job: it stands with the job, not with the line that is sold.
    """
    result: list[PurchaseLine] = []
    there = {(line.part_id, line.job_id) for line in lines if line.is_core}
    for line in lines:
        result.append(line)
        core = line.part.core if line.part and not line.is_core else None
        if core and (core.pk, line.job_id) not in there:
            result.append(_core_line(line, core))
    for position, line in enumerate(result, start=1):
        line.position = position
    return result


def _core_line(line: PurchaseLine, core: Part) -> PurchaseLine:
    core_line = PurchaseLine(
        order=line.order,
        part=core,
        description=f"Core: {core.description}"[:300],
        quantity=line.quantity,
        unit_cost=core.cost_price,
        tax_rate=line.tax_rate,
        job=line.job,
        is_core=True,
    )
    _refuse_nonsense(core_line)
    return core_line
