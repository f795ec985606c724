"""The one button a job shows next, and who may press it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import User

from workshop import jobs
from workshop.job_states import BACK, permission_to_move
from workshop.models import Job

S = Job.Status


@dataclass(frozen=True)
class Step:
    to: str
    label: str
    done: str  # what is said afterwards


STEPS: dict[str, Step] = {
    S.BOOKED: Step(S.ARRIVED, "Arrived", "has arrived"),
    S.ARRIVED: Step(S.IN_PROGRESS, "Start work", "is in progress"),
    S.IN_PROGRESS: Step(S.COMPLETED, "Complete", "is completed"),
    S.COMPLETED: Step(S.INVOICED, "Invoice", "is invoiced"),
    S.INVOICED: Step(S.COLLECTED, "Collected", "is collected"),
}
VERBS: dict[str, Callable[[Job], Job]] = {
    S.ARRIVED: jobs.arrive,
    S.IN_PROGRESS: jobs.start,
    S.COMPLETED: jobs.complete,
    S.COLLECTED: jobs.collect,
}


def next_step(user: User, job: Job) -> Step | None:
    step = STEPS.get(job.status)
    return step if step and user.has_perm(_permission(job, step)) else None


def _permission(job: Job, step: Step) -> str:
    return "workshop.invoice_job" if step.to == S.INVOICED else permission_to_move(job, step.to)


def step_to(status: str) -> Step | None:
    """The step that leads there by a plain button. Invoicing asks for a date, so it has its own page."""
    return next((step for step in STEPS.values() if step.to == status and status in VERBS), None)


def undo_permission(job: Job) -> str:
    back = BACK.get(job.status)
    return permission_to_move(job, back) if back else "workshop.change_job"


def undo_allowed(user: User, job: Job) -> bool:
    return job.status in BACK and user.has_perm(undo_permission(job))
