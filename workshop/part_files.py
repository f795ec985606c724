"""Parts to and from a file for a spreadsheet: what goes out comes back in unchanged.

The rows go through the same verbs as everywhere else. All of a file is taken, or nothing of it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from io import StringIO
from typing import Any

import tablib
from django.core.exceptions import ValidationError
from import_export import fields, resources, widgets

from workshop import parts
from workshop.errors import InvalidInput, WorkshopError
from workshop.models import Location, Part, PriceRule, Supplier, TaxRate
from workshop.stock.adjusting import open_stock

OWN = [
    "code", "description", "unit", "category", "stocked", "sell_price", "cost_price", "price_rule", "tax_rate",
    "negative_stock", "minimum", "maximum", "supplier", "location", "core",
]  # fmt: skip
OPENING = ["opening_quantity", "opening_value"]
COLUMNS = [*OWN, "barcodes", "supplier_codes", *OPENING]
LARGEST, MOST_ROWS = 5_000_000, 20_000
RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r", "'")
BETWEEN = " | "


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; ``as_it_was`` gives it back. Numbers stay numbers."""
    if not cell.startswith(RUN_BY_SPREADSHEETS) or _is_number(cell):
        return cell
    return f"'{cell}"


def as_it_was(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:2] in RUN_BY_SPREADSHEETS else cell


def _is_number(cell: str) -> bool:
    try:
        return Decimal(cell).is_finite()
    except InvalidOperation:
        return False


class Text(widgets.Widget):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        return as_it_was(str(value or "").strip())

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return harmless(str(value or ""))


class Figure(widgets.Widget):
    def __init__(self, empty: Decimal | None) -> None:
        super().__init__()
        self.empty = empty

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Decimal | None:
        typed = str(value or "").strip()
        if not typed:
            return self.empty
        if not _is_number(typed):
            raise ValueError(f"“{typed}” is not a number. Write it like 1234.50.")
        return Decimal(typed)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else f"{value:f}"


class YesNo(widgets.Widget):
    WORDS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool:
        typed = str(value or "").strip().lower()
        if typed not in self.WORDS:
            raise ValueError(f"“{typed}” is neither yes nor no.")
        return self.WORDS[typed]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "yes" if value else "no"


class Named(widgets.Widget):
    """Another record, by its name; all of them are read once per file."""

    def __init__(self, model: Any, name: str = "name", **only: Any) -> None:
        super().__init__()
        self.model, self.name, self.only = model, name, only
        self.known: dict[str, list[Any]] | None = None

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        typed = as_it_was(str(value or "").strip())
        if not typed:
            return None
        found = self._all().get(typed.lower(), [])
        if len(found) != 1:
            what = self.model._meta.verbose_name
            raise ValueError(f"{'No' if not found else 'More than one'} {what} is called “{typed}”.")
        return found[0]

    def _all(self) -> dict[str, list[Any]]:
        if self.known is None:
            self.known = {}
            for record in self.model._default_manager.filter(**self.only):
                self.known.setdefault(str(getattr(record, self.name)).lower(), []).append(record)
        return self.known

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return harmless(str(getattr(value, self.name))) if value else ""


WIDGETS: dict[str, widgets.Widget] = {
    "stocked": YesNo(),
    "sell_price": Figure(Decimal(0)),
    "cost_price": Figure(Decimal(0)),
    "minimum": Figure(None),
    "maximum": Figure(None),
}


class PartResource(resources.ModelResource):
    """One row per part, found by its code; a column that a file does not have stays as it is."""

    class Meta:
        model = Part
        fields = OWN
        import_id_fields = ("code",)
        use_transactions = True

    def __init__(self, opens: bool = False) -> None:
        super().__init__()
        self.opens = opens
        self.seen: set[str] = set()
        self.suppliers = Named(Supplier, archived_at=None)
        named = {
            "price_rule": Named(PriceRule),
            "tax_rate": Named(TaxRate, use=TaxRate.Use.SALES),
            "supplier": self.suppliers,
            "location": Named(Location, archived_at=None),
            "core": Named(Part, "code"),
        }
        for name in OWN:
            widget = named.get(name) or WIDGETS.get(name) or Text()
            self.fields[name] = fields.Field(attribute=name, column_name=name, widget=widget)

    def get_instance(self, instance_loader: Any, row: Mapping[str, Any]) -> Part | None:
        return Part.objects.filter(code__iexact=_code(row)).first()

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        code = _code(row).lower()
        if code in self.seen:
            raise ValidationError({"code": f"{_code(row)} is in the file twice."})
        self.seen.add(code)

    def before_save_instance(self, instance: Part, row: Any, **kwargs: Any) -> None:
        instance.file_row = row  # type: ignore[attr-defined]

    def do_instance_save(self, instance: Part, is_create: bool) -> None:
        row: Mapping[str, Any] = instance.file_row  # type: ignore[attr-defined]
        given = {name: getattr(instance, name) for name in OWN if name in row}
        try:
            given |= self._many(row)
            saved = parts.add_part(**given) if is_create else parts.edit_part(instance, **given)
            self._open(saved, row, is_create)
        except WorkshopError as refusal:
            raise ValidationError({refusal.field or "code": refusal.sentence}) from refusal
        instance.pk = saved.pk

    def _many(self, row: Mapping[str, Any]) -> dict[str, Any]:
        many: dict[str, Any] = {}
        if "barcodes" in row:
            many["barcodes"] = _split(row["barcodes"])
        if "supplier_codes" in row:
            many["supplier_codes"] = [self._supplier_code(pair) for pair in _split(row["supplier_codes"])]
        return many

    def _supplier_code(self, pair: str) -> dict[str, Any]:
        name, _, code = pair.rpartition("=")
        try:
            supplier = self.suppliers.clean(name)
        except ValueError as error:
            raise InvalidInput(str(error), field="supplier_codes") from error
        if supplier is None:
            raise InvalidInput("Write a supplier's code like: Parts House Ltd=RF-1", field="supplier_codes")
        return {"supplier": supplier, "code": code.strip()}

    def _open(self, part: Part, row: Mapping[str, Any], is_create: bool) -> None:
        given = {name: str(row.get(name) or "").strip() for name in OPENING}
        if not any(given.values()):
            return
        if not is_create:
            raise InvalidInput("Opening stock is for new parts.", field="opening_quantity")
        if not self.opens:
            raise InvalidInput("Your role does not enter opening stock.", field="opening_quantity")
        figures = {name: _opening_figure(name, cell) for name, cell in given.items()}
        open_stock(part, quantity=figures["opening_quantity"], value=figures["opening_value"])


def _code(row: Mapping[str, Any]) -> str:
    return as_it_was(str(row.get("code") or "").strip())


def _split(cell: Any) -> list[str]:
    return [piece.strip() for piece in as_it_was(str(cell or "")).split("|") if piece.strip()]


def _opening_figure(name: str, cell: str) -> Decimal:
    if not _is_number(cell):
        raise InvalidInput("Give the quantity and the value of opening stock, both as numbers.", field=name)
    return Decimal(cell)


# Out


def export_parts() -> str:
    """All parts in use as CSV, with the mark by which spreadsheets know UTF-8. A fixed number of statements."""
    related = ["price_rule", "tax_rate", "supplier", "location", "core"]
    found = Part.objects.active().select_related(*related).prefetch_related("barcodes", "supplier_codes__supplier")
    resource, out = PartResource(), StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for part in found.order_by("code"):
        own = [resource.fields[name].export(part) for name in OWN]
        codes = BETWEEN.join(f"{row.supplier.name}={row.code}" for row in part.supplier_codes.all())
        barcodes = BETWEEN.join(row.code for row in part.barcodes.all())
        writer.writerow([*own, harmless(barcodes), harmless(codes), "", ""])
    return "\ufeff" + out.getvalue()


# In


@dataclass(frozen=True)
class Mistake:
    """``row`` counts as a spreadsheet does: the first below the heading is 2."""

    row: int
    column: str
    sentence: str


@dataclass(frozen=True)
class Outcome:
    new: int
    changed: int
    mistakes: list[Mistake]


def read_file(content: bytes) -> tablib.Dataset:
    """Raises InvalidInput for what is not a file of parts."""
    if len(content) > LARGEST:
        raise InvalidInput("The file is larger than 5 MB.", field="file")
    try:
        rows = list(csv.reader(StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput("Save the file as “CSV UTF-8 (comma separated)”.", field="file") from error
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    head = [name.strip().lower() for name in rows[0]] if rows else []
    _refuse_heading(head)
    if len(rows) - 1 > MOST_ROWS:
        raise InvalidInput(f"The file has more than {MOST_ROWS:,} rows.", field="file")
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(head):
            raise InvalidInput(f"Row {number} has {len(row)} cells, and the heading {len(head)}.", field="file")
        if any("\0" in cell for cell in row):
            raise InvalidInput(f"Row {number} holds a null character.", field="file")
    return tablib.Dataset(*rows[1:], headers=head)


def _refuse_heading(head: list[str]) -> None:
    unknown = [name for name in head if name not in COLUMNS]
    if "code" not in head:
        raise InvalidInput("The first row must name the columns, “code” among them.", field="file")
    if unknown:
        raise InvalidInput(f"There is no column “{unknown[0]}”. There are: {', '.join(COLUMNS)}.", field="file")
    if len(set(head)) < len(head):
        raise InvalidInput("A column is in the file twice.", field="file")


def import_parts(rows: tablib.Dataset, *, dry_run: bool = False, opens: bool = False) -> Outcome:
    """Add new parts and change known ones; with any mistake nothing is written, and ``dry_run`` writes nothing ever.

    ``opens``: whether the person may enter opening stock.
    """
    result = PartResource(opens).import_data(
        rows, dry_run=dry_run, use_transactions=True, rollback_on_validation_errors=True
    )
    mistakes = [*_wrong_cells(result.invalid_rows), *_defects(result.row_errors())]
    return Outcome(result.totals["new"], result.totals["update"], sorted(mistakes, key=lambda found: found.row))


def _wrong_cells(invalid: Iterable[Any]) -> Iterable[Mistake]:
    for row in invalid:
        for column, sentences in row.field_specific_errors.items():
            yield Mistake(row.number + 1, column, " ".join(sentences))
        if row.non_field_specific_errors:
            yield Mistake(row.number + 1, "", " ".join(row.non_field_specific_errors))


def _defects(rows: Iterable[tuple[int, list[Any]]]) -> Iterable[Mistake]:
    """What is nobody's typing mistake is a defect of ours, and is not made into one."""
    for _, errors in rows:
        for error in errors:
            raise error.error
    return []
