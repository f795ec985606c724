"""The door to what an organisation holds: one request below /api.xro/2.0/ in, one answer out."""

from __future__ import annotations

from urllib.parse import unquote

from .endpoints import (
    accounts,
    bank_transactions,
    contacts,
    credit_notes,
    deposits,
    invoices,
    items,
    manual_journals,
    organisations,
    payments,
    purchase_orders,
    report_pages,
    tax_rates,
    tracking,
)
from .endpoints.call import Call, Route, Routes, names
from .errors import NOT_FOUND, BatchRefused, BodyRefused, NotFound, NotModelled, QueryRefused, Refused
from .formats import json_response, text_response
from .message import Request, Response
from .organisation import Organisation

ROOT = "/api.xro/2.0/"

ENDPOINTS: dict[str, Routes] = {
    "accounts": accounts.ROUTES,
    "banktransactions": bank_transactions.ROUTES,
    "contacts": contacts.ROUTES,
    "creditnotes": credit_notes.ROUTES,
    "invoices": invoices.ROUTES,
    "items": items.ROUTES,
    "manualjournals": manual_journals.ROUTES,
    "organisation": organisations.ROUTES,
    "overpayments": deposits.OVERPAYMENT_ROUTES,
    "payments": payments.ROUTES,
    "prepayments": deposits.PREPAYMENT_ROUTES,
    "purchaseorders": purchase_orders.ROUTES,
    "reports": report_pages.ROUTES,
    "taxrates": tax_rates.ROUTES,
    "trackingcategories": tracking.ROUTES,
}

# In Xero's specification, not in the sandbox.
UNMODELLED = names(
    "bankfeeds banktransfers batchpayments brandingthemes budgets contactgroups currencies employees expenseclaims "
    "invoicereminders journals linkedtransactions paymentservices quotes receipts repeatinginvoices setup users"
)


def respond(organisation: Organisation, request: Request, *, adviser: bool = False) -> Response:
    """Answer a request that has passed transport, sign-in, limits and idempotency.

    Never raises for bad input: what Xero would refuse comes back in Xero's error shapes,
    what the sandbox does not model as 501 in plain text. ``adviser`` may post before the period lock date.
    """
    try:
        return _answer(Call(organisation, request, adviser))
    except NotFound:
        return text_response(NOT_FOUND, 404)
    except NotModelled as missing:
        return text_response(f"Sandbox: {missing} is not modelled", 501)
    except QueryRefused as error:
        return _failure(16, "QueryParseException", str(error))
    except BodyRefused as error:
        return _failure(17, "PostDataInvalidException", str(error))
    except (BatchRefused, Refused) as refusal:
        return _validation(refusal)


def _answer(call: Call) -> Response:
    handler, params = _find(call.request)
    call.check_params(params)
    answer = handler(call, *_ids(call.request.path))
    return answer if isinstance(answer, Response) else json_response(answer)


def _segments(path: str) -> list[str]:
    return [unquote(segment) for segment in path[len(ROOT) :].rstrip("/").split("/")]


def _ids(path: str) -> list[str]:
    """The second and fourth segments name records; the third names a part of one."""
    endpoint, *rest = _segments(path)
    if endpoint.lower() == "reports" or (endpoint.lower(), *map(str.lower, rest)) == ("organisation", "actions"):
        return []
    return rest[::2]


def _find(request: Request) -> Route:
    endpoint, *rest = _segments(request.path)
    routes = ENDPOINTS.get(endpoint.lower())
    if routes is None:
        if endpoint.lower() in UNMODELLED:
            raise NotModelled(endpoint)
        raise NotFound
    for pattern in _patterns([segment.lower() for segment in rest]):
        if found := routes.get((request.method, pattern)):
            return found
    raise NotModelled(f"{request.method} {request.path}")


def _patterns(rest: list[str]) -> list[str]:
    if len(rest) == 1:
        return [rest[0], "*"]
    return ["/".join("*" if position % 2 == 0 else segment for position, segment in enumerate(rest))]


def _validation(refusal: BatchRefused | Refused) -> Response:
    if isinstance(refusal, BatchRefused):
        elements = refusal.elements
    else:
        elements = [{"ValidationErrors": [{"Message": message} for message in refusal.messages]}]
    return json_response(
        {
            "ErrorNumber": 10,
            "Type": "ValidationException",
            "Message": "A validation exception occurred",
            "Elements": elements,
        },
        400,
    )


def _failure(number: int, name: str, message: str) -> Response:
    return json_response({"ErrorNumber": number, "Type": name, "Message": message}, 400)
