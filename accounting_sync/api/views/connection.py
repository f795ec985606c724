"""The connection to Xero, what it needs, and the queue at a glance."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from django.db.models import Count, Min
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounting_sync import connections, export_runs, kept_back, new_accounts, polling, setup
from accounting_sync.api.contact_serializers import ContactRuleInput
from accounting_sync.api.serializers import (
    CatchUpInput,
    ConnectionDetailSerializer,
    CountSerializer,
    InvoiceOptionsInput,
    MappingSerializer,
    MappingsInput,
    QueueSerializer,
    ScheduleInput,
    StartDateInput,
    SwitchesInput,
)
from accounting_sync.choices import Choice, choices
from accounting_sync.models import Connection, State, SyncRecord, Worker
from accounting_sync.models.sync_record import QUEUED, UNRESOLVED
from accounting_sync.standing import in_use
from accounting_sync.wake import wake_drain
from accounting_sync.walk import Incomplete
from accounting_sync.xero.oauth import ConnectionLost
from accounting_sync.xero.transport import NoAnswer, NotSent
from workshop.api.resources import Resource
from workshop.errors import NotAllowedNow

SEE, CONNECT, MAP = (
    "accounting_sync.view_connection",
    "accounting_sync.connect_accounting",
    "accounting_sync.map_accounting",
)


class XeroAway(APIException):
    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = "Xero does not answer now. Everything stands as it was; try again in a minute."
    default_code = "xero_away"


@contextmanager
def calling_xero(connection: Connection) -> Iterator[None]:
    """Raises XeroAway (503), or NotAllowedNow when Xero lets us in no more."""
    try:
        yield
    except ConnectionLost as error:
        connections.lost(connection, error.cause)
        raise NotAllowedNow(f"{error} Connect again.") from error
    except (NoAnswer, NotSent, Incomplete) as error:
        raise XeroAway from error


def live() -> Connection:
    """Raises NotAllowedNow where none is connected."""
    connection = Connection.objects.live().first()
    if connection is None:
        raise NotAllowedNow("No organisation is connected.")
    return connection


def shown() -> Connection:
    """The organisation in use, else the one used last, else an unsaved row that says “disconnected”."""
    latest = Connection.objects.order_by("-status_since", "-id")
    return latest.live().first() or latest.first() or Connection(status=Connection.Status.DISCONNECTED)


class ConnectionViewSet(Resource):
    queryset = Connection.objects.all()
    serializer_class = ConnectionDetailSerializer
    tag = "Accounting"
    calls_out = True
    takes_keys = False  # a key would hold a transaction open while Xero is asked; each of these may be sent twice
    permissions = {
        "current": SEE, "disconnect": CONNECT, "pause": CONNECT, "resume": CONNECT, "reload": MAP, "start_date": MAP,
        "switches": MAP, "catch_up": "accounting_sync.catch_up_stock",
        "contact_rule": MAP, "schedule": MAP, "invoice_options": MAP,
    }  # fmt: skip

    @extend_schema(responses=ConnectionDetailSerializer)
    def current(self, request: Request) -> Response:
        """Show the connection to Xero

        Its standing, limits and lock date. Connecting needs a browser: `/accounting/`.
        """
        return self._shown()

    @extend_schema(request=None, responses=ConnectionDetailSerializer)
    def disconnect(self, request: Request) -> Response:
        """Disconnect from Xero

        Links and history stay, and what is in Xero stays there.
        """
        connection = live()
        with calling_xero(connection):
            connections.disconnect(connection)
        return self._shown()

    @extend_schema(request=None, responses=ConnectionDetailSerializer)
    def pause(self, request: Request) -> Response:
        """Stop sending for a while; changes are kept."""
        connections.pause(live())
        return self._shown()

    @extend_schema(request=None, responses=ConnectionDetailSerializer)
    def resume(self, request: Request) -> Response:
        """Send again what was kept."""
        connections.resume(live())
        wake_drain()
        return self._shown()

    @extend_schema(request=None, responses=ConnectionDetailSerializer)
    def reload(self, request: Request) -> Response:
        """Read accounts, tax rates and lock dates again

        What is not mapped yet is matched by name.
        """
        connection = live()
        with calling_xero(connection):
            setup.read_books(connection)
        return self._shown()

    @extend_schema(request=StartDateInput, responses=ConnectionDetailSerializer)
    def start_date(self, request: Request) -> Response:
        """Set from which date documents go to Xero

        Null: everything goes. What an earlier date held back is looked at again.
        """
        export_runs.start_from(live(), self.given(StartDateInput)["start_date"], self.user)
        return self._shown()

    @extend_schema(request=InvoiceOptionsInput, responses=ConnectionDetailSerializer)
    def invoice_options(self, request: Request) -> Response:
        """Choose how invoices are described, and whether they are locked

        It counts from the next invoice; what is in Xero stays as it is.
        """
        setup.choose_invoice_options(live(), **self.given(InvoiceOptionsInput))
        return self._shown()

    @extend_schema(request=SwitchesInput, responses=ConnectionDetailSerializer)
    def switches(self, request: Request) -> Response:
        """Turn on or off what goes to Xero

        What came to be while a switch was off stays out of Xero for good; what is there already is kept in step.
        """
        setup.switch(live(), **self.given(SwitchesInput))
        return self._shown()

    @extend_schema(request=CatchUpInput, responses=CountSerializer)
    def catch_up(self, request: Request) -> Response:
        """Post what was kept back of stock in one sum

        One journal for each pair of accounts; the answer counts them.
        """
        journals = kept_back.catch_up(live(), on=self.given(CatchUpInput).get("date"), by=self.user)
        return Response({"count": len(journals)})

    @extend_schema(request=ContactRuleInput, responses=ConnectionDetailSerializer)
    def contact_rule(self, request: Request) -> Response:
        """Choose which version of a contact counts

        Where the same detail was changed here and in Xero. Different details always come together.
        """
        connections.choose_contact_rule(live(), self.given(ContactRuleInput)["contact_rule"])
        return self._shown()

    @extend_schema(request=ScheduleInput, responses=ConnectionDetailSerializer)
    def schedule(self, request: Request) -> Response:
        """Choose how often Xero is read

        While the garage is open and while it is closed, by its own clock. What a webhook tells of is read at once.
        """
        polling.reschedule(live(), **self.given(ScheduleInput))
        return self._shown()

    def _shown(self) -> Response:
        return Response(self.get_serializer(shown()).data)


class MappingViewSet(Resource):
    """Which account, tax rate and bank account in Xero stands for each of ours."""

    queryset = Connection.objects.all()
    serializer_class = MappingSerializer
    tag = "Accounting"
    permissions = {"all": SEE, "choose": MAP}

    @extend_schema(responses=MappingSerializer(many=True))
    def all(self, request: Request) -> Response:
        """List what is mapped, and what may be chosen."""
        return Response(self.get_serializer(choices(live()), many=True).data)

    @extend_schema(request=MappingsInput, responses=CountSerializer)
    def choose(self, request: Request) -> Response:
        """Map accounts, tax rates and payment methods

        An empty value takes a mapping away. The answer counts the records that waited for this and are on their way.
        """
        connection = live()
        rows = self.given(MappingsInput)["mappings"]
        known = {(choice.subject, choice.key): choice for choice in choices(connection)}
        errors = [_refused(known.get((row["subject"], row["key"])), row["value"]) for row in rows]
        if any(errors):
            raise ValidationError({"mappings": errors})
        try:
            woken = setup.choose(connection, {(row["subject"], row["key"]): row["value"] for row in rows})
        except setup.NotOffered as refusal:
            raise ValidationError({"mappings": [str(refusal)]}) from refusal
        return Response({"count": woken})


class NewAccountViewSet(Resource):
    queryset = Connection.objects.all()
    serializer_class = MappingSerializer
    tag = "Accounting"
    calls_out = True
    takes_keys = False  # a key would hold a transaction open while Xero is asked; this may be sent twice
    permissions = {"create_account": MAP}

    @extend_schema(request=None, responses={201: MappingSerializer(many=True)})
    def create_account(self, request: Request, key: str) -> Response:
        """Make the account of a role in Xero and choose it

        For a role that nothing is chosen for. Xero's chart is read first: an account of that name is not made twice.
        """
        connection = live()
        with calling_xero(connection):
            new_accounts.create(connection, key)
        return Response(self.get_serializer(choices(connection), many=True).data, HTTPStatus.CREATED)


def _refused(choice: Choice | None, value: str) -> dict[str, list[str]]:
    if choice is None:
        return {"key": ["There is nothing of this kind to map."]}
    if value and value not in dict(choice.options):
        return {"value": [setup.why_not(choice, value)]}
    return {}


class QueueViewSet(Resource):
    queryset = SyncRecord.objects.all()
    serializer_class = QueueSerializer
    tag = "Accounting"
    permissions = {"summary": "accounting_sync.view_syncrecord"}

    @extend_schema(responses=QueueSerializer)
    def summary(self, request: Request) -> Response:
        """Show the queue at a glance

        How many records are in each state, since when the oldest waits, and what Xero still allows.
        """
        rows = in_use().order_by().values("state").annotate(count=Count("pk"), oldest=Min("since"))
        found = {row["state"]: row for row in rows}
        counts = {state: found[state]["count"] if state in found else 0 for state in State}
        body = {
            "states": [{"state": state.value, "words": state.label, "count": counts[state]} for state in State],
            "unresolved": sum(counts[state] for state in UNRESOLVED),
            "oldest_waiting_since": min((found[state]["oldest"] for state in QUEUED if state in found), default=None),
            "worker_seen_at": Worker.objects.values_list("beat_at", flat=True).first(),
            "connection": shown(),
        }
        return Response(self.get_serializer(body).data)
