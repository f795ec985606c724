"""The way in: sign in, choose an organisation, sign out."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from .session import for_the_accountant, remember, xero_of


@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    after = request.GET.get("next", "/")
    context = {"error": "", "email": request.POST.get("email", "")}
    if request.method == "POST":
        user = xero_of(request).identity.users.sign_in(context["email"], request.POST.get("password", ""))
        if user:
            remember(request, user)
            return redirect(after if url_has_allowed_host_and_scheme(after, {request.get_host()}) else "home")
        context["error"] = "The email address or password is not right."
    return render(request, "sandbox/sign_in.html", context, status=401 if context["error"] else 200)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    return redirect("sign-in")


@require_GET
@for_the_accountant
def home(request: HttpRequest) -> HttpResponse:
    """The organisations, each with who is connected to it."""
    xero = xero_of(request)
    organisations = [
        {"organisation": each, "connections": xero.connections.live(tenant_id=each.id)}
        for each in xero.organisations.values()
    ]
    return render(request, "sandbox/home.html", {"rows": organisations})
