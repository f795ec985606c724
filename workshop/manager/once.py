"""A form sent twice, by a double click or a second try after a slow answer, does its work once."""

from __future__ import annotations

from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from workshop.manager.access import GarageRequest, View
from workshop.models import IdempotentRequest

KEPT = timedelta(hours=24)


def once(view: View) -> View:
    """Guards a form that carries ``{% once %}``. The work and the note of it are one transaction.

    Whoever comes second waits for the first and is led to where that ended. A refused form did nothing; it is shown
    again with another token.
    """

    @wraps(view)
    def guarded(request: GarageRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        token = request.POST.get("once", "")
        if not (token.isascii() and token.isalnum() and len(token) <= 40):
            return view(request, *args, **kwargs)
        with transaction.atomic():
            claim, first = _claim(request, token)
            if not first:
                return redirect(claim.headers["Location"])
            answer = view(request, *args, **kwargs)
            if answer.status_code == 302:
                claim.status, claim.headers = 302, {"Location": answer["Location"]}
                claim.save(update_fields=["status", "headers"])
            else:
                claim.delete()
        return answer

    return guarded


def _claim(request: GarageRequest, token: str) -> tuple[IdempotentRequest, bool]:
    now, mine = timezone.now(), IdempotentRequest.objects.filter(user=request.user)
    mine.filter(claimed_at__lt=now - KEPT).delete()
    return mine.get_or_create(user=request.user, key=f"form {token}", defaults={"fingerprint": "", "claimed_at": now})
