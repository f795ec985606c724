"""The states of a job and the steps between them. The verbs in workshop.jobs and workshop.sales take the steps."""

from __future__ import annotations

from django.utils import timezone

from workshop.errors import ChangedMeanwhile, NotAllowedNow
from workshop.models import Job
from workshop.models.jobs import STATES, TIMES

S = Job.Status
ON: dict[str, str] = {
    S.BOOKED: S.ARRIVED,
    S.ARRIVED: S.IN_PROGRESS,
    S.IN_PROGRESS: S.COMPLETED,
    S.COMPLETED: S.INVOICED,
    S.INVOICED: S.COLLECTED,
}
# Only voiding the invoice leads back from invoiced.
BACK: dict[str, str] = {
    S.ARRIVED: S.BOOKED,
    S.IN_PROGRESS: S.ARRIVED,
    S.COMPLETED: S.IN_PROGRESS,
    S.COLLECTED: S.INVOICED,
    S.CANCELLED: S.BOOKED,
}
ON_THE_FLOOR = {S.BOOKED, S.ARRIVED, S.IN_PROGRESS, S.COMPLETED}


def permission_to_move(job: Job, status: str) -> str:
    """The permission a door asks for: whoever may move jobs does so from booked to completed and back, no further."""
    floor = {job.status, status} <= ON_THE_FLOOR
    return "workshop.move_job" if floor else "workshop.change_job"


def locked(job: Job, version: int | None = None) -> Job:
    """The job as it is now, held until the transaction ends. Raises ChangedMeanwhile if not at that version."""
    job = Job.objects.select_for_update().get(pk=job.pk)
    if version is not None and job.version != version:
        raise ChangedMeanwhile(f"{job} was changed by somebody else meanwhile. Look at it again.")
    return job


def save(job: Job, *fields: str) -> Job:
    job.version += 1
    job.save(update_fields=[*fields, "version", "updated_at"])
    return job


def editable(job: Job, version: int | None = None) -> Job:
    """The job, locked, for a change to its content. Raises NotAllowedNow once it is invoiced or cancelled."""
    job = locked(job, version)
    if not job.editable:
        raise NotAllowedNow(f"{job} is {job.get_status_display().lower()} and can no longer be changed.")
    return job


def move(job: Job, status: str, *changed: str) -> Job:
    """One step forward, or the cancellation, in the caller's transaction. Raises NotAllowedNow for any other step."""
    allowed = job.status in ON_THE_FLOOR if status == S.CANCELLED else ON.get(job.status) == status
    if not allowed:
        raise NotAllowedNow(f"{job} is {job.get_status_display().lower()}; it cannot become {S(status).label.lower()}.")
    job.status = status
    if status in TIMES:
        setattr(job, TIMES[status], timezone.now())
    return save(job, "status", "cancelled_at", "cancel_reason", *TIMES.values(), *changed)


def step_back(job: Job, to: str) -> Job:
    """A step back, in the caller's transaction: the later times are forgotten, the earlier ones stay as they were."""
    job.status = to
    job.cancelled_at, job.cancel_reason = None, ""
    for state, time in TIMES.items():
        if STATES.index(state) > STATES.index(job.status):
            setattr(job, time, None)
    return save(job, "status", "cancelled_at", "cancel_reason", *TIMES.values())
