"""The schedules, owned by the code: a broken row in that table would stop every other one."""

from __future__ import annotations

from typing import Any

from django_q.models import Schedule

SCHEDULES = {
    "Accounting: every minute": ("accounting_sync.tasks.every_minute", "* * * * *"),
    "Accounting: every hour": ("accounting_sync.tasks.every_hour", "17 * * * *"),
}


def create(**_: Any) -> None:
    for name, (func, cron) in SCHEDULES.items():
        values = {"func": func, "schedule_type": Schedule.CRON, "cron": cron, "repeats": -1}
        Schedule.objects.update_or_create(name=name, defaults=values)
