"""A document on paper, as a file."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse

from workshop.api.permissions import require

PDF = {(200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY)}


def require_sight(user: User) -> None:
    """A sales document shows prices and where the customer lives. Raises PermissionDenied (403)."""
    require(user, "workshop.see_prices")
    require(user, "workshop.see_contact_details")


def pdf_file(number: str, paper: bytes) -> HttpResponse:
    name = f'attachment; filename="{number}.pdf"'
    return HttpResponse(paper, content_type="application/pdf", headers={"Content-Disposition": name})
