"""What every template of the web face may show."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from ..demo import EMAIL, PASSWORD
from .session import signed_in


def frame(request: HttpRequest) -> dict[str, Any]:
    """The person signed in, the demo login that sign-in pages print, and what the last act has to say."""
    person = signed_in(request)
    return {
        "person": person,
        "said": request.session.pop("said", "") if person and request.session.get("said") else "",
        "demo_email": EMAIL,
        "demo_password": PASSWORD,
    }
