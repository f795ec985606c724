"""Who is signed in to the web face, and which Xero it shows."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from ..people import User
from ..xero import Xero

View = Callable[..., HttpResponse]


def xero_of(request: HttpRequest) -> Xero:
    xero: Xero = request.META["sandbox.xero"]
    return xero


def signed_in(request: HttpRequest) -> User | None:
    return xero_of(request).identity.users.get(request.session.get("user", ""))


def remember(request: HttpRequest, user: User) -> None:
    request.session["user"] = user.id


def for_the_accountant(view: View) -> View:
    """Send whoever is not signed in to the sign-in page, and back afterwards.

    The page is made with the lock held: no program changes the books half way down it.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        if signed_in(request) is None:
            return HttpResponseRedirect(f"{reverse('sign-in')}?{urlencode({'next': request.get_full_path()})}")
        with xero_of(request).lock:
            return view(request, *args, **kwargs)

    return guarded
