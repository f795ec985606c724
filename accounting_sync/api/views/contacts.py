"""The import of Xero's contacts, and the rule for what both sides changed."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounting_sync import contact_import
from accounting_sync.api.contact_serializers import (
    BriefContactImportSerializer,
    ChooseManyInput,
    ChooseRowInput,
    ContactImportSerializer,
    ImportRowSerializer,
    PersonRuleInput,
)
from accounting_sync.api.filters import ImportRowFilter
from accounting_sync.api.serializers import CountSerializer
from accounting_sync.api.views.connection import live
from accounting_sync.models import ContactImport, ImportRow
from workshop.api.resources import Readable

MAP = "accounting_sync.map_accounting"


class ContactImportViewSet(Readable):
    queryset = ContactImport.objects.all()
    serializer_class = ContactImportSerializer
    cursor_fields = ("started_at", "id")
    tag = "Accounting"
    permissions = dict.fromkeys(("list", "retrieve", "create", "person_rule", "choose_many", "confirm", "stop"), MAP)

    def get_serializer_class(self) -> Any:
        return BriefContactImportSerializer if self.action == "list" else ContactImportSerializer

    @extend_schema(request=None, responses={201: ContactImportSerializer})
    def create(self, request: Request) -> Response:
        """Begin a dry run over all contacts in Xero

        It is read in the background: look again until `stage` is `ready`. Nothing is written before `confirm`.
        """
        run = contact_import.start(live(), self.user)
        response = self.show(run, HTTPStatus.CREATED)
        response["Location"] = request.build_absolute_uri(
            reverse("accounting-api:contact-import-detail", args=[run.pk])
        )
        return response

    @extend_schema(request=PersonRuleInput)
    @action(detail=True, methods=["post"], url_path="person-rule")
    def person_rule(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Choose who is taken for a person

        `people` shows how many people and companies each rule would make.
        """
        return self.show(contact_import.use_person_rule(self.get_object(), self.given(PersonRuleInput)["person_rule"]))

    @extend_schema(request=ChooseManyInput, responses=CountSerializer)
    @action(detail=True, methods=["post"], url_path="choose")
    def choose_many(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Import all that were skipped for one reason after all, or leave them out."""
        given = self.given(ChooseManyInput)
        choice = ImportRow.Choice.CREATE if given["after_all"] else ImportRow.Choice.LEAVE
        return Response({"count": contact_import.choose_many(self.get_object(), given["reason"], choice)})

    @extend_schema(request=None, responses={202: ContactImportSerializer})
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Write what the dry run says

        In the background. Whoever is not decided about stays out.
        """
        return self.show(contact_import.confirm(self.get_object(), self.user), HTTPStatus.ACCEPTED)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """End an import before anything is written."""
        return self.show(contact_import.stop(self.get_object()))


class ImportRowViewSet(Readable):
    queryset = ImportRow.objects.all()
    serializer_class = ImportRowSerializer
    filterset_class = ImportRowFilter
    cursor_fields = ("id",)
    tag = "Accounting"
    permissions = {"list": MAP, "retrieve": MAP, "choose": MAP}

    def get_queryset(self) -> Any:
        return ImportRow.objects.select_related("contact_import")

    @extend_schema(request=ChooseRowInput)
    @action(detail=True, methods=["post"])
    def choose(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Decide what becomes of one contact

        `link` also needs `party`, one of its `candidates`.
        """
        given = self.given(ChooseRowInput)
        return self.show(contact_import.choose(self.get_object(), given["choice"], given.get("party")))
