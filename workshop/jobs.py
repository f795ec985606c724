"""Verbs on jobs and quotes. Each opens its own transaction, checks the state, changes it, returns the object."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from workshop.entry import check, fill, required
from workshop.errors import ChangedMeanwhile, DepositHeld, InvalidInput, NotAllowedNow
from workshop.job_goods import ordered_for, refuse_with_goods_on_job, refuse_with_goods_on_lines
from workshop.job_states import BACK, S, editable, locked, move, save, step_back
from workshop.lines import LineDefaults, typed_lines
from workshop.lines import complete as complete_line
from workshop.models import (
    Customer,
    Job,
    JobLine,
    NumberSequence,
    Organisation,
    PaymentMethod,
    Quote,
    QuoteLine,
    Vehicle,
)
from workshop.models.jobs import DISCOUNT_FIELDS, LINE_FIELDS
from workshop.refunds import give_refund
from workshop.vehicles import read_odometer

KEEP, REFUND = "keep", "refund"


@transaction.atomic
def book(*, customer: Customer, vehicle: Vehicle | None = None, **fields: Any) -> Job:
    """Every job starts as a booking. Raises InvalidInput for an archived customer or vehicle."""
    fields = {"tax_mode": Organisation.current().tax_mode, **fields, "customer": customer, "vehicle": vehicle}
    _refuse_archived(fields)
    job = fill(Job(), fields)
    check(job)
    job.number = NumberSequence.take("job")
    job.save()
    return job


def _refuse_archived(fields: Mapping[str, Any]) -> None:
    """Read again and held, so that nobody archives them while the job is being written."""
    for name, model in (("customer", Customer), ("bill_to", Customer), ("vehicle", Vehicle)):
        chosen = fields.get(name)
        if chosen and model.objects.select_for_update().get(pk=chosen.pk).archived_at:
            raise InvalidInput(f"{chosen} is archived. Restore it first.", field=name)


@transaction.atomic
def edit(job: Job, *, version: int | None = None, **fields: Any) -> Job:
    """Change the card's details. Raises NotAllowedNow once invoiced, ChangedMeanwhile for a stale version."""
    job = editable(job, version)
    _refuse_archived({name: value for name, value in fields.items() if value != getattr(job, name)})
    check(fill(job, fields))
    return save(job, *fields)


@transaction.atomic
def arrive(
    job: Job, *, odometer: int | None = None, key_tag: str = "", odometer_reason: str = "", odometer_unit: str = ""
) -> Job:
    """Car and keys are here; the odometer reading, if taken, joins the vehicle's history."""
    job = fill(locked(job), {"key_tag": key_tag or job.key_tag})
    if odometer is not None:
        job.odometer_in = odometer
    check(job, "odometer_in", "key_tag")
    job = move(job, S.ARRIVED, "odometer_in", "key_tag")
    _read(job, odometer, odometer_unit, odometer_reason)
    return job


def _read(job: Job, odometer: int | None, unit: str, reason: str) -> None:
    if odometer is not None and job.vehicle:
        read_odometer(job.vehicle, odometer, unit=unit, reason=reason)


@transaction.atomic
def start(job: Job) -> Job:
    return move(locked(job), S.IN_PROGRESS)


@transaction.atomic
def complete(job: Job) -> Job:
    return move(locked(job), S.COMPLETED)


@transaction.atomic
def move_back(job: Job, *, to: str = "") -> Job:
    """Undo the last step before invoicing; a cancelled job becomes a booking again.

    With ``to``, raises ChangedMeanwhile when that is no longer where the step back leads.
    """
    job = locked(job)
    if job.status not in BACK:
        raise NotAllowedNow(f"{job} is {job.get_status_display().lower()} and cannot go back.")
    if to and to != BACK[job.status]:
        raise ChangedMeanwhile(f"{job} is {job.get_status_display().lower()} by now. Look at it again.")
    return step_back(job, BACK[job.status])


@transaction.atomic
def collect(job: Job, *, odometer: int | None = None, odometer_reason: str = "", odometer_unit: str = "") -> Job:
    """The keys are handed back."""
    job = locked(job)
    if odometer is not None:
        job.odometer_out = odometer
    check(job, "odometer_out")
    job = move(job, S.COLLECTED, "odometer_out")
    _read(job, odometer, odometer_unit, odometer_reason)
    return job


@transaction.atomic
def cancel(job: Job, *, reason: str, deposits: str = "", refund_method: PaymentMethod | None = None) -> Job:
    """Raises InvalidInput without a reason, NotAllowedNow once invoiced: then the invoice is voided first.

    ``deposits``: KEEP for the customer's next job, or REFUND by ``refund_method``. Raises DepositHeld when money is
    held on the job and neither is said.
    Nor while goods bought for the job, or on order for it, hang on it.
    """
    job = locked(job)
    refuse_with_goods_on_job(job, "cancel the job")
    job.cancel_reason = required(reason, "Say why the job is cancelled.")
    check(job, "cancel_reason")
    _settle_deposits(job, deposits, refund_method)
    return move(job, S.CANCELLED)


def _settle_deposits(job: Job, choice: str, method: PaymentMethod | None) -> None:
    held = list(job.deposits.held().order_by("pk").select_for_update())
    if not held or choice == KEEP:
        return
    if choice != REFUND:
        amount = sum(deposit.remaining for deposit in held)
        sentence = f"A deposit of {amount} is held on {job}. Refund it, or keep it for the customer's next job."
        raise DepositHeld(sentence, field="deposits")
    for deposit in held:
        give_refund(deposit, amount=deposit.remaining, method=method)


# Lines


@transaction.atomic
def add_line(job: Job, **fields: Any) -> JobLine:
    """Prices and tax come from the part or the garage's defaults unless given."""
    job = editable(job)
    last = job.lines.aggregate(last=Max("position"))["last"] or 0
    line = complete_line(JobLine(job=job, position=last + 1), fields, line_defaults(job))
    line.save()
    save(job)
    return line


@transaction.atomic
def edit_line(line: JobLine, **fields: Any) -> JobLine:
    """Change what is given; what is emptied (None) is filled in as for a new line."""
    job = editable(line.job)
    line = _line_of(job, line)
    kept = {name: getattr(line, name) for name in LINE_FIELDS}
    complete_line(line, kept | fields, line_defaults(job))
    line.save()
    save(job)
    return line


def line_defaults(job: Job) -> LineDefaults:
    return LineDefaults.of(job.payer, job.tax_mode)


def _line_of(job: Job, line: JobLine) -> JobLine:
    found = job.lines.filter(pk=line.pk).first()
    if found is None:
        raise ChangedMeanwhile(f"Somebody else removed “{line.description}” from {job}.")
    return found


@transaction.atomic
def remove_line(line: JobLine) -> Job:
    """Raises NotAllowedNow while goods bought for the line, or on order for it, hang on it."""
    job = editable(line.job)
    line = _line_of(job, line)
    refuse_with_goods_on_lines([line.pk], "remove the line")
    line.delete()
    return save(job)


@transaction.atomic
def move_line(line: JobLine, to: Job) -> JobLine:
    """The line, with the stock set aside by it, onto another job: an allocation moves, and nothing in the books.

    Raises NotAllowedNow for a line that something was ordered for (those goods are the job's own) or that is quoted.
    """
    if line.job_id == to.pk:
        return line
    source, target = (editable(job) for job in sorted((line.job, to), key=lambda job: job.pk))
    if line.job.pk != source.pk:
        source, target = target, source
    line = _line_of(source, line)
    if ordered_for(line):
        raise NotAllowedNow("Goods were ordered for this line. Return them to stock and add the part to the other job.")
    if QuoteLine.objects.filter(job_line=line, quote__status__in=[Quote.Status.DRAFT, Quote.Status.SENT]).exists():
        raise NotAllowedNow("The line is on a quote that is still open. Decide the quote first.")
    line.job, line.position = target, (target.lines.aggregate(last=Max("position"))["last"] or 0) + 1
    line.save()
    save(source)
    save(target)
    return line


# Quotes


@transaction.atomic
def quote(job: Job, *, lines: Iterable[Mapping[str, Any]] | None = None, **fields: Any) -> Quote:
    """A quote of the given lines, or of those on the job that no other quote offers; draft until sent or decided.

    Freight and discount are the job's unless given. Raises InvalidInput when there is no line to offer.
    """
    job = editable(job)
    offer = fill(Quote(job=job, tax_mode=job.tax_mode), {**job.charges(), **fields})
    check(offer)
    offered = _from_job(job, offer) if lines is None else _typed(offer, lines)
    offer.number = NumberSequence.take("quote")
    offer.save()
    _write(offered)
    return offer


def _copied(line: JobLine | QuoteLine) -> dict[str, Any]:
    return {name: getattr(line, name) for name in LINE_FIELDS}


def _from_job(job: Job, offer: Quote) -> list[QuoteLine]:
    rows = job.lines.filter(quoteline=None).select_related("part", "tax_rate")
    return [QuoteLine(quote=offer, position=n, job_line=row, **_copied(row)) for n, row in enumerate(rows, start=1)]


def _typed(offer: Quote, rows: Iterable[Mapping[str, Any]], *, archived: bool = False) -> list[QuoteLine]:
    return typed_lines(QuoteLine, rows, line_defaults(offer.job), archived=archived, quote=offer)


def _write(lines: list[QuoteLine]) -> None:
    if not any(line.priced for line in lines):
        raise InvalidInput("There is nothing to quote: add a line with a price.", field="lines")
    QuoteLine.objects.bulk_create(lines)


def _locked_quote(offer: Quote, *statuses: str) -> Quote:
    """The quote and then its job, held until the transaction ends. Raises NotAllowedNow in any other state."""
    offer = Quote.objects.select_for_update().get(pk=offer.pk)
    if offer.status not in statuses:
        raise NotAllowedNow(f"Quote {offer} is {offer.get_status_display().lower()}.")
    offer.job = editable(offer.job)
    return offer


@transaction.atomic
def send_quote(offer: Quote) -> Quote:
    """Note that the customer has it; the job waits for approval."""
    offer = _locked_quote(offer, Quote.Status.DRAFT)
    if offer.expires_on and offer.expires_on < Organisation.current().today():
        raise InvalidInput("The quote would be expired before it is read. Choose a later day.", field="expires_on")
    offer.status, offer.sent_at = Quote.Status.SENT, timezone.now()
    offer.save(update_fields=["status", "sent_at"])
    offer.job.waiting_approval = True
    save(offer.job, "waiting_approval")
    return offer


@transaction.atomic
def revise_quote(offer: Quote, lines: Iterable[Mapping[str, Any]], **fields: Any) -> Quote:
    """A draft is rewritten; anything sent becomes the next version and the old one is superseded.

    A line taken off the offer leaves the job as well, as a declined one does.
    """
    offer = _locked_quote(offer, Quote.Status.DRAFT, Quote.Status.SENT, Quote.Status.DECLINED)
    latest = offer if offer.status == Quote.Status.DRAFT else _next_version(offer)
    check(fill(latest, fields))
    latest.save()
    offered = _typed(latest, lines, archived=True)
    _take_over(offer, offered)
    _write(offered)
    save(offer.job)
    return latest


def _next_version(offer: Quote) -> Quote:
    offer.status = Quote.Status.SUPERSEDED
    offer.save(update_fields=["status"])
    lapsed = offer.expires_on and offer.expires_on < Organisation.current().today()
    return Quote(
        job=offer.job,
        number=offer.number,
        version=offer.version + 1,
        tax_mode=offer.tax_mode,
        expires_on=None if lapsed else offer.expires_on,
        **offer.charges(),
    )


def _take_over(offer: Quote, offered: list[QuoteLine]) -> None:
    """Give the job's lines to the new lines of the same text, so that approval never puts the work there twice."""
    standing = [(_text(line), line.job_line_id) for line in offer.lines.exclude(job_line=None)]
    if offer.status == Quote.Status.DRAFT:
        offer.lines.all().delete()
    else:
        offer.lines.update(job_line=None)
    for line in offered:
        same = next((pair for pair in standing if pair[0] == _text(line)), None)
        if same:
            standing.remove(same)
            line.job_line_id = same[1]
    replaced = [job_line for _, job_line in standing if job_line]
    refuse_with_goods_on_lines(replaced, "take it off the quote")
    JobLine.objects.filter(pk__in=replaced).delete()


def _text(line: QuoteLine) -> tuple[str, int | None, str]:
    return line.kind, line.part_id, line.description


@transaction.atomic
def decide_quote(offer: Quote, approved: Collection[int], *, decided_by: str, evidence: str = "") -> Quote:
    """Record which lines (ids) the customer authorised: those end on the job, once; the declined ones leave it.

    The job takes the lines, freight and discount as they were quoted. Raises NotAllowedNow for an expired quote.
    """
    offer = _locked_quote(offer, Quote.Status.DRAFT, Quote.Status.SENT)
    if approved and offer.expired(Organisation.current().today()):
        raise NotAllowedNow(f"Quote {offer} expired on {offer.expires_on}. Send it again first.")
    fill(offer, {"decided_by": required(decided_by, "Say who decided.", "decided_by"), "evidence": evidence})
    check(offer, "decided_by", "evidence")
    lines = list(offer.lines.select_related("part", "tax_rate", "job_line"))
    _decide(lines, set(approved))
    _settle_job(offer, lines)
    offer.status, offer.decided_at = _outcome(lines), timezone.now()
    offer.save(update_fields=["status", "decided_at", "decided_by", "evidence"])
    return offer


def _decide(lines: list[QuoteLine], approved: set[int]) -> None:
    """Text belongs to the work around it, so it stays as soon as any line does."""
    if approved - {line.pk for line in lines}:
        raise InvalidInput("Some of these lines are not on the quote.", field="approved")
    anything = any(line.pk in approved for line in lines if line.priced)
    for line in lines:
        yes = line.pk in approved if line.priced else anything
        line.decision = QuoteLine.Decision.APPROVED if yes else QuoteLine.Decision.DECLINED


def _settle_job(offer: Quote, lines: list[QuoteLine]) -> None:
    job = offer.job
    declined = [line for line in lines if line.decision == QuoteLine.Decision.DECLINED]
    gone = [line.job_line_id for line in declined if line.job_line_id]
    refuse_with_goods_on_lines(gone, "decline it")
    JobLine.objects.filter(pk__in=gone).delete()
    for line in declined:
        line.job_line = None
    _put_on_job(job, [line for line in lines if line.decision == QuoteLine.Decision.APPROVED])
    QuoteLine.objects.bulk_update(lines, ["decision", "job_line"])
    if len(declined) < len(lines) and any(offer.charges().values()):
        fill(job, offer.charges())
    job.waiting_approval = False
    save(job, "waiting_approval", *DISCOUNT_FIELDS)


def _put_on_job(job: Job, approved: list[QuoteLine]) -> None:
    standing = [fill(line.job_line, _copied(line)) for line in approved if line.job_line]
    JobLine.objects.bulk_update(standing, LINE_FIELDS)
    added = []
    place = job.lines.aggregate(last=Max("position"))["last"] or 0
    for line in approved:
        if line.job_line is None:
            place += 1
            line.job_line = JobLine(job=job, position=place, **_copied(line))
            added.append(line.job_line)
    JobLine.objects.bulk_create(added)


def _outcome(lines: list[QuoteLine]) -> str:
    decisions = {line.decision for line in lines if line.priced}
    if decisions == {QuoteLine.Decision.APPROVED}:
        return Quote.Status.APPROVED
    return Quote.Status.PART_APPROVED if QuoteLine.Decision.APPROVED in decisions else Quote.Status.DECLINED
