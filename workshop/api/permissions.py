"""Who may: each resource names the permission each of its actions needs; roles.py says who holds it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from rest_framework import exceptions, permissions
from rest_framework.request import Request

SIGNED_IN = ""
"""For what everybody who works here may see."""


REFUSAL = "This needs the permission {}, which your role does not include."


def require(user: User, permission: str) -> None:
    """For what depends on the record or the body. Raises PermissionDenied (403)."""
    if not user.has_perm(permission):
        raise exceptions.PermissionDenied(REFUSAL.format(permission))


class RolePermission(permissions.BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        if view.action is None:  # no such method here: let the view answer 405
            return True
        needed = view.permissions[view.action]
        self.message = REFUSAL.format(needed)
        return needed == SIGNED_IN or request.user.has_perm(needed)
