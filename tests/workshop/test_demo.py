"""The demo garage: what a newcomer finds, in three countries."""

from decimal import Decimal

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from workshop import demo, sales
from workshop.models import (
    Bill,
    Customer,
    Invoice,
    Job,
    NumberSequence,
    Organisation,
    PurchaseOrder,
    Receipt,
    Supplier,
    TaxRate,
    Vehicle,
)
from workshop.purchasing import crediting


@pytest.fixture
def garage(db):
    return demo.furnish()


def numbers():
    return {sequence.series: sequence.formatted() for sequence in NumberSequence.objects.all()}


def test_the_board_has_a_job_in_every_state(garage):
    assert set(Job.objects.values_list("status", flat=True)) == set(Job.Status.values)
    assert (Customer.objects.count(), Vehicle.objects.count()) == (25, 35)


def test_jo_keas_job_is_ready_and_becomes_the_invoice_of_the_first_story(garage):
    job = Job.objects.get(vehicle__rego="KLM123")
    assert (job.number, job.status, str(job.customer)) == ("482", Job.Status.COMPLETED, "Jo Kea")
    invoice = sales.issue_invoice(job)
    assert (invoice.number, invoice.reference) == ("INV 1008", "KLM123")
    assert (invoice.subtotal, invoice.tax_total, invoice.total) == (
        Decimal("275.50"),
        Decimal("41.33"),
        Decimal("316.83"),
    )


def test_past_invoices_are_paid_part_paid_and_owed(garage):
    assert list(Invoice.objects.order_by("id").values_list("number", "status")) == [
        ("INV 1001", "paid"),
        ("INV 1002", "part_paid"),
        ("INV 1003", "paid"),
        ("INV 1004", "issued"),
        ("INV 1005", "paid"),
        ("INV 1006", "paid"),
        ("INV 1007", "issued"),
    ]


@pytest.mark.parametrize("username", ["owner", "manager", "technician", "accountant"])
def test_everybody_signs_in_with_the_printed_password(garage, username):
    user = authenticate(username=username, password=demo.PASSWORD)
    assert [group.name for group in user.groups.all()] == [username.capitalize()]
    assert user.is_staff is (username != "technician")


def test_a_second_run_changes_nothing(garage, capsys):
    jobs, numbered = Job.objects.count(), numbers()
    call_command("demo")
    assert (Job.objects.count(), numbers()) == (jobs, numbered)
    assert capsys.readouterr().out == (
        "Kauri Motors, New Zealand: as you left it\n"
        "Sign in as owner, manager, technician, accountant; the password of each is workshop-demo\n"
    )


def test_half_a_demo_garage_is_none(db, monkeypatch):
    def power_cut(diary):  # the machine is the system's edge
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(demo, "today_and_tomorrow", power_cut)
        with pytest.raises(KeyboardInterrupt):
            demo.furnish()
    assert not Organisation.objects.exists()
    assert demo.furnish().name == "Kauri Motors"


def test_a_garage_of_ones_own_is_left_alone_and_no_login_is_printed(db, capsys):
    Organisation.objects.create(pk=1, name="Rimu Autos")
    call_command("demo")
    assert not Job.objects.exists()
    assert capsys.readouterr().out == "Rimu Autos, New Zealand: as you left it\n"


def test_another_country_over_a_garage_is_refused(garage):
    with pytest.raises(CommandError, match=r"Kauri Motors, New Zealand, is here already\. Use an empty database\."):
        call_command("demo", country="GB")


@pytest.mark.parametrize(
    ("country", "name", "currency", "rate", "total"),
    [
        ("AU", "Wattle Autos", "AUD", "GST 10%", "303.05"),
        ("GB", "Oak Garage Ltd", "GBP", "VAT 20%", "330.60"),
    ],
)
def test_a_garage_in_another_country(db, country, name, currency, rate, total):
    garage = demo.furnish(country)
    assert (garage.name, garage.currency, TaxRate.objects.get(is_default=True, use="sales").name) == (
        name,
        currency,
        rate,
    )
    assert sales.issue_invoice(Job.objects.get(number="482")).total == Decimal(total)


def test_a_british_mot_fee_carries_no_vat(db):
    demo.furnish("GB")
    job = Job.objects.filter(lines__description="MOT inspection", status=Job.Status.COMPLETED).get()
    line = job.lines.get(description="MOT inspection")
    assert (line.tax_rate.percent, line.tax_rate.discountable) == (0, False)


def test_goods_stand_on_the_shelves_in_the_van_and_in_a_count_half_done(garage):
    from workshop.models import StockLevel, StockPool, Stocktake
    from workshop.reports.valuation import stock_valuation
    from workshop.stock.shelf import shelves

    report = stock_valuation()
    assert report.value == sum(pool.value for pool in StockPool.objects.all())
    assert report.flagged == 0
    assert [group.name for group in report.places] == ["Shop", "Van"]
    assert min(level.quantity for level in StockLevel.objects.all()) >= 0
    assert min(shelf.on_hand for shelf in shelves().values()) >= 0
    count = Stocktake.objects.get()
    assert (count.status, count.lines.exclude(counted=None).count(), count.lines.count()) == ("counting", 2, 3)
    assert report.rows[[row.code for row in report.rows].index("KIT SVC")].value == Decimal("46.65")


def test_the_garage_has_bought_something_in_every_state(garage):
    orders = PurchaseOrder.objects.order_by("pk").values_list("number", "status")
    assert list(orders) == [("PO 31", "closed"), ("PO 32", "received"), ("PO 33", "ordered")]
    assert list(Receipt.objects.order_by("pk").values_list("status", flat=True)) == ["finalised", "received"]
    assert Supplier.objects.count() == 2
    assert crediting.cores_outstanding().get().order_line.part.code == "CORE ALT"
    assert "Southern Cross" in str(Bill.objects.get())
