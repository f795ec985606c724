"""Who may open which page, and in whose time zone it is shown."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from workshop.models import Organisation


class GarageRequest(HttpRequest):
    """What a guarded view receives: somebody signed in, and the garage they work for."""

    user: User
    htmx: HtmxDetails
    garage: Organisation


View = Callable[..., HttpResponse]


def reads(*permissions: str) -> Callable[[View], View]:
    """A page that only shows."""
    return _guard(permissions, ["GET", "HEAD"])


def edits(*permissions: str) -> Callable[[View], View]:
    """A page with a form: GET shows it, POST sends it."""
    return _guard(permissions, ["GET", "HEAD", "POST"])


def changes(*permissions: str) -> Callable[[View], View]:
    """A button: POST only."""
    return _guard(permissions, ["POST"])


def _guard(permissions: tuple[str, ...], methods: list[str]) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in methods:
                return _other_way(request, methods)
            if not request.user.is_authenticated:
                return _sign_in_first(request)
            require(request, *permissions)
            garage = Organisation.objects.filter(pk=1).first()
            if garage is None:
                return render(request, "workshop/no_garage.html")
            request.garage = garage
            with timezone.override(garage.zone):
                return view(request, *args, **kwargs)

        return guarded

    return decorate


def _other_way(request: HttpRequest, methods: list[str]) -> HttpResponse:
    """For whoever types a button's address, or goes back to it: a page with a way on, not the browser's own."""
    answer = render(request, "405.html", status=405)
    answer["Allow"] = ", ".join(methods)
    return answer


def may(user: User, permission: str) -> bool:
    """``permission``: a codename of the workshop, or any with its app in front."""
    return user.has_perm(permission if "." in permission else f"workshop.{permission}")


def require(request: GarageRequest, *permissions: str) -> None:
    """Raises PermissionDenied (a 403 page) unless the person holds each of them."""
    if not all(may(request.user, permission) for permission in permissions):
        raise PermissionDenied("Your role does not allow this. Ask an owner if you need it.")


def _sign_in_first(request: GarageRequest) -> HttpResponse:
    if request.htmx:  # a swapped-in sign-in form would sit in the middle of the old page
        return HttpResponseClientRedirect(resolve_url("login"))
    # a button cannot be pressed again by following a link, so after it the board is the place to be
    target = request.get_full_path() if request.method in {"GET", "HEAD"} else resolve_url("workboard")
    return redirect_to_login(target)
