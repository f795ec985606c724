"""Customers."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from workshop import people
from workshop.api.filters import CustomerFilter
from workshop.api.resources import Readable
from workshop.api.serializers.people import CustomerSerializer
from workshop.models import Customer

VIEW, ADD, CHANGE = "workshop.view_customer", "workshop.add_customer", "workshop.change_customer"
EXAMPLE = OpenApiExample(
    "A person with a mobile number",
    {
        "kind": "person",
        "first_name": "Aroha",
        "last_name": "Ngata",
        "email": "aroha@example.com",
        "phones": [{"kind": "mobile", "number": "021 555 0101"}],
        "addresses": [{"kind": "street", "line1": "12 Kauri Road", "city": "Hastings", "postal_code": "4122"}],
    },
    request_only=True,
)


class CustomerViewSet(Readable):
    queryset = Customer.objects.prefetch_related("phones", "addresses")
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilter
    permissions = {
        "list": VIEW, "retrieve": VIEW, "create": ADD, "partial_update": CHANGE, "archive": CHANGE, "restore": CHANGE,
    }  # fmt: skip

    @extend_schema(responses={201: CustomerSerializer}, examples=[EXAMPLE])
    def create(self, request: Request) -> Response:
        """Add a customer."""
        return self.created(people.add_customer(**self.given(CustomerSerializer)))

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Edit a customer

        Phones and addresses, where given, replace the ones there were.
        """
        customer = self.get_object()
        return self.show(people.edit_customer(customer, **self.given(CustomerSerializer, customer)))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Archive a customer

        Off the pickers, with all history kept. Refused while one of their jobs is open.
        """
        return self.show(people.archive_customer(self.get_object()))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Bring an archived customer back."""
        return self.show(people.restore_customer(self.get_object()))
