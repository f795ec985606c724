"""Addresses of the web face."""

from __future__ import annotations

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from . import acts, deep_links, details, forms, lists, machine, organisation_settings, reports, signing_in


class Section(StringConverter):
    """A list: invoices, bills, contacts …"""

    regex = "|".join(lists.LISTINGS)


class Kind(StringConverter):
    """A section whose documents have a page."""

    regex = "|".join(details.PAGES)


class Acted(StringConverter):
    regex = "|".join(sorted({section for section, _ in acts.ACTS}))


class ActName(StringConverter):
    regex = "|".join(sorted({name for _, name in acts.ACTS}))


class Change(StringConverter):
    regex = "|".join(organisation_settings.CHANGES)


for _name, _converter in (("section", Section), ("kind", Kind), ("acted", Acted), ("act", ActName), ("change", Change)):
    register_converter(_converter, _name)

HERE = "organisations/<str:organisation_id>"

urlpatterns = [
    path("", signing_in.home, name="home"),
    path("sign-in", signing_in.sign_in, name="sign-in"),
    path("sign-out", signing_in.sign_out, name="sign-out"),
    path("calls", machine.calls, name="calls"),
    path("faults", machine.faults, name="faults"),
    path("faults/add", machine.add_fault, name="add-fault"),
    path("faults/clear", machine.clear_faults, name="clear-faults"),
    path("webhooks", machine.webhooks, name="webhooks"),
    path("organisationlogin/default.aspx", deep_links.organisation_login, name="organisation-login"),
    path("Journal/View.aspx", deep_links.journal, name="journal-link"),
    path(HERE, reports.overview, name="overview"),
    path(f"{HERE}/contacts/new", forms.new_contact, name="new-contact"),
    path(f"{HERE}/invoices/new", forms.new_invoice, name="new-invoice"),
    path(f"{HERE}/accounts", reports.accounts, name="accounts"),
    path(f"{HERE}/accounts/<str:account_id>", reports.account, name="account"),
    path(f"{HERE}/trial-balance", reports.trial_balance, name="trial-balance"),
    path(f"{HERE}/settings", organisation_settings.settings_page, name="settings"),
    path(f"{HERE}/settings/<change:name>", organisation_settings.change, name="change-settings"),
    path(f"{HERE}/<section:section>", lists.listing_page, name="list"),
    path(f"{HERE}/<kind:section>/<str:document_id>", details.detail, name="detail"),
    path(f"{HERE}/<acted:section>/<str:document_id>/<act:name>", acts.act, name="act"),
]
