"""Who is calling: `Authorization: Bearer <the device's key>`, or a signed-in browser."""

from __future__ import annotations

from django.contrib.auth.models import User
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from workshop import devices
from workshop.models import DeviceToken


class DeviceTokenAuthentication(authentication.BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, DeviceToken] | None:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        device = devices.device_with_key(key.strip())
        if device is None:
            raise exceptions.AuthenticationFailed("This device is not known here any more. Sign in again.")
        return device.user, device

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="workshop"'


class DeviceTokenScheme(OpenApiAuthenticationExtension):
    target_class = DeviceTokenAuthentication
    name = "deviceToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "The key that POST /api/v1/devices/ gave this device, once.",
        }
