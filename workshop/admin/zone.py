"""The office shows times where the garage stands, as the shop's pages do."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from workshop.models import Organisation


class GarageTimeMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        garage = Organisation.objects.filter(pk=1).first() if request.path.startswith("/admin/") else None
        if garage is None:
            return self.get_response(request)
        with timezone.override(garage.zone):
            return self.get_response(request)
