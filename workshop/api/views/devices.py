"""Signing in a device, and who is signed in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import mixins, status
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from workshop import devices, sign_in
from workshop.api.authentication import DeviceTokenAuthentication
from workshop.api.permissions import SIGNED_IN, RolePermission
from workshop.api.resources import Resource
from workshop.api.serializers.people import (
    DeviceSerializer,
    MeSerializer,
    NewDeviceSerializer,
    SignInInput,
    StaffSerializer,
)
from workshop.api.throttling import DeviceThrottle
from workshop.models import DeviceToken

EXAMPLE = OpenApiExample(
    "A technician's phone",
    {"username": "technician", "password": "…", "name": "Aroha's phone"},
    request_only=True,
)


class DeviceViewSet(mixins.ListModelMixin, Resource):
    queryset = DeviceToken.objects.all()
    serializer_class = DeviceSerializer
    cursor_fields = ("id",)
    takes_keys = False  # nobody is signed in yet, so an Idempotency-Key would be nobody's
    permissions = {"list": SIGNED_IN, "create": SIGNED_IN, "destroy": SIGNED_IN}

    def get_queryset(self) -> QuerySet[DeviceToken]:
        live = DeviceToken.objects.filter(revoked_at=None, expires_at__gt=timezone.now())
        return live.none() if self.request.user.is_anonymous else live.filter(user=self.user)

    def get_authenticators(self) -> list[Any]:
        """Signing in must not fail on the dead key a phone still sends along."""
        signing_in = self.request is not None and self.request.method == "POST"
        return [] if signing_in else super().get_authenticators()

    def get_authenticate_header(self, request: Request) -> str:
        return DeviceTokenAuthentication().authenticate_header(request)

    def get_permissions(self) -> list[Any]:
        return [AllowAny()] if self.action == "create" else [RolePermission()]

    def get_throttles(self) -> list[Any]:
        return [] if self.action == "create" else [DeviceThrottle()]  # failures are counted there, not calls

    @extend_schema(request=SignInInput, responses={201: NewDeviceSerializer}, auth=[], examples=[EXAMPLE])
    def create(self, request: Request) -> Response:
        """Sign a device in

        Name and password once; the token in the answer is shown only this time and is valid for 90 days.
        """
        given = self.given(SignInInput)
        user = _authenticated(request, given["username"], given["password"])
        device, key = devices.register_device(user, given["name"])
        body = {**DeviceSerializer(device).data, "token": key}
        return Response(body, status=status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"})

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Revoke a device: its token is refused from now on."""
        devices.revoke_device(self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _authenticated(request: Request, username: str, password: str) -> User:
    """Raises Throttled (429) after too many failures, AuthenticationFailed (401) for one more."""
    address = sign_in.address_of(request)
    if sign_in.closed(username, address):
        raise Throttled(sign_in.WINDOW_SECONDS)
    user = authenticate(request._request, username=username, password=password)
    if not isinstance(user, User):
        sign_in.note_failure(username, address)
        raise AuthenticationFailed("User name and password do not match.", "wrong_credentials")
    sign_in.forget(username, address)
    return user


class MeViewSet(Resource):
    queryset = User.objects.all()
    serializer_class = MeSerializer
    tag = "Devices"
    permissions = {"mine": SIGNED_IN}

    @extend_schema(responses=MeSerializer)
    def mine(self, request: Request) -> Response:
        """Who is signed in, and what they may do."""
        user = self.user
        return Response(
            {
                "id": user.pk,
                "username": user.get_username(),
                "name": user.get_full_name() or user.get_username(),
                "roles": sorted(user.groups.values_list("name", flat=True)),
                "permissions": sorted(user.get_all_permissions()),
            }
        )


class StaffViewSet(mixins.ListModelMixin, Resource):
    """Whom a job can be given to."""

    queryset = User.objects.filter(is_active=True)
    serializer_class = StaffSerializer
    cursor_fields = ("id",)
    permissions = {"list": "workshop.change_job"}
