"""Figures, times and states as the pages show them."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.html import format_html

from workshop.manager.job_goods import Standing
from workshop.manager.promise import Promise, day_and_time, promise
from workshop.manager.steps import Step, next_step, undo_allowed
from workshop.models import Job, JobLine

register = template.Library()

DONE = {Job.Status.COMPLETED, Job.Status.INVOICED, Job.Status.COLLECTED, Job.Status.CANCELLED}


@register.simple_tag
def once() -> str:
    """In a form whose work must not be done twice; see ``workshop.manager.once``."""
    return format_html('<input type="hidden" name="once" value="{}">', uuid.uuid4().hex)


@register.filter
def money(amount: Decimal | None) -> str:
    """1,234.50; a real minus sign, so that it lines up with the figures."""
    return "" if amount is None else f"{amount:,.2f}".replace("-", "−")


@register.filter
def rate(amount: Decimal | None) -> str:
    """A unit price: two decimals, up to four where they are used."""
    if amount is None:
        return ""
    whole, _, fraction = f"{amount:,.4f}".partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}".replace("-", "−")


@register.filter
def quantity(value: Decimal | None) -> str:
    return "" if value is None else f"{value:,.4f}".rstrip("0").rstrip(".")


@register.filter
def promised(job: Job) -> Promise | None:
    if job.promised_at is None:
        return None
    return promise(job.promised_at, timezone.now(), kept=job.status in DONE)


@register.filter
def in_words(at: datetime | None) -> str:
    return day_and_time(at, timezone.now()) if at else ""


@register.filter
def due_level(on: date | None) -> str:
    """For WOF, rego, service and invoices: late, soon (within 30 days) or later."""
    if on is None:
        return ""
    days = (on - timezone.localdate()).days
    return "late" if days < 0 else "soon" if days <= 30 else "later"


@register.filter
def called(user: User | None) -> str:
    """The name people know somebody by; the login where there is none."""
    return (user.get_full_name() or user.get_username()) if user else ""


@register.filter
def of_line(standings: dict[int, Standing], line: JobLine) -> Standing | None:
    """Where the goods of a job's line are, where they are bought for it."""
    return standings.get(line.pk) if standings else None


@register.filter
def initials(user: User) -> str:
    return "".join(word[0] for word in called(user).split()[:2]).upper()


@register.simple_tag
def step_for(user: User, job: Job) -> Step | None:
    return next_step(user, job)


@register.simple_tag
def can_undo(user: User, job: Job) -> bool:
    return undo_allowed(user, job)


@register.inclusion_tag("workshop/marks.html")
def marks_of(record: Any) -> dict[str, Any]:
    """What other apps say about a record, as chips."""
    return {"chips": getattr(record, "chips", [])}


@register.inclusion_tag("workshop/record_panels.html")
def record_panels(kind: str, pk: int) -> dict[str, Any]:
    """Places other apps fill by URL: the workshop does not know who they are."""
    addresses = getattr(settings, "RECORD_PANELS", [])
    return {"addresses": [address.format(kind=kind, id=pk) for address in addresses]}
