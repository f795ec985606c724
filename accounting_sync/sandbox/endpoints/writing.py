"""PUT and POST of several elements: each alone, all or nothing, and how the outcome of each is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..errors import ZERO_ID, BatchRefused, BodyRefused, Refused
from ..organisation import ID_FIELDS
from ..table import Document
from .call import Call, Element, text
from .envelope import envelope

Write = Callable[[Call, Element], Document]
Render = Callable[[Call, Document], dict[str, Any]]

# What Xero calls the flag on an element that failed.
ERROR_FLAGS = {"Invoices": "HasErrors", "CreditNotes": "HasErrors", "PurchaseOrders": "HasErrors"}


def write_all(call: Call, collection: str, write: Write, render: Render, *, key: str = "") -> dict[str, Any]:
    return write_elements(call, collection, call.elements(collection), write, render, key=key)


def write_elements(
    call: Call, collection: str, elements: Iterable[Element], write: Write, render: Render, *, key: str = ""
) -> dict[str, Any]:
    """Write each element. With ``summarizeErrors=false`` the good ones stay; without it one bad one undoes all.

    ``key`` is the id field of the element, when the collection is not a table of its own.
    """
    id_field = key or ID_FIELDS[collection]
    answers, refused = [], []
    with call.organisation.savepoint():
        for element in elements:
            answer, failed = _write_one(call, collection, id_field, element, write, render)
            answers.append(answer)
            if failed:
                refused.append(answer)
        if refused and call.whole_or_nothing:
            raise BatchRefused(refused)
    return envelope(call.organisation, collection, answers)


def _write_one(
    call: Call, collection: str, id_field: str, element: Element, write: Write, render: Render
) -> tuple[dict[str, Any], bool]:
    call.warnings = []
    try:
        with call.organisation.savepoint():
            answer = render(call, write(call, element))
    except Refused as refusal:
        return _refused(call, collection, id_field, element, refusal), True
    if call.warnings:
        answer["Warnings"] = [{"Message": message} for message in call.warnings]
    if not call.whole_or_nothing:
        answer["StatusAttributeString"] = "WARNING" if call.warnings else "OK"
    return answer, False


def _refused(call: Call, collection: str, id_field: str, element: Element, refusal: Refused) -> dict[str, Any]:
    """The element as it was sent; a new one has an id of zeros."""
    answer = {id_field: ZERO_ID, **{name: value for name, value in element.items() if not name.startswith("_")}}
    answer[ERROR_FLAGS.get(collection, "HasValidationErrors")] = True
    if not call.whole_or_nothing:
        answer["StatusAttributeString"] = "ERROR"
    answer["ValidationErrors"] = [{"Message": message} for message in refusal.messages]
    return answer


def write_named(call: Call, collection: str, write: Write, render: Render, document_id: str) -> dict[str, Any]:
    """POST of one element to its own address."""
    id_field, element = ID_FIELDS[collection], call.element(collection)
    if (text(element, id_field) or document_id).lower() != document_id.lower():
        raise BodyRefused(f"{id_field} differs from the address")
    return write_elements(call, collection, [{**element, id_field: document_id}], write, render)
