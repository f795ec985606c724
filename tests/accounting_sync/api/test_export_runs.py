"""Earlier documents and a changed mapping, driven by a program."""

from datetime import date

from accounting_sync.drain import drain
from accounting_sync.models import Connection
from tests.factories import an_invoice
from tests.workshop.api.calls import get, post

RUN = "accounting/export-run/"


def test_an_earlier_start_date_is_followed_until_it_is_through(owner, connection, time_machine):
    time_machine.move_to("2026-07-19T22:00:00Z", tick=False)
    Connection.objects.update(start_date=date(2026, 7, 1))
    connection.refresh_from_db()
    an_invoice(date=date(2026, 6, 15))
    drain(connection)

    post(owner, "accounting/connection/start-date/", start_date="2026-06-01")
    run = get(owner, RUN)
    assert [run[name] for name in ("purpose", "from_day", "total", "done")] == ["history", "2026-06-01", 1, 0]

    drain(Connection.objects.get())
    assert get(owner, RUN)["done"] == 1


def test_everything_is_asked_to_be_booked_again_paused_and_resumed(owner, connection):
    assert post(owner, RUN, 201)["purpose"] == "resync"
    assert post(owner, f"{RUN}pause/", 200)["paused_at"] is not None
    assert post(owner, f"{RUN}resume/", 200)["paused_at"] is None
    assert post(owner, RUN, 409)["detail"] == "Documents are on their way already. Wait until those are through."


def test_before_the_first_there_is_none(owner, connection):
    get(owner, RUN, 404)
