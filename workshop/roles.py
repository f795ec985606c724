"""Who may do what: the roles of a garage as groups of permissions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import Group, Permission

VIEWED = """customer party vehicle job jobline quote quoteline part invoice invoiceline payment creditnote
    creditnoteline creditallocation deposit refund phonenumber address ownership odometerreading
    location barcode suppliercode pricerule priceband stockpool stocklevel stockmovement joblot stockadjustment
    stocktake stocktakeline stocktransfer stocktransferline workorder workorderline kitcomponent
    supplier purchaseorder purchaseline receipt receiptline bill billline suppliercredit suppliercreditline
    suppliercreditallocation"""
VIEW_ALL = [f"view_{model}" for model in VIEWED.split()]
PRICES = ["see_prices", "see_contact_details"]
COSTS = ["see_costs"]
FRONT_DESK = [
    *(
        f"{verb}_{model}"
        for model in ["customer", "party", "vehicle", "job", "jobline", "quote", "quoteline"]
        for verb in ("add", "change")
    ),
    *(
        f"{verb}_{model}"
        for model in ["phonenumber", "address", "ownership", "odometerreading"]
        for verb in ("add", "change", "delete")
    ),
    "delete_jobline",
    "delete_quoteline",
    "move_job",
    "invoice_job",
    "email_invoice",
    "add_payment",
    "add_deposit",
]
MONEY_BACK = [
    "void_invoice",
    "change_invoice",
    "reverse_payment",
    "add_creditnote",
    "change_creditnote",
    "add_creditallocation",
    "add_refund",
    "reverse_refund",
]
JOURNALS = ["view_stockjournal"]
PARTS = [
    *(
        f"{verb}_{model}"
        for model in ["part", "pricerule", "stocktransfer", "workorder", "stocktake"]
        for verb in ("add", "change")
    ),
    "add_stockadjustment",
    "count_stock",
    "finalise_stocktake",
]
PLACES = ["add_location", "change_location"]
REVALUE = ["revalue_stock", "backdate_invoice", *JOURNALS]
ASK_FOR_PARTS = ["add_purchaseline"]
ORDER = [*ASK_FOR_PARTS, "add_purchaseorder", "change_purchaseorder"]
USE_CREDIT = ["add_suppliercreditallocation"]
BUY = [*ORDER, "add_supplier", "change_supplier", "add_receipt", "finalise_purchase", "add_suppliercredit",
       *USE_CREDIT]  # fmt: skip
SETTINGS = [
    *(
        f"{verb}_{model}"
        for model in ["organisation", "taxrate", "paymentmethod", "numbersequence"]
        for verb in ("view", "add", "change")
    ),
    "view_devicetoken",
    "delete_devicetoken",
]
USERS = ["view_user", "add_user", "change_user", "view_group"]

ROLES: dict[str, list[str]] = {
    "Owner": [*VIEW_ALL, *PRICES, *COSTS, *FRONT_DESK, *MONEY_BACK, *PARTS, *PLACES, *BUY, *REVALUE,
              *SETTINGS, *USERS],
    "Manager": [*VIEW_ALL, *PRICES, *COSTS, *FRONT_DESK, *MONEY_BACK, *PARTS, *PLACES, *BUY, *JOURNALS],
    "Advisor": [*VIEW_ALL, *PRICES, *FRONT_DESK, *ORDER],
    "Parts": [*VIEW_ALL, *PARTS, *BUY, "add_jobline", "change_jobline", *COSTS],
    "Technician": ["view_customer", "view_vehicle", "view_job", "view_jobline", "view_part", "move_job",
                   "add_odometerreading", "view_location", "view_stockpool", "view_stocklevel", "view_stocktake",
                   "view_stocktakeline", "count_stock", *ASK_FOR_PARTS],
    "Accountant": [
        *VIEW_ALL, *PRICES, *COSTS, "add_payment", "reverse_payment", "add_creditnote", "change_creditnote",
        "add_creditallocation", "change_invoice", "add_deposit", "add_refund", "reverse_refund", *REVALUE, *USE_CREDIT,
        "view_organisation", "view_taxrate", "view_paymentmethod", "view_numbersequence",
    ],
    "Read-only": VIEW_ALL,
}  # fmt: skip


def grant(app_labels: Iterable[str], roles: Mapping[str, Iterable[str]]) -> None:
    """Make each role's group hold exactly these permissions of these apps; others' are left alone."""
    permissions = Permission.objects.filter(content_type__app_label__in=app_labels)
    by_codename = {permission.codename: permission for permission in permissions}
    for role, codenames in roles.items():
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.remove(*permissions)
        group.permissions.add(*(by_codename[codename] for codename in codenames))


def create_groups(**_: Any) -> None:
    """Run after each migration, so that the groups follow the code."""
    grant(["workshop", "auth"], ROLES)
