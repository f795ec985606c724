"""Where Xero says that something changed. Verify, note it, answer; the work is done elsewhere."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounting_sync import pull
from accounting_sync.wake import wake_pull
from accounting_sync.xero import webhooks

RESOURCES = {
    "INVOICE": ["Invoices", "Payments"],  # payments have no event of their own
    "CREDITNOTE": ["CreditNotes", "Payments"],  # nor have refunds
    "PREPAYMENT": ["Prepayments", "Payments"],
    "OVERPAYMENT": ["Overpayments"],
    "CONTACT": ["Contacts"],
}


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """200 for Xero's signature, 401 for any other; never a body or a cookie, always within Xero's five seconds."""
    if not webhooks.signed_by_xero(request.body, request.headers.get("x-xero-signature", "")):
        return HttpResponse(status=401)
    poked = 0
    for tenant_id, resources in _changed(request.body).items():
        poked += pull.poke(tenant_id, resources)
    if poked:
        wake_pull()
    return HttpResponse(status=200)


def _changed(body: bytes) -> dict[str, set[str]]:
    by_tenant: dict[str, set[str]] = {}
    for event in webhooks.events(body):
        by_tenant.setdefault(event.tenant_id, set()).update(RESOURCES.get(event.category, []))
    return by_tenant
