"""One place to sign in: the shop's own page, which stops guessing after too many failures."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect


def to_sign_in(request: Any) -> HttpResponse:
    """In place of the admin's own form. Who is signed in and not of the office is told so, not sent in circles."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.GET.get("next") or "/admin/")
    if not request.user.is_staff:
        raise PermissionDenied("The office is for the office's people. Ask an owner if you need it.")
    return redirect("admin:index")
