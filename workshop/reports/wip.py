"""Work in progress as at any day, jobs invoiced since included.

Goods bought for a job count by their movements, as the ledger does. Stock set aside and labour are known of the jobs
that are open today, and only for today: neither is in the ledger's Work in Progress account.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from workshop import money
from workshop.models import Job, JobLine, LineKind, Organisation, StockMovement, StockPool, Supply
from workshop.models.jobs import EDITABLE
from workshop.money import ZERO, cents


@dataclass(frozen=True)
class Row:
    """``ordered``: goods and outwork bought for the job, at cost: what Work in Progress holds in the ledger.

    ``parts``: stock set aside, at the average; ``labour``: at its price, without tax. Both None for a day past.
    """

    job_id: int
    number: str
    customer: str
    rego: str
    status: str
    ordered: Decimal
    parts: Decimal | None = None
    labour: Decimal | None = None


@dataclass(frozen=True)
class WorkInProgress:
    as_at: date
    today: bool
    rows: Sequence[Row]

    @property
    def ordered(self) -> Decimal:
        return sum((row.ordered for row in self.rows), ZERO)

    @property
    def parts(self) -> Decimal | None:
        return sum((row.parts or ZERO for row in self.rows), ZERO) if self.today else None

    @property
    def labour(self) -> Decimal | None:
        return sum((row.labour or ZERO for row in self.rows), ZERO) if self.today else None


def work_in_progress(as_at: date | None = None) -> WorkInProgress:
    """Jobs with anything in them on the day. Five statements at most."""
    today = Organisation.current().today()
    day = as_at or today
    ordered = _lots(day)
    parts, labour = _open_jobs() if day == today else ({}, {})
    jobs = Job.objects.select_related("customer", "vehicle").in_bulk(ordered.keys() | parts.keys() | labour.keys())
    rows = [_row(job, ordered, parts, labour, day == today) for _, job in sorted(jobs.items())]
    return WorkInProgress(day, day == today, rows)


def _lots(day: date) -> dict[int, Decimal]:
    moves = StockMovement.objects.filter(lot__isnull=False, date__lte=day).order_by()
    rows = moves.values_list("lot__job").annotate(Sum("value"), Sum("quantity"))
    return {job: value for job, value, quantity in rows if value or quantity}


def _open_jobs() -> tuple[dict[int, Decimal], dict[int, Decimal]]:
    open_lines = JobLine.objects.filter(job__status__in=EDITABLE).order_by()
    set_aside = open_lines.filter(kind=LineKind.PART, part__stocked=True).exclude(supply=Supply.JOB_ORDER)
    work = open_lines.filter(kind=LineKind.LABOUR).select_related("job", "tax_rate")
    parts = _at_average(set_aside.values_list("job", "part").annotate(Sum("quantity")))
    labour: dict[int, Decimal] = {}
    for line in work:
        inside = money.line_tax(line.net, line.tax_rate.percent if line.tax_rate else ZERO, line.job.tax_mode)
        net = line.net - inside if line.job.tax_mode == money.INCLUSIVE else line.net
        labour[line.job_id] = labour.get(line.job_id, ZERO) + net
    return parts, labour


def _at_average(rows: Iterable[tuple[int, int, Decimal]]) -> dict[int, Decimal]:
    rows = list(rows)
    pools = StockPool.objects.in_bulk({part for _, part, _ in rows})
    parts: dict[int, Decimal] = {}
    for job, part, quantity in rows:
        pool = pools.get(part)
        average = (pool.value / pool.quantity if pool.quantity else pool.last_average) if pool else ZERO
        parts[job] = parts.get(job, ZERO) + cents(average * quantity)
    return parts


def _row(
    job: Job, ordered: dict[int, Decimal], parts: dict[int, Decimal], labour: dict[int, Decimal], today: bool
) -> Row:
    known = (parts.get(job.pk, ZERO), labour.get(job.pk, ZERO)) if today else (None, None)
    rego = job.vehicle.rego if job.vehicle else ""
    value = ordered.get(job.pk, ZERO)
    return Row(job.pk, job.number, str(job.customer), rego, job.get_status_display(), value, *known)
