"""axe-core, the accessibility checker, finds nothing serious on the pages people work on, by day and by night."""

import pytest

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="The library axe is not installed.")

PAGES = [
    "/", "/jobs/", "/jobs/new/", "/invoices/", "/customers/", "/customers/new/", "/vehicles/", "/parts/",
    "/search/?q=a", "/purchase-list/", "/orders/", "/bills/", "/suppliers/", "/stock/counts/", "/stock/reports/",
    "/stock/reports/valuation/",
    "/accounting/", "/accounting/mappings/", "/accounting/contacts/", "/accounting/reconciliation/",
    "/accounting/tie-out/", "/accounting/help/", "/accounting/earlier-documents/", "/accounting/items/",
    "/admin/", "/admin/accounting_sync/unresolvederror/", "/admin/accounting_sync/exportqueue/",
    "/admin/accounting_sync/syncrecord/", "/admin/accounting_sync/attempt/", "/admin/workshop/invoice/",
]  # fmt: skip
# Of a record each: the first one its list leads to.
RECORDS = [
    "/jobs/", "/invoices/?show=all", "/customers/", "/parts/", "/orders/", "/bills/",
    "/admin/accounting_sync/syncrecord/",
    "/admin/workshop/invoice/",
]  # fmt: skip
FIRST = "main tbody a[href], #result_list tbody a[href]"


def serious(page):
    """[(rule, the elements)] of what axe-core calls serious or worse."""
    found = axe.Axe().run(page).response["violations"]
    return [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found if _is_serious(each)]


def _is_serious(violation):
    return violation["impact"] in ("serious", "critical")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(owner, scheme):
    owner.invoice_a_job(f"Nina {scheme.title()}")  # a name of its own: two contacts of one name are asked about
    owner.page.emulate_media(color_scheme=scheme)

    found = {}
    owner.follow("Credit and reissue")
    owner.page.get_by_role("button", name="Credit and issue anew").wait_for()
    found[owner.page.url] = serious(owner.page)
    for path in PAGES:
        owner.go(path)
        found[path] = serious(owner.page)
    for path in RECORDS:
        owner.go(path)
        owner.page.locator(FIRST).first.click()
        found[owner.page.url] = serious(owner.page)

    assert {where: what for where, what in found.items() if what} == {}
