"""The lists an accountant works through: the same records under the names people know."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from accounting_sync.models.sync_record import QUEUED, UNRESOLVED, State, SyncRecord, SyncRecordQuerySet


class _InStates(models.Manager["SyncRecord"]):
    def __init__(self, *states: str) -> None:
        super().__init__()
        self.states = states

    def get_queryset(self) -> SyncRecordQuerySet:
        return SyncRecordQuerySet(self.model, using=self._db).filter(state__in=self.states)


class ExportQueue(SyncRecord):
    """What is on its way or waits for something."""

    objects: ClassVar[Any] = _InStates(*QUEUED)

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = "record on its way"
        verbose_name_plural = "export queue"


class UnresolvedError(SyncRecord):
    """What asks for a person."""

    objects: ClassVar[Any] = _InStates(*UNRESOLVED)

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = "unresolved error"


class Skipped(SyncRecord):
    """What is not sent, by policy or by a person."""

    objects: ClassVar[Any] = _InStates(State.SKIPPED)

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = "record not sent"
        verbose_name_plural = "not sent"


class InXero(SyncRecord):
    """What Xero holds as it is here."""

    objects: ClassVar[Any] = _InStates(State.SYNCED)

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = "record in Xero"
        verbose_name_plural = "in Xero"
