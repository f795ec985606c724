"""Sending a POST twice does it once: the client names it with an Idempotency-Key and may ask again for 24 hours."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from workshop.api.problems import KeyReused, StillRunning
from workshop.models import IdempotentRequest

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
# Longer than any request may run: an older claim without an answer belongs to a process that died. Its work was
# rolled back with it, because work and answer are committed together.
ABANDONED = timedelta(minutes=2)
REPEATED_HEADERS = ("Location", "ETag")
Handler = Callable[..., Response]


def once(handler: Handler) -> Handler:
    """The handler, run at most once per key. A refused request did nothing, so its key is free again."""

    def guarded(request: Request, *args: Any, **kwargs: Any) -> Response:
        key = _key(request)
        claim = _claim(cast(User, request.user), key, _fingerprint(request))
        if claim.status is not None:
            return Response(claim.body, status=claim.status, headers={**claim.headers, "Idempotency-Replayed": "true"})
        try:
            with transaction.atomic():
                response = handler(request, *args, **kwargs)
                _keep(claim, response)
        except Exception:
            IdempotentRequest.objects.filter(pk=claim.pk, claimed_at=claim.claimed_at, status=None).delete()
            raise
        return response

    return guarded


def _key(request: Request) -> str:
    key = request.headers[HEADER].strip()
    if not key or len(key) > 255 or not key.isprintable():
        raise ValidationError({HEADER: ["Give 1 to 255 printable characters."]})
    return key


def _fingerprint(request: Request) -> str:
    body = json.dumps(request.data, sort_keys=True, cls=JSONEncoder)
    return hashlib.sha256(f"{request.method} {request.get_full_path()}\n{body}".encode()).hexdigest()


def _claim(user: User, key: str, fingerprint: str) -> IdempotentRequest:
    now = timezone.now()
    mine = IdempotentRequest.objects.filter(user=user)
    mine.filter(claimed_at__lt=now - KEPT).delete()
    claim = IdempotentRequest(user=user, key=key, fingerprint=fingerprint, claimed_at=now)
    try:
        with transaction.atomic():
            claim.save()
    except IntegrityError:
        return _earlier(mine.get(key=key), claim)
    return claim


def _earlier(earlier: IdempotentRequest, claim: IdempotentRequest) -> IdempotentRequest:
    if earlier.fingerprint != claim.fingerprint:
        raise KeyReused
    if earlier.status is not None:
        return earlier
    unanswered = IdempotentRequest.objects.filter(pk=earlier.pk, claimed_at=earlier.claimed_at, status=None)
    if earlier.claimed_at > claim.claimed_at - ABANDONED or not unanswered.update(claimed_at=claim.claimed_at):
        raise StillRunning
    earlier.claimed_at = claim.claimed_at
    return earlier


def _keep(claim: IdempotentRequest, response: Response) -> None:
    """Raises StillRunning, and so undoes the work, when another process took the claim over meanwhile."""
    held = IdempotentRequest.objects.filter(pk=claim.pk, claimed_at=claim.claimed_at, status=None)
    body = json.loads(json.dumps(response.data, cls=JSONEncoder))
    headers = {name: response[name] for name in REPEATED_HEADERS if name in response}
    if not held.update(status=response.status_code, body=body, headers=headers):
        raise StillRunning
