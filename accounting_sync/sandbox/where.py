"""The subset of Xero's ``where`` and ``order`` languages that is understood; anything else is refused, never ignored.

``where`` is read once into a predicate over stored documents. What may be named in it is given as a :data:`Fields`
map, so that a misspelt name is an error rather than a filter that lets everything through.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from .errors import QueryRefused
from .table import Document

Getter = Callable[[Document], Any]
Predicate = Callable[[Document], bool]


class Field(NamedTuple):
    """``kind`` is guid, string, number, date, moment or bool."""

    kind: str
    get: Getter


Fields = Mapping[str, Field]

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>"(?:[^"\\]|\\.)*")
    | (?P<number>-?\d+(?:\.\d+)?)
    | (?P<word>[A-Za-z_][\w.]*)
    | (?P<symbol>==|!=|>=|<=|&&|\|\||[=<>(),!])
    )""",
    re.VERBOSE,
)

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a is not None and a > b,
    ">=": lambda a, b: a is not None and a >= b,
    "<": lambda a, b: a is not None and a < b,
    "<=": lambda a, b: a is not None and a <= b,
}
_CONTAIN: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda a, b: b in a,
    "startswith": lambda a, b: a.startswith(b),
    "endswith": lambda a, b: a.endswith(b),
}
DEEPEST = 200
_ORDERED = ("number", "date", "moment")


def plain(*names: str, kind: str = "string") -> dict[str, Field]:
    """Fields that are read straight from the document by their own name."""
    return {name.lower(): Field(kind, _named(name)) for name in names}


def _named(name: str) -> Getter:
    return lambda document: document.get(name)


def parse_where(text: str, fields: Fields) -> Predicate:
    """A predicate over stored documents; raises QueryRefused for anything outside the subset."""
    if text.count("(") + text.count("!") > DEEPEST:
        raise QueryRefused("The expression is nested too deeply")
    reader = _Reader(text, fields)
    predicate = reader.either()
    reader.finish()
    return predicate


def parse_order(text: str, fields: Fields) -> list[tuple[Field, bool]]:
    """Pairs of field and whether it falls; the first is the most significant."""
    order = []
    for clause in text.split(","):
        words = clause.split()
        if not 1 <= len(words) <= 2 or words[-1].upper() not in ("ASC", "DESC", words[0].upper()):
            raise QueryRefused(f"order cannot be read: {clause.strip()}")
        order.append((_field(words[0], fields), words[-1].upper() == "DESC"))
    return order


def sort(documents: list[Document], order: list[tuple[Field, bool]]) -> list[Document]:
    for field, falling in reversed(order):
        documents.sort(key=_sort_key(field), reverse=falling)
    return documents


def _sort_key(field: Field) -> Callable[[Document], tuple[bool, Any]]:
    def key(document: Document) -> tuple[bool, Any]:
        value = field.get(document)
        return (value is not None, value.casefold() if isinstance(value, str) else value)

    return key


def _field(name: str, fields: Fields) -> Field:
    try:
        return fields[name.lower()]
    except KeyError:
        raise QueryRefused(f"No property or field '{name}' exists for this endpoint") from None


class _Reader:
    """Recursive descent over the tokens: OR, then AND, then comparison."""

    def __init__(self, text: str, fields: Fields) -> None:
        self.fields = fields
        self.tokens = _split(text)
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        token = self.peek()
        if not token or (wanted and token.lower() != wanted):
            raise QueryRefused(f"'{wanted or 'value'}' expected, found '{token or 'end of expression'}'")
        self.at += 1
        return token

    def finish(self) -> None:
        if self.peek():
            raise QueryRefused(f"Syntax error at '{self.peek()}'")

    def either(self) -> Predicate:
        options = [self.both()]
        while self.peek().lower() in ("or", "||"):
            self.take()
            options.append(self.both())
        return options[0] if len(options) == 1 else lambda document: any(option(document) for option in options)

    def both(self) -> Predicate:
        parts = [self.single()]
        while self.peek().lower() in ("and", "&&"):
            self.take()
            parts.append(self.single())
        return parts[0] if len(parts) == 1 else lambda document: all(part(document) for part in parts)

    def single(self) -> Predicate:
        if self.peek() == "(":
            self.take()
            inner = self.either()
            self.take(")")
            return inner
        if self.peek() == "!":
            self.take()
            negated = self.single()
            return lambda document: not negated(document)
        return self.comparison(self.take())

    def comparison(self, name: str) -> Predicate:
        path, _, method = name.rpartition(".")
        if method.lower() in _CONTAIN and self.peek() == "(":
            return self.containment(_field(path, self.fields), _CONTAIN[method.lower()])
        field = _field(name, self.fields)
        operator = "==" if self.peek() == "=" else self.peek()
        if operator not in _COMPARE:
            return _truth(field, name)
        self.take()
        return _compared(field, operator, self.literal(field, operator))

    def containment(self, field: Field, test: Callable[[str, str], bool]) -> Predicate:
        self.take("(")
        wanted = self.literal(Field("string", field.get), "==")
        self.take(")")
        if field.kind != "string" or wanted is None:
            raise QueryRefused("Contains, StartsWith and EndsWith take a string")
        return lambda document: test((field.get(document) or "").casefold(), wanted)

    def literal(self, field: Field, operator: str) -> Any:
        """A constant of the field's own type: Xero refuses to compare a Guid with a string."""
        token = self.take()
        low = token.lower()
        if low == "null" and operator in ("==", "!="):
            return None
        if token.startswith('"') and field.kind == "string":
            _ordered_only(field, operator)
            return _unquoted(token).casefold()
        if low == "guid" and field.kind == "guid":
            _ordered_only(field, operator)
            return self.arguments(1)[0].lower()
        if low in ("datetime", "date") and field.kind in ("date", "moment"):
            return _moment(self.arguments(), field.kind)
        if low in ("true", "false") and field.kind == "bool":
            return low == "true"
        if field.kind == "number" and re.fullmatch(r"-?\d+(\.\d+)?", token):
            return Decimal(token)
        raise QueryRefused(f"'{token}' cannot be compared with a {field.kind}")

    def arguments(self, count: int | None = None) -> list[str]:
        self.take("(")
        found = [_unquoted(self.take())]
        while self.peek() == ",":
            self.take()
            found.append(_unquoted(self.take()))
        self.take(")")
        if count is not None and len(found) != count:
            raise QueryRefused("Wrong number of arguments")
        return found


def _split(text: str) -> list[str]:
    tokens, at = [], 0
    text = text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            raise QueryRefused(f"Syntax error at position {at}")
        tokens.append(found[0].strip())
        at = found.end()
    return tokens


def _ordered_only(field: Field, operator: str) -> None:
    if operator not in ("==", "!=") and field.kind not in _ORDERED:
        raise QueryRefused(f"Operator '{operator}' cannot be used with a {field.kind}")


def _unquoted(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1]) if token.startswith('"') else token


def _moment(arguments: list[str], kind: str) -> date | datetime:
    try:
        moment = datetime(*(int(argument) for argument in arguments), tzinfo=UTC)  # type: ignore[arg-type,misc]
    except (TypeError, ValueError, OverflowError) as error:
        raise QueryRefused(f"DateTime cannot be read: {error}") from None
    if kind == "moment":
        return moment
    if len(arguments) > 3 and any(int(argument) for argument in arguments[3:]):
        raise QueryRefused("A business date has no time of day")
    return moment.date()


def _truth(field: Field, name: str) -> Predicate:
    if field.kind != "bool":
        raise QueryRefused(f"'{name}' needs a comparison")
    return lambda document: field.get(document) is True


def _compared(field: Field, operator: str, wanted: Any) -> Predicate:
    test = _COMPARE[operator]
    if field.kind in ("string", "guid"):
        return lambda document: test(_folded(field.get(document)), wanted)
    return lambda document: test(field.get(document), wanted)


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value
