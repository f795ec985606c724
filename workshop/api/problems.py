"""Every refusal as RFC 9457 `application/problem+json`.

Rule for statuses: 400 the request itself is wrong (a field to mend); 409 the request is fine but the record's state, or
its money, does not permit it; 412 the version in If-Match is stale; 422 an Idempotency-Key used for something else.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.core.exceptions import ValidationError as ModelValidationError
from django.core.signals import got_request_exception
from django.db import IntegrityError
from django.db.models import ProtectedError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error
from rest_framework.views import set_rollback

from workshop.errors import InvalidInput, WorkshopError

logger = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
WHOLE_OBJECT = {"non_field_errors", NON_FIELD_ERRORS}


class InvalidQuery(exceptions.ValidationError):
    """A query parameter is unknown or has a value it cannot have."""


class StaleVersion(exceptions.APIException):
    status_code = HTTPStatus.PRECONDITION_FAILED
    default_detail = "Somebody changed this record meanwhile. Read it again."
    default_code = "stale_version"


class KeyReused(exceptions.APIException):
    status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    default_detail = "This Idempotency-Key was used for another request. Use a new one."
    default_code = "idempotency_key_reused"


class StillRunning(exceptions.APIException):
    status_code = HTTPStatus.CONFLICT
    default_detail = "The first request with this Idempotency-Key is still running. Ask again in a moment."
    default_code = "idempotency_key_in_use"


def problem_details(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler. What it does not know is a defect: logged whole, told as a 500 without its insides."""
    known = _as_api_exception(error)
    if known is None:
        if settings.DEBUG:
            return None  # the developer's own error page
        logger.error("Defect in %s", context["request"].path, exc_info=error)
        got_request_exception.send(sender=None, request=context["request"])  # for whatever watches for defects
        known = exceptions.APIException("Something went wrong on our side. It is in the log.", "defect")
    set_rollback()
    response = Response(_body(known), status=known.status_code, content_type=MEDIA_TYPE, headers=_headers(known))
    response["Cache-Control"] = "no-store"
    return response


def _as_api_exception(error: Exception) -> exceptions.APIException | None:
    match error:
        case exceptions.APIException():
            return error
        case Http404():
            return exceptions.NotFound("There is no such record, or it is not yours to see.")
        case PermissionDenied():
            return exceptions.PermissionDenied(*error.args[:1])
        case ModelValidationError():
            return exceptions.ValidationError(as_serializer_error(error))
    return _as_conflict(error)


def _as_conflict(error: Exception) -> exceptions.APIException | None:
    match error:
        case WorkshopError():
            return _refusal(error)
        case ProtectedError():
            return _conflict("Other records rest on this one, so it stays.", "protected")
        case IntegrityError():
            logger.warning("A constraint refused what validation let through", exc_info=error)
            return _conflict("Another record already holds this place, or was changed at the same moment.", "conflict")
    return None


def _refusal(error: WorkshopError) -> exceptions.APIException:
    if isinstance(error, InvalidInput):
        return exceptions.ValidationError({error.field or "non_field_errors": [error.sentence]}, code=error.code)
    conflict = _conflict(error.sentence, error.code)
    conflict.field = error.field  # type: ignore[attr-defined]
    return conflict


def _conflict(sentence: str, code: str) -> exceptions.APIException:
    conflict = exceptions.APIException(sentence, code)
    conflict.status_code = HTTPStatus.CONFLICT
    return conflict


def _body(error: exceptions.APIException) -> dict[str, Any]:
    errors = list(_errors(error))
    if isinstance(error, exceptions.ValidationError):
        code = "invalid"
        detail = errors[0]["message"] if len(errors) == 1 else f"{len(errors)} values need attention."
    else:
        code, detail = str(error.get_codes()), str(error.detail)
    status = HTTPStatus(error.status_code)
    return {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "code": code,
        "errors": errors,
    }


def _errors(error: exceptions.APIException) -> Iterator[dict[str, str]]:
    if isinstance(error, exceptions.ValidationError):
        root = "" if isinstance(error, InvalidQuery) else "/"
        yield from _flat(error.detail, (), root)
    elif field := getattr(error, "field", ""):
        yield {"field": f"/{field}", "message": str(error.detail), "code": str(error.get_codes())}


def _flat(detail: Any, path: tuple[str, ...], root: str) -> Iterator[dict[str, str]]:
    """Nested messages as a list, each with a JSON pointer into the body (or the name of the query parameter)."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _flat(inner, path if name in WHOLE_OBJECT else (*path, str(name)), root)
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from _flat(inner, (*path, str(index)) if nested else path, root)
    else:
        field = root + "/".join(path) if path else ""
        yield {"field": _sayable(field), "message": _sayable(str(detail)), "code": getattr(detail, "code", "invalid")}


def _sayable(text: str) -> str:
    """Half a surrogate pair, sent and quoted back, could not be written as UTF-8."""
    return text.encode("utf-8", "replace").decode()


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if auth_header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    return headers
