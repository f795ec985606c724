"""Random invoices through the real verbs, the real client and the sandbox's own arithmetic: equal to the cent."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounting_sync import directory, setup
from accounting_sync.drain import drain
from accounting_sync.models import Connection, SyncRecord
from accounting_sync.xero.client import Client
from tests.factories import CustomerFactory, PartFactory, a_garage
from workshop import sales
from workshop.errors import InvalidInput
from workshop.models import Invoice, Organisation, TaxRate

QUANTITIES = st.decimals("0.0001", "40", places=4) | st.integers(1, 12).map(Decimal) | st.just(Decimal("0.3333"))
PRICES = st.decimals("0", "2500", places=4) | st.decimals("0", "900", places=2)
PERCENTS = st.sampled_from([Decimal(0), Decimal(10), Decimal("12.5"), Decimal("33.33")])
LINES = st.lists(
    st.fixed_dictionaries(
        {"quantity": QUANTITIES, "unit_price": PRICES, "discount_percent": PERCENTS, "taxed": st.booleans()}
    ),
    min_size=1,
    max_size=40,
)
CHARGES = st.sampled_from(
    [
        {},
        {"freight": Decimal("14.35")},
        {"discount_amount": Decimal("0.05")},
        {"discount_percent": Decimal("7.5")},
        {"freight": Decimal("9.99"), "discount_percent": Decimal("12.5")},
    ]
)
INVOICES = st.lists(st.tuples(LINES, CHARGES), min_size=1, max_size=6)


@pytest.fixture(params=["NZ", "AU", "GB"])
def abroad(request, db, monkeypatch):
    """A garage and its books in that country, connected. Returns the books."""
    from accounting_sync.xero import transport
    from tests.xero import SandboxAdapter, a_xero, connect

    a_garage(request.param)
    xero = a_xero(request.param)
    xero.unlimited = True
    monkeypatch.setattr(transport, "adapter", lambda: SandboxAdapter(xero))
    connection = connect(xero)
    directory.reload(Client(connection))
    setup.propose_mappings(connection)
    return next(iter(xero.organisations.values()))


def sold(customer, part, lines, charges):
    """The invoice, or None where our own verbs refuse it (a discount larger than the invoice)."""
    taxes = {taxed: TaxRate.objects.get(is_default=taxed) for taxed in (True, False)}
    typed = [
        {"part": part, **{name: line[name] for name in ("quantity", "unit_price", "discount_percent")}}
        | {"tax_rate": taxes[line["taxed"]]}
        for line in lines
    ]
    try:
        invoice = sales.sell(customer, typed)
        return sales.edit_invoice(invoice, typed, **charges) if charges else invoice
    except InvalidInput:
        return None


def amounts(remote):
    return remote["SubTotal"], remote["TotalTax"], remote["Total"], remote["AmountDue"]


@pytest.mark.parametrize("mode", ["exclusive", "inclusive", "no_tax"])
@pytest.mark.parametrize("examples", [4, pytest.param(120, marks=pytest.mark.slow)])
def test_our_totals_are_xeros_to_the_cent_and_nothing_is_refused(abroad, mode, examples):
    Organisation.objects.update(tax_mode=mode)
    part, customer = PartFactory(), CustomerFactory()

    @given(INVOICES)
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def all_agree(invoices):
        made = [invoice for lines, charges in invoices if (invoice := sold(customer, part, lines, charges))]
        drain(Connection.objects.get())
        for invoice in Invoice.objects.filter(pk__in=[one.pk for one in made]):
            record = SyncRecord.objects.get(kind="invoice", object_id=invoice.pk)
            assert (record.state, record.message) == ("synced", "")
            ours = (invoice.subtotal, invoice.tax_total, invoice.total, invoice.amount_due)
            assert amounts(abroad.tables["Invoices"][record.remote_id]) == ours

    all_agree()
