"""Money and quantities in the database."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar

from django.db import models


class ScaledDecimalField(models.DecimalField):
    """A decimal of fixed places in Python, a whole number of its smallest step in the database.

    SQLite keeps decimals as binary floats: there 262.85 + 41.60 = 304.45 is false, in a constraint and in a SUM.
    Whole numbers add up on every database. Sum gives Decimal; arithmetic in a query (F("total") - F("paid")) compares
    well but, selected as a value, needs ``output_field``.
    """

    places: ClassVar[int]
    digits: ClassVar[int]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"], kwargs["decimal_places"] = self.digits, self.places
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_digits"], kwargs["decimal_places"]
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        return "BigIntegerField"

    def from_db_value(self, value: Any, *_: Any) -> Decimal | None:
        return None if value is None else Decimal(int(value)).scaleb(-self.places)

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        if not isinstance(value, Decimal):
            return value
        return int(value.quantize(Decimal(1).scaleb(-self.places), ROUND_HALF_UP).scaleb(self.places))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if hasattr(value, "resolve_expression"):
            return value
        return value if prepared else self.get_prep_value(value)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        return self.get_db_prep_value(value, connection)


class MoneyField(ScaledDecimalField):
    """An amount to the cent."""

    places, digits = 2, 12


class QuantityField(ScaledDecimalField):
    """Pieces, litres, metres: to 4 dp, as on every priced line."""

    places, digits = 4, 11
