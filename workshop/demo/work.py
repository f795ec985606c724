"""The demo garage's parts and jobs: a past of paid and unpaid invoices, today's board, tomorrow's bookings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User

from workshop import deposits, jobs, sales
from workshop.demo.countries import Place
from workshop.demo.people import odometer
from workshop.models import Customer, Invoice, Job, LineKind, Organisation, Part, PaymentMethod, TaxRate, Vehicle

# code: description, unit, sell price, cost
PARTS = """
OF-1: Oil filter, each, 24.50, 12.25
OF-2: Oil filter (diesel), each, 32.00, 15.80
OIL 5W30: Engine oil 5W-30 full synthetic, L, 14.20, 6.88
OIL 15W40: Engine oil 15W-40 diesel, L, 11.90, 5.10
AF-1: Air filter, each, 38.50, 17.60
CF-1: Cabin filter, each, 42.00, 18.90
FF-1: Fuel filter (diesel), each, 68.00, 33.40
BP-F: Brake pads, front set, 119.00, 58.00
BP-R: Brake pads, rear set, 105.00, 49.50
BR-F: Brake rotor, front, 139.00, 71.00
BF DOT4: Brake fluid DOT 4, L, 22.00, 8.40
BATT 55: Battery 55 Ah, each, 249.00, 142.00
WB-22: Wiper blade 22 inch, each, 27.50, 11.20
BULB H4: Headlamp bulb H4, each, 18.90, 6.30
PLUG IR: Spark plug, iridium, each, 29.00, 13.70
TYRE 195: Tyre 195/65R15, each, 159.00, 96.00
COOL: Coolant concentrate, L, 16.50, 6.90
"""


def add_parts() -> dict[str, Part]:
    rows = [line.split(": ") for line in PARTS.strip().splitlines()]
    return {code: _part(code, *details.rsplit(", ", 3)) for code, details in rows}


def _part(code: str, description: str, unit: str, sell: str, cost: str) -> Part:
    part = Part(code=code, description=description, unit=unit, sell_price=Decimal(sell), cost_price=Decimal(cost))
    part.full_clean()
    part.save()
    return part


Line = tuple[str, str]  # a part's code or what was done; how many or how many hours
INSPECTION: list[Line] = [("{inspection} inspection", "0.5")]
SERVICE: list[Line] = [("Service to the maker's schedule", "1.5"), ("OF-1", "1"), ("OIL 5W30", "5")]
DIESEL: list[Line] = [("Diesel service", "2"), ("OF-2", "1"), ("OIL 15W40", "7.5"), ("FF-1", "1"), ("AF-1", "1")]
BRAKES: list[Line] = [("Replace front pads and rotors", "1.25"), ("BP-F", "1"), ("BR-F", "2"), ("BF DOT4", "0.5")]
BATTERY: list[Line] = [("Test charging system, fit battery", "0.5"), ("BATT 55", "1")]
TYRES: list[Line] = [("Fit and balance tyres", "1"), ("TYRE 195", "4")]
PLUGS: list[Line] = [("Replace spark plugs", "0.75"), ("PLUG IR", "4")]


class Diary:
    """Books jobs for one garage and moves them on through the verbs, as a person at the counter would."""

    def __init__(
        self, place: Place, garage: Organisation, cars: list[Vehicle], parts: dict[str, Part], technician: User
    ) -> None:
        self.place, self.garage, self.cars, self.parts, self.technician = place, garage, cars, parts, technician
        self.methods = list(PaymentMethod.objects.all())
        self.inspection_tax = None if place.inspection_is_taxed else TaxRate.objects.get(percent=0)

    def at(self, days: int, clock: str) -> datetime:
        """A time of day where the garage stands, so many days from its today."""
        return datetime.combine(
            self.garage.today() + timedelta(days=days), time.fromisoformat(clock), tzinfo=self.garage.zone
        )

    def book(self, car: int, concern: str, lines: Iterable[Line], day: int, clock: str, **fields: Any) -> Job:
        vehicle = self.cars[car]
        owner = Customer.objects.get(ownerships__vehicle=vehicle, ownerships__until=None)
        start = self.at(day, clock)
        promised = min(start + timedelta(hours=5), self.at(day, "17:30"))
        fields = {"booked_for": start, "promised_at": promised} | fields
        concern = concern.format(inspection=self.place.inspection)
        job = jobs.book(customer=owner, vehicle=vehicle, concern=concern, technician=self.technician, **fields)
        for what, quantity in lines:
            jobs.add_line(job, **self.line(what, Decimal(quantity)))
        return job

    def line(self, what: str, quantity: Decimal) -> dict[str, Any]:
        if what in self.parts:
            return {"part": self.parts[what], "quantity": quantity}
        description = what.format(inspection=self.place.inspection)
        tax_rate = self.inspection_tax if description != what else None
        return {"kind": LineKind.LABOUR, "description": description, "quantity": quantity, "tax_rate": tax_rate}

    def arrive(self, job: Job, tag: str) -> Job:
        reading = odometer(job.vehicle) if job.vehicle and self.place.odometer_unit == "km" else None
        return jobs.arrive(job, odometer=reading, key_tag=tag)

    def complete(self, job: Job, tag: str = "") -> Job:
        return jobs.complete(jobs.start(self.arrive(job, tag)))

    def invoice(self, job: Job, days_ago: int = 0) -> Invoice:
        return sales.issue_invoice(self.complete(job), date=self.at(-days_ago, "12:00").date())

    def pay(self, invoice: Invoice, amount: Decimal, days_ago: int, method: int = 0) -> None:
        on = self.at(-days_ago, "12:00").date()
        sales.record_payment(invoice, amount=amount, method=self.methods[method], date=on)


# car, concern, lines, days ago
PAST = [
    (5, "Full service, new wipers", [*SERVICE, ("WB-22", "2")], 26),
    (20, "Diesel service", DIESEL, 19),
    (9, "Squeal from the front", BRAKES, 13),
    (30, "Won't start in the morning", BATTERY, 9),
    (13, "Tyres worn", TYRES, 6),
]
# car, concern, lines, days from today, time
BOOKINGS = [
    (12, "Service", SERVICE, 0, "13:00"),
    (28, "{inspection}", INSPECTION, 0, "14:30"),
    (18, "Headlamp out", [("BULB H4", "1")], 0, "15:30"),
    (21, "Van 2: service", DIESEL, 1, "08:00"),
    (3, "Annual check", [("Battery health and brake check", "1")], 1, "08:30"),
    (14, "Brake pads low", BRAKES, 1, "10:00"),
    (33, "{inspection} and service", [*INSPECTION, *SERVICE], 1, "13:00"),
]


def past_weeks(diary: Diary) -> None:
    """Five jobs done and collected: three paid, one part paid, one still owed."""
    for place, (car, concern, lines, days_ago) in enumerate(PAST):
        job = diary.book(car, concern, lines, -days_ago, "08:30")
        invoice = diary.invoice(job, days_ago)
        _in_the_past(jobs.collect(job), days_ago, diary)
        if place in (0, 2, 4):
            diary.pay(invoice, invoice.total, days_ago, method=place // 2)
        elif place == 1:
            diary.pay(invoice, Decimal("150.00"), 2, method=len(diary.methods) - 1)


def _in_the_past(job: Job, days_ago: int, diary: Diary) -> None:
    """The verbs stamp the present; these jobs were done on their own day."""
    clocks = {"arrived_at": "08:25", "started_at": "09:00", "completed_at": "12:10", "collected_at": "16:40"}
    Job.objects.filter(pk=job.pk).update(**{name: diary.at(-days_ago, clock) for name, clock in clocks.items()})


def today_and_tomorrow(diary: Diary) -> None:
    """At least one job in every state. KLM123 is ready: labour, filter and oil, not invoiced yet."""
    _gone(diary)
    _in_progress(diary)
    diary.complete(diary.book(0, "Service, and a rattle over bumps", SERVICE, 0, "09:00"), "A1")
    diary.complete(diary.book(26, "{inspection} and front brakes", [*INSPECTION, *BRAKES], 0, "08:30"), "A2")
    _arrived(diary)
    for booking in BOOKINGS:
        diary.book(*booking)


def _gone(diary: Diary) -> None:
    collected = diary.book(16, "Spark plugs due", PLUGS, 0, "07:30")
    paid = diary.invoice(collected)
    diary.pay(paid, paid.total, 0)
    jobs.collect(collected)
    diary.invoice(diary.book(24, "Six-month service", DIESEL, 0, "07:30"))
    cancelled = diary.book(8, "Cooling fan noisy", [("Find the cause", "1")], 0, "08:00")
    jobs.cancel(cancelled, reason="Sold the car")


def _in_progress(diary: Diary) -> None:
    jobs.start(diary.arrive(diary.book(4, "Service and {inspection}", [*DIESEL, *INSPECTION], 0, "08:30"), "B1"))
    waiting = jobs.start(diary.arrive(diary.book(10, "Shudder when braking", BRAKES, 0, "08:30"), "B2"))
    jobs.edit(waiting, waiting_parts=True)
    gearbox = [("Remove and refit gearbox", "6")]
    away = diary.book(23, "Clutch slips", gearbox, 0, "08:00", promised_at=diary.at(1, "17:00"))
    jobs.add_line(away, kind=LineKind.OUTWORK, description="Machine flywheel", unit_price=Decimal("180.00"))
    jobs.edit(jobs.start(diary.arrive(away, "B3")), at_outwork=True)
    deposits.take_deposit(away, amount=Decimal("200.00"), method=diary.methods[0], reference="T1-2088")


def _arrived(diary: Diary) -> None:
    quoted = diary.arrive(diary.book(2, "Oil leak, and a quote for tyres", SERVICE, 0, "10:00"), "C1")
    lines = [diary.line("Reseal timing cover", Decimal(4)), diary.line("TYRE 195", Decimal(2))]
    jobs.send_quote(jobs.quote(quoted, lines=lines, expires_on=diary.at(14, "12:00").date()))
    jobs.edit(quoted, waiting_approval=True)
    diary.arrive(diary.book(31, "Wipers streak", [("WB-22", "2")], 0, "11:00"), "C2")
