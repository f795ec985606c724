from django.apps import apps
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from workshop.admin.sign_in import to_sign_in
from workshop.api.views.documentation import NothingHere

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/login/", to_sign_in),
    path("admin/", admin.site.urls),
    path("api/v1/", include("workshop.api.urls")),
    path("", include("workshop.manager.urls")),
]
if apps.is_installed("accounting_sync"):
    urlpatterns += [
        path("accounting/", include("accounting_sync.urls")),
        path("api/v1/accounting/", include("accounting_sync.api.urls")),
    ]
urlpatterns.append(re_path(r"^api/(.*/)?$", NothingHere.as_view()))  # last: whatever the API has was found above
