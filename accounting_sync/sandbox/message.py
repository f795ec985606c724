"""What goes in and out of the sandbox, free of any web framework."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Request:
    """One HTTP request. Header names are lower case; ``query`` is the raw query string."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")

    @property
    def params(self) -> dict[str, str]:
        """Query parameters by lower-case name: Xero takes them in any case."""
        return {name.lower(): value for name, value in parse_qsl(self.query, keep_blank_values=True)}

    def json(self) -> Any:
        return json.loads(self.body, parse_float=Decimal)


@dataclass
class Response:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type", "")
