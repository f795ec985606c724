"""The sandbox itself rather than any books: recent calls, faults on demand, the webhook subscription."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from ..faults import KINDS, read
from .pages import say
from .session import for_the_accountant, xero_of

SHOWN = 100


@require_GET
@for_the_accountant
def calls(request: HttpRequest) -> HttpResponse:
    """The latest calls, newest first: which app, which organisation, what Xero answered. Nothing secret is kept."""
    xero = xero_of(request)
    rows = [
        (each, xero.organisations[each.organisation_id].settings["Name"] if each.organisation_id else "")
        for each in list(xero.calls)[-SHOWN:][::-1]
    ]
    return render(request, "sandbox/calls.html", {"rows": rows})


@require_GET
@for_the_accountant
def faults(request: HttpRequest) -> HttpResponse:
    return _page(request)


def _page(request: HttpRequest, error: str = "") -> HttpResponse:
    xero = xero_of(request)
    context = {
        "waiting": [(fault, KINDS[fault.kind].sentence) for fault in xero.faults.waiting],
        "kinds": [(name, kind.sentence) for name, kind in KINDS.items() if name != "none"],
        "error": error,
        "typed": request.POST,
        "hook": xero.webhooks.subscription,
        "untold": len(xero.webhooks.events),
        "unlimited": xero.unlimited,
    }
    return render(request, "sandbox/faults.html", context, status=400 if error else 200)


@require_POST
@for_the_accountant
def add_fault(request: HttpRequest) -> HttpResponse:
    xero = xero_of(request)
    try:
        fault = read(_fault_fields(request))
    except (ValueError, TypeError) as error:
        return _page(request, str(error))
    xero.faults.add(fault)
    say(request, f"Waiting: {KINDS[fault.kind].sentence}.")
    return redirect("faults")


def _fault_fields(request: HttpRequest) -> dict[str, Any]:
    """The form as ``read`` takes it. Raises ValueError with a sentence."""
    form = request.POST
    return {
        "kind": form.get("kind", ""),
        "method": form.get("method", ""),
        "path": form.get("path", "").strip(),
        "nth": _whole(form.get("nth", "")) or 1,
        "times": _whole(form.get("times", "")),
        "seconds": _seconds(form.get("seconds", "")),
    }


def _whole(text: str) -> int | None:
    if text.strip() and not text.strip().isdecimal():
        raise ValueError(f"“{text}” is not a whole number.")
    return int(text) if text.strip() else None


def _seconds(text: str) -> float | None:
    try:
        return float(text) if text.strip() else None
    except ValueError:
        raise ValueError(f"“{text}” is not a number.") from None


@require_POST
@for_the_accountant
def clear_faults(request: HttpRequest) -> HttpResponse:
    xero = xero_of(request)
    xero.faults.clear()
    say(request, "No fault is waiting any more.")
    return redirect("faults")


@require_POST
@for_the_accountant
def webhooks(request: HttpRequest) -> HttpResponse:
    """Where events go and in what disorder; a new address or key is asked for its intent to receive first."""
    xero, form = xero_of(request), request.POST
    url, key = form.get("url", "").strip(), form.get("key", "").strip()
    if url and not url.startswith(("http://", "https://")):
        return _page(request, f"“{url}” is not a web address.")
    try:
        delay = _whole(form.get("delay", "")) or 0
    except ValueError as error:
        return _page(request, str(error))
    now = xero.webhooks.subscription
    if (url, key or now["key"]) != (now["url"], now["key"]) or now["status"] == "disabled":
        xero.webhooks.subscribe(url, key or now["key"])
    xero.webhooks.change(duplicate="duplicate" in form, reorder="reorder" in form, delay=delay)
    xero.save()
    say(request, "Saved." if url else "Webhooks are off.")
    return redirect("faults")
