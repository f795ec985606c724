"""OpenAPI: what every operation has in common is declared here, once."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, cast

from drf_spectacular.openapi import AutoSchema as SpectacularSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from workshop.api.idempotency import HEADER
from workshop.api.problems import MEDIA_TYPE

WRITES = {"POST", "PUT", "PATCH", "DELETE"}
REFUSALS = {
    400: "The request is wrong: `errors` names each value and what is the matter with it.",
    401: "Not signed in, or the device's key is unknown, revoked or out of date.",
    403: "Your role does not include this.",
    404: "No such record, or not yours to see.",
    409: "The record's state or its money does not permit this now, or it was changed meanwhile.",
    412: "If-Match names a version that is not the present one.",
    415: "The body is not JSON.",
    422: "This Idempotency-Key was used for a different request.",
    503: "A service this needs does not answer now; nothing was changed.",
    429: "Too many requests: wait as long as Retry-After says.",
}
LARGEST_INTEGER = 2**31 - 1  # PostgreSQL's
STANDARD_SUMMARIES = {
    "list": "List {plural}",
    "retrieve": "Show one {noun}",
}


EXAMPLES = {
    400: ("invalid", "Enter a valid email address.", "/email"),
    409: ("overpayment", "Only 262.85 is due on INV 1008.", "/amount"),
}


def _example(status: int) -> OpenApiExample:
    phrase = HTTPStatus(status).phrase
    code, detail, field = EXAMPLES.get(status, (phrase.lower().replace(" ", "_"), REFUSALS[status], ""))
    errors = [{"field": field, "message": detail, "code": code}] if field else []
    problem = {"type": "about:blank", "title": phrase, "status": status, "detail": detail, "code": code}
    return OpenApiExample(phrase, {**problem, "errors": errors}, status_codes=[str(status)], media_type=MEDIA_TYPE)


class FieldErrorSerializer(serializers.Serializer[Any]):
    field = serializers.CharField(
        help_text="A JSON pointer into the body, or the name of the query parameter; empty for the whole request."
    )
    message = serializers.CharField()
    code = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457. Show `detail` to a person; decide by `code`."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = FieldErrorSerializer(many=True)  # type: ignore[assignment]


class AutoSchema(SpectacularSchema):
    """Names each operation from its view, and gives it its refusals and its headers."""

    def get_summary(self) -> str:
        stated = super().get_summary()
        if stated:
            return stated
        standard = STANDARD_SUMMARIES.get(getattr(self.view, "action", ""))
        if standard:
            meta = cast(Any, self.view).queryset.model._meta
            return standard.format(noun=meta.verbose_name, plural=meta.verbose_name_plural)
        return self._docstring().partition("\n")[0].rstrip(".")

    def get_description(self) -> str:  # type: ignore[override]
        paragraphs = self._docstring().partition("\n")[2].strip()
        needed = getattr(self.view, "permissions", {}).get(getattr(self.view, "action", ""))
        return "\n\n".join(filter(None, [paragraphs, f"Needs `{needed}`." if needed else ""]))

    def _docstring(self) -> str:
        handler = getattr(self.view, getattr(self.view, "action", "") or self.method.lower(), None)
        text = (handler.__doc__ or "") if handler else ""
        return "\n".join(line.strip() for line in text.strip().splitlines())

    def get_operation_id(self) -> str:
        return f"{self._tokenize_path()[0]}_{getattr(self.view, 'action', self.method.lower())}".replace("-", "_")

    def get_tags(self) -> list[str]:
        return [getattr(self.view, "tag", None) or super().get_tags()[0].replace("-", " ").capitalize()]

    def get_override_parameters(self) -> list[Any]:
        return [*super().get_override_parameters(), *self._headers()]

    def _headers(self) -> list[OpenApiParameter]:
        headers = []
        if self._repeatable():
            text = "Any unique text. Sending the same request with the same key within 24 hours does it only once."
            headers.append(OpenApiParameter(HEADER, str, OpenApiParameter.HEADER, description=text))
        if self._guarded():
            text = "The ETag you hold; if the record has moved on, nothing is changed and the answer is 412."
            headers.append(OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description=text))
        return headers

    def _repeatable(self) -> bool:
        return self.method == "POST" and getattr(self.view, "takes_keys", False)

    def _guarded(self) -> bool:
        return hasattr(self.view, "lock") and self.method in WRITES and self._is_detail()

    def _action(self) -> str:
        return getattr(self.view, "action", "")

    def _is_detail(self) -> bool:
        return "{" in self.path

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for status in sorted(self._refusals()):
            bodies[str(status)] = self._refusal(status)
        return bodies

    def _refusal(self, status: int) -> dict[str, Any]:
        """A reference: the refusals are written once, however many operations share them."""
        name = HTTPStatus(status).phrase.title().replace(" ", "")
        component = ResolvedComponent(name, ResolvedComponent.RESPONSE, object=REFUSALS[status])
        if component not in self.registry:
            answer = OpenApiResponse(ProblemSerializer(many=False), REFUSALS[status], [_example(status)])
            component.schema = self._get_response_for_code(answer, str(status), [MEDIA_TYPE])
            self.registry.register(component)
        return dict(component.ref)

    def _refusals(self) -> set[int]:
        statuses = {400, 401, 403, 429}
        if self._is_detail() or self._action() in getattr(self.view, "looks_up", ()):
            statuses.add(HTTPStatus.NOT_FOUND)
        if self.method in WRITES:
            statuses |= {HTTPStatus.CONFLICT, HTTPStatus.UNSUPPORTED_MEDIA_TYPE}
        if self._repeatable():
            statuses.add(HTTPStatus.UNPROCESSABLE_ENTITY)
        if self._guarded():
            statuses.add(HTTPStatus.PRECONDITION_FAILED)
        if self.method in WRITES and getattr(self.view, "calls_out", False):
            statuses.add(HTTPStatus.SERVICE_UNAVAILABLE)
        return statuses

    def _insert_field_validators(self, field: Any, schema: dict[str, Any]) -> None:
        """Without the database's own limits of a whole number: the description is the same on every database."""
        super()._insert_field_validators(field, schema)
        if schema.get("maximum", 0) >= LARGEST_INTEGER:
            schema["maximum"] = LARGEST_INTEGER
            schema.pop("format", None)

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> dict[str, Any]:
        """Fields a role may not see are left out of its answers, so the schema cannot require them."""
        schema: dict[str, Any] = super()._map_basic_serializer(serializer, direction)
        hidden = {name for names in getattr(serializer, "seen_with", {}).values() for name in names}
        if direction == "response" and schema.get("required"):
            schema["required"] = [name for name in schema["required"] if name not in hidden]
        return schema
