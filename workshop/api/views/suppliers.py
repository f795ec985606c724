"""Suppliers."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from workshop import people
from workshop.api.filters_purchasing import SupplierFilter
from workshop.api.resources import Readable
from workshop.api.serializers.purchasing import SupplierSerializer
from workshop.models import Supplier

VIEW, ADD, CHANGE = "workshop.view_supplier", "workshop.add_supplier", "workshop.change_supplier"


class SupplierViewSet(Readable):
    queryset = Supplier.objects.prefetch_related("phones", "addresses")
    serializer_class = SupplierSerializer
    filterset_class = SupplierFilter
    permissions = {
        "list": VIEW, "retrieve": VIEW, "create": ADD, "partial_update": CHANGE, "archive": CHANGE, "restore": CHANGE,
    }  # fmt: skip

    @extend_schema(responses={201: SupplierSerializer})
    def create(self, request: Request) -> Response:
        """Add a supplier."""
        return self.created(people.add_supplier(**self.given(SupplierSerializer)))

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Edit a supplier

        Phones and addresses, where given, replace the ones there were.
        """
        supplier = self.get_object()
        return self.show(people.edit_supplier(supplier, **self.given(SupplierSerializer, supplier)))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Archive a supplier

        Off the pickers, with all history kept. Refused while an order to them is open.
        """
        return self.show(people.archive_supplier(self.get_object()))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Bring an archived supplier back."""
        return self.show(people.restore_supplier(self.get_object()))
