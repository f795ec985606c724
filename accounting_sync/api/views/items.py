"""Items that Xero has and nobody here, over the API."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounting_sync import item_list
from accounting_sync.api.item_serializers import MadePartSerializer, XeroItemSerializer
from accounting_sync.api.views.connection import MAP
from accounting_sync.models import Connection, XeroItem
from workshop.api.resources import Readable


class XeroItemViewSet(Readable):
    """Only those without a part of their code; the option “Send parts as untracked items” keeps the list."""

    queryset = XeroItem.objects.all()
    serializer_class = XeroItemSerializer
    cursor_fields = ("code", "id")
    tag = "Accounting"
    permissions = {"list": MAP, "retrieve": MAP, "make_part": MAP}

    def get_queryset(self) -> QuerySet[Any]:
        connection = Connection.objects.live().first()
        return item_list.not_here(connection) if connection else XeroItem.objects.none()

    @extend_schema(request=None, responses={201: MadePartSerializer})
    @action(detail=True, methods=["post"], url_path="make-part")
    def make_part(self, request: Request, pk: str) -> Response:
        """Make it a part

        Of this code, name and price, linked to the item. Refused for one whose stock Xero keeps itself.
        """
        part = item_list.make_part(self.get_object(), self.user)
        return Response({"part": part.pk}, HTTPStatus.CREATED)
