"""The office: everything the garage holds, for managers at a desk and for the accountant."""

from django.contrib import admin

from workshop.admin import (
    accounts,
    background,
    credit_notes,
    customers,
    deposits,
    devices,
    invoices,
    jobs,
    parts,
    payments,
    purchasing,
    settings,
    stock,
    vehicles,
)

admin.site.index_title = "How it stands"

__all__ = [
    "accounts",
    "background",
    "credit_notes",
    "customers",
    "deposits",
    "devices",
    "invoices",
    "jobs",
    "parts",
    "payments",
    "purchasing",
    "settings",
    "stock",
    "vehicles",
]
