"""The accounting box on a record's page: how it stands with Xero, and which buttons this person has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from accounting_sync import decisions, links, merging, queue
from accounting_sync.documents import DOCUMENTS
from accounting_sync.errors import BY_CODE
from accounting_sync.models import Connection, State, SyncRecord
from accounting_sync.models.sync_record import IN_FLIGHT, QUEUED, UNRESOLVED
from accounting_sync.pages.forms import ExclusionForm, ReasonForm
from accounting_sync.preview import NothingToShow, preview
from accounting_sync.standing import Standing, in_use, standing
from workshop.manager.access import GarageRequest, may, reads

VIEW, RETRY, DECIDE, MAP = (
    "accounting_sync.view_syncrecord",
    "accounting_sync.retry_sync",
    "accounting_sync.decide_sync",
    "accounting_sync.map_accounting",
)
SHOWN_ATTEMPTS = 5


@dataclass(frozen=True)
class Button:
    """A form of one button: where it posts to, its words, and what it sends along."""

    url: str
    words: str
    note: str = ""
    value: str = ""
    link: str = ""


def buttons(record: SyncRecord, user: Any) -> list[Button]:
    """What this person may do about the record now, the likeliest cure first."""
    found: list[Button] = []
    if may(user, DECIDE):
        for name in decisions.offered(record):
            found += _candidates(record) if name == "link_contact" else [_button(record, name, DECISION_WORDS[name])]
    return [*found, *_steps(record, user)]


def answers(record: SyncRecord, user: Any) -> list[Button]:
    """Of those, what a list of many records shows beside each: they cost no query."""
    names = [name for name in decisions.fitting(record) if name != "link_contact"] if may(user, DECIDE) else []
    return [*(_button(record, name, DECISION_WORDS[name]) for name in names), *_steps(record, user)]


def _steps(record: SyncRecord, user: Any) -> list[Button]:
    found: list[Button] = []
    tried = record.state in {State.WARNING, State.WAITING} and not queue.is_answered_only(record)
    if tried and may(user, RETRY):
        found.append(_button(record, "retry", "Retry"))
    after_all = {"by_person": "unskip", "do_not_export": "exclude"}.get(record.code)
    if record.state == State.SKIPPED and after_all and may(user, DECIDE):
        found.append(_button(record, after_all, "Send it after all"))
    return found


DECISION_WORDS = {name: words for name, (_, words) in decisions.DECISIONS.items()}


def _button(record: SyncRecord, name: str, words: str) -> Button:
    merge = merging.undoable(record) if name == "undo_merge" else None
    url, note = reverse("accounting:decide", args=[record.pk, name]), merge.message if merge else ""
    return Button(url, words, note, value=decisions.version_shown(record, name))


def _candidates(record: SyncRecord) -> list[Button]:
    """One button for each contact in Xero that may be the same."""
    url = reverse("accounting:decide", args=[record.pk, "link_contact"])
    return [
        Button(url, f"Link to {there['name']}", _described(there), there["remote_id"], _contact_link(record, there))
        for there in record.evidence.get("candidates", [])
    ]


def _described(there: dict[str, Any]) -> str:
    archived = "archived in Xero" if there.get("status") != "ACTIVE" else ""
    return ", ".join(filter(None, [there.get("email"), *there.get("phones", []), archived]))


def _contact_link(record: SyncRecord, there: dict[str, Any]) -> str:
    return links.contact_in_xero(record.connection, there["remote_id"])


@dataclass(frozen=True)
class Watch:
    """Where and when (in seconds) the box looks again, by itself, while something is under way."""

    url: str
    after: int


def watch(record: SyncRecord, looked: int) -> Watch | None:
    """Every second at first, because that is how long it takes; seldom when it takes longer. None: nothing to see."""
    if record.state not in QUEUED:
        return None
    return Watch(f"{links.panel(record.kind, record.object_id)}?looked={looked + 1}", min(1 + looked // 5, 30))


def _may_reissue(user: Any) -> bool:
    return may(user, "add_creditnote") and may(user, "change_invoice")


def in_the_way(record: SyncRecord) -> SyncRecord | None:
    """What this one waits for, if that asks for a person: waiting alone does not help then."""
    other = record.waiting_on
    return other if other and other.state in UNRESOLVED else None


def preview_url(kind: str, object_id: int, user: Any) -> str:
    """Where this person may look at what is sent; empty where they may not."""
    return reverse("accounting:preview", args=[kind, object_id]) if may(user, VIEW) and may(user, "see_prices") else ""


def _standing(record: SyncRecord) -> Standing:
    """Nothing goes by itself while the connection stands still; the banner says why it does."""
    found = standing(record)
    if record.state != State.PENDING or not record.connection.stands_still(timezone.now()):
        return found
    return replace(found, cure="It goes by itself, but not yet: the top of the page says what stands in the way.")


def context_of(record: SyncRecord, user: Any, back: str) -> dict[str, Any]:
    """What the box shows of a record; ``back`` is the page its buttons return to."""
    cure = BY_CODE.get(record.code)
    return {
        "record": record,
        "standing": _standing(record),
        "may_see": may(user, VIEW),
        "may_decide": may(user, DECIDE),
        "buttons": buttons(record, user),
        "help_url": reverse("accounting:help-entry", args=[record.code]) if cure else "",
        "mapping_needed": bool(cure and "mapping" in cure.buttons and may(user, MAP)),
        "reissue_needed": bool(cure and "reissue" in cure.buttons and record.kind == "invoice" and _may_reissue(user)),
        "not_set_up": record.state in QUEUED and record.connection.set_up_at is None,
        "may_skip": may(user, DECIDE) and record.state not in {*IN_FLIGHT, State.SYNCED, State.SKIPPED},
        "for_others": bool(decisions.offered(record)) and not may(user, DECIDE),
        "xero_url": links.in_xero(record),
        "here_url": links.here(record.kind, record.object_id),
        "label": DOCUMENTS[record.kind].label,
        "opens": f"Open the {links.words(record.kind)}",
        "skipping": ReasonForm(auto_id="skip_%s"),
        "exclusion": ExclusionForm.of(record),
        "back": back,
        "in_the_way": in_the_way(record),
        "preview_url": preview_url(record.kind, record.object_id, user),
    }


def shown(
    record: SyncRecord | None, kind: str, object_id: int, user: Any, back: str, looked: int | None = None
) -> dict[str, Any]:
    """The whole box: of a record and its latest attempts, or of one that has no place in the queue yet.

    It looks again by itself only where ``looked`` is given: the admin has neither the cards nor the script for it.
    """
    if record is None:
        live = Connection.objects.live().first()
        may_connect = may(user, "accounting_sync.view_connection")
        url = preview_url(kind, object_id, user) if live else ""
        option = DOCUMENTS[kind].option
        off = bool(live and option and not live.switches[option])
        shown = {"connection": live, "kind": kind, "may_connect": may_connect, "switched_off": off}
        return shown | {"preview_url": "" if off else url}
    context = context_of(record, user, back)
    if may(user, "accounting_sync.view_attempt"):
        context["attempts"] = record.attempts.select_related("actor").order_by("-id")[:SHOWN_ATTEMPTS]
    if looked is not None:
        context["watch"] = watch(record, looked)
    return context


@reads()
def panel(request: GarageRequest, kind: str, object_id: int) -> HttpResponse:
    """By the workshop's own kind and id. A fragment for htmx, a page of its own without it."""
    if kind not in DOCUMENTS:
        raise Http404
    record = in_use().select_related("connection", "decided_by", "waiting_on").of(kind, object_id).first()
    looked = request.GET.get("looked", "")
    times = int(looked) if looked.isdecimal() and len(looked) < 6 else 0
    context = shown(record, kind, object_id, request.user, _came_from(request), times)
    template = "accounting_sync/panel.html" if request.htmx else "accounting_sync/record.html"
    return render(request, template, context)


@reads(VIEW, "see_prices")
def preview_page(request: GarageRequest, kind: str, object_id: int) -> HttpResponse:
    """What would be sent of this record now, before it is."""
    try:
        shown = preview(kind, object_id)
    except NothingToShow as error:
        raise Http404 from error
    context = {"preview": shown, "here_url": links.here(kind, object_id)}
    return render(request, "accounting_sync/preview.html", context)


@reads(VIEW)
def record_page(request: GarageRequest, pk: int) -> HttpResponse:
    record = get_object_or_404(SyncRecord.objects.select_related("connection", "decided_by", "waiting_on"), pk=pk)
    return render(
        request,
        "accounting_sync/record.html",
        shown(record, record.kind, record.object_id, request.user, request.path, 0),
    )


def back_to(request: GarageRequest, otherwise: str) -> str:
    """The page the button stood on; never another host."""
    target = request.POST.get("next", "")
    here = target.startswith("/") and url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return target if here else otherwise


def _came_from(request: GarageRequest) -> str:
    return (request.htmx.current_url_abs_path or "") if request.htmx else request.path
