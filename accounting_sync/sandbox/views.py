"""The door of the pretended Xero: HTTP in, Xero.handle, HTTP out; and the page where a person consents."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from .faults import Dropped
from .identity import Consent, ConsentRefused, SentBack
from .message import Request
from .people import User
from .web.session import remember, signed_in, xero_of


@csrf_exempt
def service(request: HttpRequest) -> HttpResponse:
    """Every call a program makes. Bearer tokens and client secrets, never cookies, say who it is."""
    message = Request(
        request.method or "GET",
        request.path,
        request.META.get("QUERY_STRING", ""),
        {name.lower(): value for name, value in request.headers.items()},
        request.body,
    )
    try:
        answer = xero_of(request).handle(message)
    except Dropped:
        request.META["sandbox.line"].hang_up()
        return HttpResponse()
    if int(answer.headers.get("Content-Length", len(answer.body))) > len(answer.body):
        request.META["sandbox.line"].close_after_answer()
    response = HttpResponse(answer.body, status=answer.status, content_type=answer.content_type or None)
    for name, value in answer.headers.items():
        response[name] = value
    return response


# -- consent


@csrf_exempt
@require_http_methods(["GET", "POST"])
def authorise(request: HttpRequest) -> HttpResponse:
    """Sign in, pick one organisation, allow or cancel.

    A program may POST email, password, organisation and decision=allow in one go: the password it knows is
    proof enough. A person who is signed in by cookie must come from the page itself, so that form is checked.
    """
    xero = xero_of(request)
    try:
        consent = xero.identity.ask(request.GET.dict())
    except ConsentRefused as error:
        return render(request, "sandbox/refused.html", {"code": error.code, "sentence": error.sentence}, status=400)
    except SentBack as error:
        return _redirect(error.url)
    if request.method == "GET":
        return _ask(request, consent, signed_in(request))
    return _answer(request, consent)


def _answer(request: HttpRequest, consent: Consent) -> HttpResponse:
    if request.POST.get("decision") == "cancel":
        return _redirect(consent.refuse("access_denied"))
    if "password" not in request.POST:
        return _forged(request) or _decide(request, consent, signed_in(request))
    user = xero_of(request).identity.users.sign_in(request.POST.get("email", ""), request.POST["password"])
    if user is None:
        return _ask(request, consent, None, "The email address or password is not right.", 401)
    remember(request, user)
    if "organisation" in request.POST:
        return _decide(request, consent, user)
    return HttpResponseRedirect(request.get_full_path())


def _decide(request: HttpRequest, consent: Consent, user: User | None) -> HttpResponse:
    xero = xero_of(request)
    organisation = xero.organisations.get(request.POST.get("organisation", ""))
    if user is None or organisation is None:
        return _ask(request, consent, user, "Choose the organisation to connect." if user else "", 400)
    with xero.lock:
        url = xero.identity.allow(consent, user, organisation.id, organisation.settings["Name"])
        xero.save()
    return _redirect(url)


def _forged(request: HttpRequest) -> HttpResponse | None:
    """Django's own check, which csrf_exempt put off until it was known whose word the form is."""
    check = CsrfViewMiddleware(lambda _: HttpResponse())
    check.process_request(request)
    return check.process_view(request, _decide, (), {})


def _ask(request: HttpRequest, consent: Consent, user: User | None, error: str = "", status: int = 200) -> HttpResponse:
    context = {"consent": consent, "user": user, "error": error, "organisations": xero_of(request).organisations}
    return render(request, "sandbox/authorise.html", context, status=status)


def _redirect(url: str) -> HttpResponse:
    """Anywhere the app registered, of whatever scheme: HttpResponseRedirect would refuse an app's own scheme."""
    response = HttpResponse(status=302)
    response["Location"] = url
    return response
