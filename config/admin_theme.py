"""How the office (the admin) looks, and its menu in the shop's words."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

# The same teal as the shop's own pages, so that the office is felt to be next door.
TEAL = {
    "50": "oklch(97.8% .012 214)",
    "100": "oklch(94.5% .026 213)",
    "200": "oklch(89% .05 213)",
    "300": "oklch(81.5% .08 213)",
    "400": "oklch(77% .1 213)",
    "500": "oklch(69% .105 214)",
    "600": "oklch(48.5% .083 216)",
    "700": "oklch(42.5% .072 217)",
    "800": "oklch(36.5% .06 218)",
    "900": "oklch(31.5% .05 219)",
    "950": "oklch(24% .04 220)",
}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Office",
    "SITE_HEADER": "Office and accounts",
    "SITE_SUBHEADER": "The workshop's books",
    "SITE_URL": "/",
    "SITE_ICON": lambda request: static("workshop/favicon.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("workshop/favicon.svg")}],
    "STYLES": [lambda request: static("workshop/office.css")],
    "SCRIPTS": [lambda request: static("workshop/office.js")],
    "COLORS": {"primary": TEAL},
    "BORDER_RADIUS": "8px",
    "SHOW_VIEW_ON_SITE": True,
    "SHOW_BACK_BUTTON": True,
    "COMMAND": {"search_models": ["workshop.invoice", "workshop.customer", "workshop.vehicle", "workshop.job"]},
    "DASHBOARD_CALLBACK": "config.admin_theme.dashboard",
    "SIDEBAR": {
        "show_search": False,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "config.admin_theme.navigation",
    },
}

# title, icon, the changelist it opens, the permission to see it
Item = tuple[str, str, str, str]
SHOP: list[Item] = [
    ("Customers", "group", "workshop_customer", "workshop.view_customer"),
    ("Vehicles", "directions_car", "workshop_vehicle", "workshop.view_vehicle"),
    ("Jobs", "build", "workshop_job", "workshop.view_job"),
    ("Quotes", "request_quote", "workshop_quote", "workshop.view_quote"),
    ("Parts", "inventory_2", "workshop_part", "workshop.view_part"),
]
STOCK: list[Item] = [
    ("Stock", "warehouse", "workshop_stockpool", "workshop.view_stockpool"),
    ("Movements", "swap_vert", "workshop_stockmovement", "workshop.view_stockmovement"),
    ("Adjustments", "tune", "workshop_stockadjustment", "workshop.view_stockadjustment"),
    ("Stocktakes", "checklist", "workshop_stocktake", "workshop.view_stocktake"),
    ("Transfers", "local_shipping", "workshop_stocktransfer", "workshop.view_stocktransfer"),
    ("Work orders", "construction", "workshop_workorder", "workshop.view_workorder"),
    ("Bought for jobs", "assignment", "workshop_joblot", "workshop.view_joblot"),
    ("Stock journals", "menu_book", "workshop_stockjournal", "workshop.view_stockjournal"),
    ("Locations", "location_on", "workshop_location", "workshop.view_location"),
]
BUYING: list[Item] = [
    ("Suppliers", "storefront", "workshop_supplier", "workshop.view_supplier"),
    ("Purchase orders", "shopping_cart", "workshop_purchaseorder", "workshop.view_purchaseorder"),
    ("Goods received", "inventory", "workshop_receipt", "workshop.view_receipt"),
    ("Bills", "request_page", "workshop_bill", "workshop.view_bill"),
    ("Supplier credits", "assignment_return", "workshop_suppliercredit", "workshop.view_suppliercredit"),
]
MONEY: list[Item] = [
    ("Invoices", "receipt_long", "workshop_invoice", "workshop.view_invoice"),
    ("Payments", "payments", "workshop_payment", "workshop.view_payment"),
    ("Deposits", "savings", "workshop_deposit", "workshop.view_deposit"),
    ("Refunds", "currency_exchange", "workshop_refund", "workshop.view_refund"),
    ("Credit notes", "undo", "workshop_creditnote", "workshop.view_creditnote"),
]
ACCOUNTING: list[Item] = [
    ("Unresolved errors", "error", "accounting_sync_unresolvederror", "accounting_sync.view_syncrecord"),
    ("Export queue", "schedule_send", "accounting_sync_exportqueue", "accounting_sync.view_syncrecord"),
    ("Not sent", "do_not_disturb_on", "accounting_sync_skipped", "accounting_sync.view_syncrecord"),
    ("In Xero", "task_alt", "accounting_sync_inxero", "accounting_sync.view_syncrecord"),
    ("Import and export history", "history", "accounting_sync_attempt", "accounting_sync.view_attempt"),
    ("Messages we do not know yet", "help", "accounting_sync_unknownmessage", "accounting_sync.view_syncrecord"),
]
SETTINGS: list[Item] = [
    ("The garage", "garage", "workshop_organisation", "workshop.view_organisation"),
    ("Tax rates", "percent", "workshop_taxrate", "workshop.view_taxrate"),
    ("Payment methods", "credit_card", "workshop_paymentmethod", "workshop.view_paymentmethod"),
    ("Numbering", "tag", "workshop_numbersequence", "workshop.view_numbersequence"),
    ("People", "badge", "auth_user", "auth.view_user"),
    ("Roles", "shield_person", "auth_group", "auth.view_group"),
    ("Devices", "smartphone", "workshop_devicetoken", "workshop.view_devicetoken"),
    ("Background work", "settings_suggest", "django_q_schedule", "django_q.view_schedule"),
]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Only what the person may open; the number of errors stands beside its item."""
    groups = [("Workshop", SHOP), ("Stock", STOCK), ("Buying", BUYING), ("Money", MONEY)]
    if apps.is_installed("accounting_sync"):
        groups.append(("Xero", ACCOUNTING))
    groups.append(("Settings", SETTINGS))
    menu: list[dict[str, Any]] = [
        {"title": name, "separator": name != "Workshop", "items": _items(request, items)} for name, items in groups
    ]
    if apps.is_installed("accounting_sync"):
        _add_accounting(request, next(group for group in menu if group["title"] == "Xero")["items"])
    return [group for group in menu if group["items"]]


def _items(request: HttpRequest, items: list[Item]) -> list[dict[str, Any]]:
    return [
        {"title": name, "icon": icon, "link": reverse(f"admin:{model}_changelist")}
        for name, icon, model, permission in items
        if request.user.has_perm(permission)
    ]


def _add_accounting(request: HttpRequest, items: list[dict[str, Any]]) -> None:
    from accounting_sync.pages.banner import unresolved_count  # noqa: PLC0415 (it may not be installed)

    count = unresolved_count(request)
    if items and count:
        items[0]["badge"] = f"{count:,}"
    if request.user.has_perm("accounting_sync.view_connection"):
        items.append({"title": "Connection", "icon": "cable", "link": reverse("accounting:connection")})
        items.append({"title": "Tie-out", "icon": "rule", "link": reverse("accounting:tie-out")})
        items.append({"title": "Reconciliation", "icon": "balance", "link": reverse("accounting:reconciliation")})
    if request.user.has_perm("accounting_sync.map_accounting"):
        items.append({"title": "Contacts and their import", "icon": "contacts", "link": reverse("accounting:contacts")})


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    if apps.is_installed("accounting_sync") and request.user.has_perm("accounting_sync.view_syncrecord"):
        from accounting_sync.admin.dashboard import summary  # noqa: PLC0415 (it may not be installed)

        context["accounting"] = summary()
    return context
