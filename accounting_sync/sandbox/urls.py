"""Xero's own addresses, and the web face beside them."""

from __future__ import annotations

from django.urls import include, path, re_path

from . import views

#: What programs ask for; all of it goes to Xero.handle.
SERVICE = r"^(?:api\.xro/2\.0/|connect/|[Cc]onnections(?:/|$)|\.well-known/|sandbox/faults$)"

urlpatterns = [
    path("identity/connect/authorize", views.authorise, name="authorise"),
    re_path(SERVICE, views.service, name="service"),
    path("", include("accounting_sync.sandbox.web.urls")),
]
