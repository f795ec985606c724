"""What every resource of the API does alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, cast

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model
from django.urls import reverse
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from workshop.api.idempotency import HEADER, once
from workshop.api.preconditions import require_version, tag
from workshop.api.problems import InvalidQuery


class Resource(viewsets.GenericViewSet):
    """Call one verb per action, then show the record as it now stands.

    ``permissions`` names what each action needs. ``schema_model`` gives the noun its words in the documentation.
    """

    permissions: ClassVar[Mapping[str, str]]
    cursor_fields: ClassVar[tuple[str, ...]] = ("updated_at", "id")
    filterset_class: ClassVar[Any] = None
    takes_keys: ClassVar[bool] = True
    lookup_value_converter = "int"
    post: Callable[..., Response]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self._refuse_unknown_parameters(request)
        if request.method == "POST" and HEADER in request.headers and self.takes_keys:
            self.post = once(self.post)  # DRF looks the handler up after this hook

    def _refuse_unknown_parameters(self, request: Request) -> None:
        unknown = set(request.query_params) - self.known_parameters()
        if unknown:
            raise InvalidQuery({name: ["There is no such parameter here."] for name in sorted(unknown)})

    @property
    def user(self) -> User:
        """Who is signed in; RolePermission lets nobody else in."""
        return cast(User, self.request.user)

    def known_parameters(self) -> set[str]:
        if self.action != "list":
            return set()
        return {"cursor", "page_size", *(self.filterset_class.base_filters if self.filterset_class else ())}

    def given(self, serializer_class: type[serializers.BaseSerializer[Any]], instance: Any = None) -> dict[str, Any]:
        """The body, checked. With an instance only what is being changed needs to be there."""
        serializer = serializer_class(
            instance, data=self.request.data, partial=instance is not None, context=self.get_serializer_context()
        )
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def show(self, record: Model, status_code: int = status.HTTP_200_OK) -> Response:
        fresh = self.get_queryset().get(pk=record.pk)
        response = Response(self.get_serializer(fresh).data, status=status_code)
        version = getattr(fresh, "version", None)
        return response if version is None else tag(response, version)

    def created(self, record: Model) -> Response:
        return self.at(self.show(record, status.HTTP_201_CREATED), self.basename, record)

    def at(self, response: Response, basename: str, record: Model) -> Response:
        """The response, saying where the record is found."""
        response["Location"] = self.request.build_absolute_uri(reverse(f"api:{basename}-detail", args=[record.pk]))
        return response


class Readable(mixins.ListModelMixin, Resource):
    """A resource to list and to look at."""

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        record = self.get_object()
        response = Response(self.get_serializer(record).data)
        version = getattr(record, "version", None)
        return response if version is None else tag(response, version)


class Versioned(Readable):
    """A resource whose changes may be tied to the version the client holds: If-Match, or ``version`` in the body."""

    lock: ClassVar[Any]

    def change(self, verb: Callable[..., Any], record: Any, fields: dict[str, Any] | None = None) -> Any:
        fields = dict(fields or {})
        stated = fields.pop("version", None)
        with transaction.atomic():
            require_version(self.request, stated, type(self).lock(record).version)
            return verb(record, **fields)
