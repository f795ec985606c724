from django.urls import path
from rest_framework.routers import SimpleRouter

from accounting_sync.api.views.connection import ConnectionViewSet, MappingViewSet, NewAccountViewSet, QueueViewSet
from accounting_sync.api.views.contacts import ContactImportViewSet, ImportRowViewSet
from accounting_sync.api.views.export_runs import ExportRunViewSet
from accounting_sync.api.views.items import XeroItemViewSet
from accounting_sync.api.views.reconciliation import ReconciliationViewSet
from accounting_sync.api.views.records import AttemptViewSet, SyncRecordViewSet
from accounting_sync.api.views.tie_out import TieOutDifferenceViewSet, TieOutViewSet

app_name = "accounting-api"
router = SimpleRouter(use_regex_path=False)
router.register("records", SyncRecordViewSet, "record")
router.register("attempts", AttemptViewSet, "attempt")
router.register("contact-imports", ContactImportViewSet, "contact-import")
router.register("tie-outs", TieOutViewSet, "tie-out")
router.register("tie-out-differences", TieOutDifferenceViewSet, "tie-out-difference")
router.register("items", XeroItemViewSet, "item")
router.register("contact-import-rows", ImportRowViewSet, "contact-import-row")

urlpatterns = [
    path("connection/", ConnectionViewSet.as_view({"get": "current"}), name="connection"),
    path("connection/disconnect/", ConnectionViewSet.as_view({"post": "disconnect"}), name="disconnect"),
    path("connection/pause/", ConnectionViewSet.as_view({"post": "pause"}), name="pause"),
    path("connection/resume/", ConnectionViewSet.as_view({"post": "resume"}), name="resume"),
    path("connection/reload/", ConnectionViewSet.as_view({"post": "reload"}), name="reload"),
    path("connection/start-date/", ConnectionViewSet.as_view({"post": "start_date"}), name="start-date"),
    path(
        "connection/invoice-options/",
        ConnectionViewSet.as_view({"post": "invoice_options"}),
        name="invoice-options",
    ),
    path("connection/schedule/", ConnectionViewSet.as_view({"post": "schedule"}), name="schedule"),
    path("connection/switches/", ConnectionViewSet.as_view({"post": "switches"}), name="switches"),
    path("connection/catch-up/", ConnectionViewSet.as_view({"post": "catch_up"}), name="catch-up"),
    path("connection/contact-rule/", ConnectionViewSet.as_view({"post": "contact_rule"}), name="contact-rule"),
    path("export-run/", ExportRunViewSet.as_view({"get": "latest", "post": "resync"}), name="export-run"),
    path("export-run/pause/", ExportRunViewSet.as_view({"post": "pause"}), name="pause-export"),
    path("export-run/resume/", ExportRunViewSet.as_view({"post": "resume"}), name="resume-export"),
    path("reconciliation/", ReconciliationViewSet.as_view({"get": "latest", "post": "compare"}), name="reconciliation"),
    path("reconciliation/<int:pk>/correct/", ReconciliationViewSet.as_view({"post": "correct"}), name="correct"),
    path("mappings/", MappingViewSet.as_view({"get": "all", "patch": "choose"}), name="mappings"),
    path("mappings/<str:key>/create/", NewAccountViewSet.as_view({"post": "create_account"}), name="create-account"),
    path("queue/", QueueViewSet.as_view({"get": "summary"}), name="queue"),
    *router.urls,
]
