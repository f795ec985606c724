from django.urls import URLPattern, URLResolver, path

from accounting_sync import buttons, consent, contact_views, export_run_views, panels, switches, views, webhook
from accounting_sync.reconciliation import pages
from accounting_sync.tieout import pages as tie_out

app_name = "accounting"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.connection_page, name="connection"),
    path("connect/", consent.connect, name="connect"),
    path("callback/", consent.callback, name="callback"),
    path("disconnect/", views.disconnect, name="disconnect"),
    path("pause/", views.pause, name="pause"),
    path("resume/", views.resume, name="resume"),
    path("reload/", views.reload, name="reload"),
    path("start-date/", views.start_date, name="start-date"),
    path("earlier-documents/", export_run_views.earlier_documents, name="earlier-documents"),
    path("earlier-documents/pause/", export_run_views.pause_export, name="pause-export"),
    path("earlier-documents/resume/", export_run_views.resume_export, name="resume-export"),
    path("resync/", export_run_views.resync, name="resync"),
    path("schedule/", views.schedule, name="schedule"),
    path("switches/", switches.switch, name="switches"),
    path("catch-up/", switches.post_kept_back, name="catch-up"),
    path("reconciliation/", pages.reconciliation_page, name="reconciliation"),
    path("reconciliation/compare/", pages.compare_now, name="compare"),
    path("reconciliation/<int:pk>/correct/", pages.post_correction, name="correct"),
    path("tie-out/", tie_out.tie_out_page, name="tie-out"),
    path("tie-out/now/", tie_out.tie_out_now, name="tie-out-now"),
    path("tie-out/differences.csv", tie_out.tie_out_file, name="tie-out-file"),
    path("tie-out/differences/<int:pk>/<str:name>/", tie_out.cure, name="tie-out-cure"),
    path("mappings/", views.mappings, name="mappings"),
    path("mappings/<str:key>/create/", views.create_account, name="create-account"),
    path("contacts/", contact_views.contacts, name="contacts"),
    path("contacts/rule/", contact_views.contact_rule, name="contact-rule"),
    path("contacts/import/", contact_views.start_import, name="import-start"),
    path("contacts/import/<int:pk>/", contact_views.import_page, name="import"),
    path("contacts/import/<int:pk>/rows/<int:row_pk>/", contact_views.decide_row, name="import-row"),
    path("contacts/import/<int:pk>/include/", contact_views.include, name="import-include"),
    path("contacts/import/<int:pk>/person-rule/", contact_views.person_rule, name="import-person-rule"),
    path("contacts/import/<int:pk>/confirm/", contact_views.confirm, name="import-confirm"),
    path("contacts/import/<int:pk>/stop/", contact_views.stop, name="import-stop"),
    path("contacts/import/<int:pk>/go-on/", contact_views.go_on, name="import-go-on"),
    path("panel/<str:kind>/<int:object_id>/", panels.panel, name="panel"),
    path("preview/<str:kind>/<int:object_id>/", panels.preview_page, name="preview"),
    path("records/<int:pk>/", panels.record_page, name="record"),
    path("records/<int:pk>/<str:name>/", buttons.decide, name="decide"),
    path("webhook/", webhook.webhook, name="webhook"),
]
