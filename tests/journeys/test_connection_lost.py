from decimal import Decimal

from accounting_sync import setup
from accounting_sync.drain import drain
from accounting_sync.models import Mapping
from accounting_sync.sandbox.faults import Fault
from tests.factories import PaymentMethodFactory, an_invoice
from tests.journeys.conftest import record_of, s01_invoice
from tests.xero import connect
from workshop import sales


def test_a_revoked_consent_loses_nothing_and_reconnecting_resumes_where_it_stopped(connection, books, xero):
    first = s01_invoice()
    drain(connection)
    xero.faults.add(Fault("revoked", "PUT", "Invoices"))
    second = an_invoice()

    drain(connection)

    connection.refresh_from_db()
    assert (connection.status, connection.cause) == ("reconnect", "forbidden")
    assert record_of("invoice", second).state == "pending"

    again = connect(xero, books)
    drain(again)
    assert again.pk == connection.pk
    assert [record_of("invoice", invoice).state for invoice in (first, second)] == ["synced", "synced"]
    assert len(books.tables["Invoices"]) == 2


def test_an_expired_token_is_renewed_once_in_the_middle_of_a_batch(connection, books, xero):
    invoice = s01_invoice()
    xero.faults.add(Fault("expired", "PUT", "Invoices"))

    drain(connection)

    assert record_of("invoice", invoice).state == "synced"
    assert len(books.tables["Invoices"]) == 1


def test_a_token_of_half_an_hour_ago_is_renewed_before_it_is_used(connection, books, sync):
    s01_invoice()

    sync(connection, minutes=45)

    assert len(books.tables["Invoices"]) == 1
    assert connection.token_version == 2


def test_an_unmapped_payment_method_makes_no_call_and_goes_by_itself_once_mapped(connection, books):
    cheque = PaymentMethodFactory(name="Cheque")
    invoice = s01_invoice()
    payment = sales.record_payment(invoice, amount=Decimal("316.83"), method=cheque)

    drain(connection)

    record = record_of("payment", payment)
    assert (record.state, record.code, record.attempts.count()) == ("waiting", "mapping", 0)
    assert "payments by Cheque" in record.message

    account = connection.accounts.get(code="606")
    setup.choose(connection, {("payment", str(cheque.pk)): account.account_id})
    drain(connection)
    record.refresh_from_db()
    assert record.state == "synced"


def test_an_account_archived_in_xero_waits_with_its_cure(connection, books):
    Mapping.objects.filter(connection=connection, subject="account", key="labour").update(value="999")
    invoice = s01_invoice()

    drain(connection)

    record = record_of("invoice", invoice)
    assert (record.state, record.code) == ("waiting", "account_invalid")
    assert "Account code '999' is not a valid code for this document." in record.message


def test_one_bad_invoice_in_a_batch_does_not_sink_the_others(connection, books):
    good = [an_invoice() for _ in range(3)]
    bad = an_invoice([{"description": "Outwork", "kind": "outwork", "unit_price": Decimal("10")}])
    Mapping.objects.filter(connection=connection, key="outwork").update(value="999")

    drain(connection)

    assert [record_of("invoice", invoice).state for invoice in [*good, bad]] == ["synced"] * 3 + ["waiting"]
    assert len(books.tables["Invoices"]) == 3
