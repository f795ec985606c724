"""Verbs on parts: what they are called, cost and sell for, and how they are kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from workshop.entry import check, fill
from workshop.errors import InvalidInput, NotAllowedNow
from workshop.models import Barcode, Part, StockPool, Supplier, SupplierCode, TaxRate
from workshop.price_rules import follow_cost

MANY = ("barcodes", "supplier_codes")


@transaction.atomic
def add_part(*, code: str, **fields: Any) -> Part:
    """``barcodes``: codes; ``supplier_codes``: rows of supplier and code. With a price rule the price follows the cost.

    Raises ValidationError by field: a code another part has, whatever its capitals; a price below nothing.
    """
    typed, names = _apart({"code": code, **fields})
    return _save(fill(Part(), typed), names)


@transaction.atomic
def edit_part(part: Part, **fields: Any) -> Part:
    """Change what is given. Raises InvalidInput for another code: it stands on documents, so it stays.

    Raises NotAllowedNow when a part with goods in stock would no longer be kept in stock.
    """
    part = Part.objects.select_for_update().get(pk=part.pk)
    if fields.get("code", part.code).strip() != part.code:
        raise InvalidInput("A part's code cannot be changed. Archive the part and add another.", field="code")
    if part.stocked and fields.get("stocked") is False:
        refuse_while_in_stock(part, "stop keeping it in stock", field="stocked")
    typed, names = _apart(fields)
    return _save(fill(part, typed), names)


def _apart(fields: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A part's own fields, and its rows in other tables."""
    own = {name: value for name, value in fields.items() if name not in MANY}
    return own, {name: fields[name] for name in MANY if fields.get(name) is not None}


def _save(part: Part, names: Mapping[str, Any]) -> Part:
    rate = part.tax_rate
    if rate and rate.use != TaxRate.Use.SALES:
        raise InvalidInput(f"{rate} is a tax on purchases.", field="tax_rate")
    _refuse_nonsense(part)
    follow_cost(part)
    check(part)
    part.save()
    if "barcodes" in names:
        _set_barcodes(part, names["barcodes"])
    if "supplier_codes" in names:
        _set_supplier_codes(part, names["supplier_codes"])
    return part


def _refuse_nonsense(part: Part) -> None:
    if part.minimum is not None and part.maximum is not None and part.maximum < part.minimum:
        raise InvalidInput("The maximum is below the minimum.", field="maximum")
    if part.core and (part.core == part or part.core.core_id):
        raise InvalidInput("The core is a part of its own, without a core.", field="core")
    if part.location and part.location.archived_at:
        raise InvalidInput(f"{part.location} is archived.", field="location")


def refuse_while_in_stock(part: Part, act: str, field: str = "") -> None:
    """Holds the part's pool, so that nothing comes in meanwhile."""
    pool, _ = StockPool.objects.select_for_update().get_or_create(part=part)
    if pool.quantity or pool.value:
        amount = f"{pool.quantity.normalize():f} {part.unit}"
        raise NotAllowedNow(f"{part.code} has {amount} in stock. Adjust it to nothing to {act}.", field=field)


def _set_barcodes(part: Part, codes: Iterable[str]) -> None:
    wanted = dict.fromkeys(code.strip() for code in codes if code.strip())
    taken = Barcode.objects.filter(code__in=wanted).exclude(part=part).select_related("part").first()
    if taken:
        raise InvalidInput(f"The barcode {taken.code} is on {taken.part.code}.", field="barcodes")
    rows = [fill(Barcode(part=part), {"code": code}) for code in wanted]
    for row in rows:
        check(row)
    part.barcodes.all().delete()
    Barcode.objects.bulk_create(rows)


def _set_supplier_codes(part: Part, typed: Iterable[Mapping[str, Any]]) -> None:
    by_supplier: dict[Supplier, str] = {}
    for row in typed:
        if row["supplier"] in by_supplier:
            raise InvalidInput(f"{row['supplier']} has two codes here.", field="supplier_codes")
        by_supplier[row["supplier"]] = row["code"]
    rows = [fill(SupplierCode(part=part, supplier=supplier), {"code": code}) for supplier, code in by_supplier.items()]
    for named in rows:
        check(named)
    part.supplier_codes.all().delete()
    SupplierCode.objects.bulk_create(rows)


def by_scan(words: str) -> Part | None:
    """The one active part of this barcode or code, as a scanner types it; None where there is none."""
    barcode = Barcode.objects.select_related("part").filter(code=words.strip(), part__archived_at=None).first()
    return barcode.part if barcode else Part.objects.active().filter(code__iexact=words.strip()).first()


@transaction.atomic
def archive_part(part: Part) -> Part:
    """Take the part off the pickers; lines that have it keep it. Raises NotAllowedNow while it is in stock."""
    refuse_while_in_stock(part, "archive it")
    return _archive(part, timezone.now())


def restore_part(part: Part) -> Part:
    return _archive(part, None)


@transaction.atomic
def _archive(part: Part, moment: datetime | None) -> Part:
    part = Part.objects.select_for_update().get(pk=part.pk)
    part.archived_at = moment
    part.save(update_fields=["archived_at", "updated_at"])
    return part
