"""Earlier documents, and those that a new mapping books otherwise, over the API."""

from __future__ import annotations

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounting_sync import export_runs
from accounting_sync.api.export_run_serializers import ExportRunSerializer
from accounting_sync.api.views.connection import MAP, live
from accounting_sync.models import Connection, ExportRun
from workshop.api.resources import Resource


class ExportRunViewSet(Resource):
    queryset = ExportRun.objects.all()
    serializer_class = ExportRunSerializer
    tag = "Accounting"
    looks_up = ("latest", "pause", "resume")
    permissions = {"latest": MAP, "resync": MAP, "pause": MAP, "resume": MAP}

    @extend_schema(responses=ExportRunSerializer)
    def latest(self, request: Request) -> Response:
        """Show how far the latest export of many documents is

        An earlier start date begins one (`connection/start-date/`), or a POST here.
        """
        return self._shown()

    @extend_schema(request=None, responses={201: ExportRunSerializer})
    def resync(self, request: Request) -> Response:
        """Book everything again as it is mapped now

        Only what differs is sent, in the background; what is paid or locked in Xero stays.
        """
        export_runs.resync(live(), self.user)
        return self._shown(status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=ExportRunSerializer)
    def pause(self, request: Request) -> Response:
        """Send nothing more of it for a while; today's work goes on."""
        export_runs.pause(live())
        return self._shown()

    @extend_schema(request=None, responses=ExportRunSerializer)
    def resume(self, request: Request) -> Response:
        """Go on sending it."""
        export_runs.resume(live())
        return self._shown()

    def _shown(self, code: int = status.HTTP_200_OK) -> Response:
        run = ExportRun.objects.filter(connection__in=Connection.objects.live()).first()
        if run is None:
            raise Http404
        return Response(self.get_serializer(run).data, code)
