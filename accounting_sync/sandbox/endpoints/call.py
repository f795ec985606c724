"""One call of a client, and the reading of what it sends."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from json import JSONDecodeError
from typing import Any, NamedTuple

from ..errors import BodyRefused, NotModelled, QueryRefused
from ..message import Request
from ..organisation import Organisation

Element = dict[str, Any]


def names(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Sent back by clients that post what they have read; Xero takes no notice of them.
ECHOED = names(
    "UpdatedDateUTC UpdatedDateUTCString HasErrors HasValidationErrors HasAttachments StatusAttributeString "
    "ValidationErrors Warnings DateString DueDateString ID"
)


@dataclass
class Call:
    """``created_by`` is API, or UI when the accountant acts by hand."""

    organisation: Organisation
    request: Request
    adviser: bool = False
    created_by: str = "API"
    warnings: list[str] = field(default_factory=list)

    @cached_property
    def params(self) -> dict[str, str]:
        return self.request.params

    def check_params(self, known: Collection[str]) -> None:
        if strange := self.params.keys() - known:
            raise NotModelled(f"query parameter {sorted(strange)[0]} of {self.request.method} {self.request.path}")
        # Read now, so that nonsense is refused even where nothing comes to use it.
        _ = self.places, self.whole_or_nothing

    @cached_property
    def places(self) -> int:
        """Decimals a unit price keeps: 2, or 4 with ``unitdp=4``."""
        asked = self.params.get("unitdp", "2")
        if asked not in ("2", "4"):
            raise NotModelled(f"unitdp={asked}")
        return int(asked)

    @property
    def whole_or_nothing(self) -> bool:
        """Without ``summarizeErrors=false`` one bad element refuses the call: the server's default, not the SDK's."""
        return self.flag("summarizeerrors", default=True)

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.params.get(name)
        if value is None:
            return default
        if value.lower() not in ("true", "false"):
            raise QueryRefused(f"{name} must be true or false")
        return value.lower() == "true"

    def words(self, name: str) -> list[str]:
        """A comma list; an empty one is no filter at all only when it was not sent."""
        return [word.strip() for word in self.params[name].split(",") if word.strip()]

    def body(self) -> Any:
        try:
            return self.request.json()
        except (JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BodyRefused(f"The body is not JSON: {error}") from None

    def elements(self, collection: str) -> list[Element]:
        """The wrapped collection, or one bare object: Xero takes both."""
        body = self.body()
        if isinstance(body, dict) and collection in body:
            if body.keys() != {collection}:
                raise NotModelled(f"body field beside {collection}")
            body = body[collection]
        elements = body if isinstance(body, list) else [body]
        if not all(isinstance(element, dict) for element in elements):
            raise BodyRefused(f"{collection} must be objects")
        return elements

    def element(self, collection: str) -> Element:
        elements = self.elements(collection)
        if len(elements) != 1:
            raise BodyRefused(f"Exactly one of {collection} is taken here")
        return elements[0]


class Route(NamedTuple):
    handler: Callable[..., Any]
    params: frozenset[str] = frozenset()


def route(handler: Callable[..., Any], params: str = "") -> Route:
    return Route(handler, names(params))


Routes = Mapping[tuple[str, str], Route]


def check_fields(element: Any, known: frozenset[str], where: str) -> None:
    """Every field must be modelled (or be one Xero ignores): a misspelt one would otherwise pass unseen."""
    if not isinstance(element, dict):
        raise BodyRefused(f"{where} must be an object")
    if not element.keys() <= known:
        raise NotModelled(f"{where}.{sorted(element.keys() - known)[0]}")


def objects(value: Any, where: str) -> list[Element]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise BodyRefused(f"{where} must be a list of objects")
    return value


def text(element: Mapping[str, Any], name: str) -> str | None:
    """A string field; numbers are taken as their digits, as account codes are often sent so."""
    value = element.get(name)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | float | list | dict):
        raise BodyRefused(f"{name} must be a string")
    return str(value)


def boolean(element: Mapping[str, Any], name: str) -> bool | None:
    value = element.get(name)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise BodyRefused(f"{name} must be true or false")
