"""The ear: whatever a document names, saved or deleted, is wanted in Xero. Events wake; the state decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.db.models.signals import post_delete, post_save

from accounting_sync import queue
from accounting_sync.documents import DOCUMENTS, Document
from accounting_sync.models import Connection, SyncRecord
from accounting_sync.wake import wake_drain
from workshop.signals import saved_in_bulk


def connect() -> None:
    for document in DOCUMENTS.values():
        _listen(document.model, document, "pk")
        for part, field in document.parts.items():
            _listen(part, document, field)
        uid = f"accounting_sync.{document.kind}.bulk"
        saved_in_bulk.connect(_bulk_receiver(document), sender=document.model, weak=False, dispatch_uid=uid)


def _listen(model: type[Model], document: Document, field: str) -> None:
    """Proxies send signals under their own name, so each is listened to."""
    heard = [m for m in apps.get_models(include_auto_created=False) if m._meta.concrete_model is model]
    receiver = _receiver(document, field)
    for sender in heard:
        for signal, name in ((post_save, "save"), (post_delete, "delete")):
            uid = f"accounting_sync.{document.kind}.{sender._meta.label}.{name}"
            signal.connect(receiver, sender=sender, weak=False, dispatch_uid=uid)


def _bulk_receiver(document: Document) -> Callable[..., None]:
    def changed(sender: type[Model], ids: list[int], **_: Any) -> None:
        if document.option and not Connection.objects.live().switched_on(document.option).exists():
            return
        if 1 in queue.want_many(document.kind, ids, document.rank):
            wake_drain()

    return changed


def _waited_for(document: Document, object_id: int) -> bool:
    """An option that is off leaves no trace; what is in the queue already is kept in step all the same."""
    if not document.option or Connection.objects.live().switched_on(document.option).exists():
        return True
    return SyncRecord.objects.of(document.kind, object_id).exists()


def _receiver(document: Document, field: str) -> Callable[..., None]:
    def changed(sender: type[Model], instance: Model, **_: Any) -> None:
        object_id = getattr(instance, field)
        if not _waited_for(document, object_id):
            return
        behind = queue.want(document.kind, object_id, document.rank)
        if behind == 1:  # further back means that a wake-up is out already
            wake_drain()

    return changed
