"""Background work, to look at: the schedules are made by the code, and a broken one would stop all the others."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django_q.admin import FailAdmin, QueueAdmin, ScheduleAdmin, TaskAdmin
from django_q.models import Failure, OrmQ, Schedule, Success

from workshop.admin.base import ReadOnlyAdmin

for model, theirs in ((Schedule, ScheduleAdmin), (Success, TaskAdmin), (Failure, FailAdmin), (OrmQ, QueueAdmin)):
    if admin.site.is_registered(model):
        admin.site.unregister(model)
        ours: Any = type(f"Seen{theirs.__name__}", (ReadOnlyAdmin, theirs), {"actions": [], "list_editable": ()})
        admin.site.register(model, ours)
