"""What Xero holds, or may hold, cannot be deleted here: by no page, no program and no shell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.db.models.signals import pre_delete

from accounting_sync.documents import DOCUMENTS, Document
from accounting_sync.models import SyncRecord
from accounting_sync.models.sync_record import IN_FLIGHT
from workshop.errors import NotAllowedNow

INSTEAD = {
    "contact": "Archive it: it leaves the pickers and keeps its history.",
    "item": "Archive it: it leaves the pickers and keeps its history.",
    "invoice": "Void it, or credit it and issue a new one.",
    "credit_note": "Void it.",
    "bill": "Void it, or ask the supplier for a credit.",
    "supplier_credit": "Void it.",
    "payment": "Reverse it.",
    "refund": "Reverse it.",
    "deposit": "Refund it.",
    "allocation": "Take the credit off the invoice.",
    "bill_allocation": "Take the credit off the bill.",
    "purchase_order": "Cancel it, or close it.",
    "journal": "It is taken back with what it belongs to.",
}


class HeldByXero(NotAllowedNow):
    """Deleting it would leave Xero with a document that nobody here knows."""

    code = "held_by_xero"


def connect() -> None:
    for document in DOCUMENTS.values():
        for model in _models(document.model):
            uid = f"accounting_sync.{document.kind}.{model._meta.label}.protect"
            pre_delete.connect(_refusal(document), sender=model, weak=False, dispatch_uid=uid)


def _models(model: type[Model]) -> list[type[Model]]:
    """Proxies send signals under their own name."""
    return [other for other in apps.get_models() if other._meta.concrete_model is model]


def _refusal(document: Document) -> Callable[..., None]:
    def refuse(sender: type[Model], instance: Model, **_: Any) -> None:
        # held until the deletion stands, so that no drain sends what is about to vanish
        records = list(SyncRecord.objects.of(document.kind, instance.pk).select_for_update())
        if any(record.remote_id or record.state in IN_FLIGHT for record in records):
            raise HeldByXero(f"{instance} is in Xero, so it cannot be deleted. {INSTEAD[document.kind]}")

    return refuse
