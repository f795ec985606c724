"""How often a device may call: enough for a busy phone."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle


class DeviceThrottle(UserRateThrottle):
    """Per device where there is one, so that a looping phone does not lock its owner's other devices out."""

    scope = "device"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        device = getattr(request.auth, "pk", None)
        if device is not None:
            return self.cache_format % {"scope": self.scope, "ident": f"device-{device}"}
        return super().get_cache_key(request, view)
