"""The page and the API of the comparison: who sees it, who asks Xero, who may put it right."""

import pytest

from accounting_sync.models import Reconciliation
from accounting_sync.sandbox.faults import Fault
from tests.journeys.stock import open_stock, s01
from tests.workshop.api.calls import get, got, post
from tests.workshop.api.conftest import owner, signed_in  # noqa: F401
from workshop.models import StockJournal

HOME = "/accounting/reconciliation/"


@pytest.fixture
def unsent(connection, books, time_machine):
    time_machine.move_to("2026-07-19T22:00:00Z", tick=False)
    open_stock(books)
    s01()
    return connection


def text(answer):
    return " ".join(answer.content.decode().split())


def test_comparing_shows_the_difference_with_its_documents(unsent, accountant):
    page = text(accountant.post(f"{HOME}compare/", {"as_at": "2026-07-20"}, follow=True))

    assert "Differs by 46.65, all of it explained" in page
    assert "Not in Xero yet" in page
    assert "COGS for invoice INV 1008: 34.40" in page
    assert "Agrees to the cent" in page  # work in progress


def test_the_months_are_listed_with_what_was_found_last_in_each(unsent, accountant):
    for day in ("2026-06-30", "2026-07-19", "2026-07-20"):
        accountant.post(f"{HOME}compare/", {"as_at": day})

    page = text(accountant.get(HOME))

    assert ("?as_at=2026-06-30" in page, "?as_at=2026-07-20" in page, "?as_at=2026-07-19" in page) == (
        True,
        True,
        False,
    )


def test_when_xero_is_away_nothing_is_kept_and_it_is_said(unsent, accountant, xero):
    xero.faults.add(Fault("offline", path="TrialBalance"))

    page = text(accountant.post(f"{HOME}compare/", {}, follow=True))

    assert "try again in a minute" in page
    assert Reconciliation.objects.count() == 0


def test_a_manager_sees_it_and_posts_no_correction(unsent, manager, accountant):
    accountant.post(f"{HOME}compare/", {})
    one = Reconciliation.objects.get(account="stock")
    Reconciliation.objects.update(proposed=5)

    assert "/correct/" not in text(manager.get(HOME))
    assert manager.post(f"{HOME}{one.pk}/correct/").status_code == 403
    assert "/correct/" in text(accountant.get(HOME))


def test_a_technician_sees_nothing_of_it(unsent, technician):
    assert technician.get(HOME).status_code == 403


def test_a_program_compares_reads_and_corrects(unsent, owner):  # noqa: F811
    stock, wip = post(owner, "accounting/reconciliation/", as_at="2026-07-20")
    assert (stock["account"], stock["difference"], len(stock["entries"]), wip["difference"]) == (
        "stock",
        "46.65",
        2,
        "0.00",
    )
    assert [one["id"] for one in get(owner, "accounting/reconciliation/")] == [stock["id"], wip["id"]]

    Reconciliation.objects.filter(pk=stock["id"]).update(proposed=5)
    assert post(owner, f"accounting/reconciliation/{stock['id']}/correct/")["proposed"] == "0.00"
    assert StockJournal.objects.get(kind="correcting").amount == 5
    got(owner.post(f"/api/v1/accounting/reconciliation/{stock['id']}/correct/", {}, format="json"), 409)
