"""The garage in a process of its own: set up once, then told by name what to do. Prints one JSON line."""

import json
import os
import signal
import sys
import time
import traceback
from datetime import UTC, datetime
from decimal import Decimal

import django

PATIENCE = 150  # seconds until everything must have arrived; a dead worker's renewal of tokens alone holds 40


def set_up(url):
    """Migrations, a garage with its stock, and a real consent at the sandbox."""
    from django.core.management import call_command

    from accounting_sync import connections, directory, setup
    from accounting_sync.models import Connection
    from accounting_sync.xero import oauth
    from accounting_sync.xero.client import Client
    from tests.factories import a_garage, stocked
    from tests.sandbox.running import Running

    call_command("migrate", verbosity=0)
    a_garage()
    stocked("OF-1", 8_000, "98000.00")
    stocked("OIL 5W30", 60_000, "412800.00")
    consent = Running(url, None).consent(redirect=oauth.redirect_uri(), scope=" ".join(oauth.SCOPES))
    connection = connections.connect(consent["code"])
    directory.reload(Client(connection))
    setup.propose_mappings(connection)
    setup.switch(connection, purchases=False, journals=True)
    Connection.objects.update(start_date=None)
    return connection.tenant_id


def a_sale(number):
    """Story S01's invoice for a new customer, with its two journals; some of it paid, a little of it credited."""
    from workshop import credits, people, sales
    from workshop.models import Part, PaymentMethod

    jo = people.add_customer(first_name="Jo", last_name=f"Kea{number}")
    lines = [
        {"description": "Labour", "quantity": Decimal("1.5"), "unit_price": Decimal("120.00")},
        {"part": Part.objects.get(code="OF-1"), "quantity": Decimal(1), "unit_price": Decimal("24.50")},
        {"part": Part.objects.get(code="OIL 5W30"), "quantity": Decimal(5), "unit_price": Decimal("14.20")},
    ]
    invoice = sales.sell(jo, lines)
    sales.record_payment(invoice, amount=Decimal("50.00"), method=PaymentMethod.objects.order_by("pk").first())
    note = credits.issue_credit_note(jo, description="Goodwill", amount=Decimal("10.00"))
    credits.allocate_credit(note, invoice, amount=Decimal("11.50"))


def wait_until_in_xero():
    """What is not in Xero when patience ends, as lines to read."""
    from accounting_sync.models import SyncRecord

    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and SyncRecord.objects.exclude(state="synced").exists():
        time.sleep(0.5)
    return [f"{r.kind} {r} {r.state} {r.code} {r.message}" for r in SyncRecord.objects.exclude(state="synced")]


def found_in_xero():
    """How many of each kind Xero holds, and under how many different numbers of ours; what each invoice comes to."""
    from accounting_sync.documents import Call
    from accounting_sync.models import Connection
    from accounting_sync.walk import everything
    from accounting_sync.xero.client import Client

    client, counts = Client(Connection.objects.get()), {}
    for resource, id_field, name in (
        ("Contacts", "ContactID", "ContactNumber"), ("Invoices", "InvoiceID", "InvoiceNumber"),
        ("Payments", "PaymentID", "Reference"), ("CreditNotes", "CreditNoteID", "CreditNoteNumber"),
        ("ManualJournals", "ManualJournalID", "Url"),
    ):  # fmt: skip
        rows, _ = everything(client, Call("GET", resource), resource, id_field)
        names = [row[name] for row in rows if row.get(name)]
        counts[resource] = [len(names), len(set(names))]
        if resource == "Invoices":
            counts["Total, due"] = sorted({f"{row['Total']:.2f}, {row['AmountDue']:.2f}" for row in rows})
        if resource == "CreditNotes":
            counts["Allocations"] = sorted({len(row.get("Allocations") or []) for row in rows})
    return counts


# Dying


def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def before(function):
    def dies(*args, **options):
        die()

    return dies


def after(function):
    def dies(*args, **options):
        function(*args, **options)
        die()

    return dies


def steps():
    """Every point of a drain at which a worker may be killed: (module or class, function, how)."""
    from accounting_sync import connections, drain, lease, queue
    from accounting_sync.queue import settling
    from accounting_sync.xero import client, oauth

    return {
        "with the lease in hand": (lease, "claim", after),
        "before the intent is written": (drain, "prepare", before),
        "after the intent is written": (queue, "open_attempts", after),
        "before the lease is looked at": (lease.Lease, "holds", before),
        "before the request leaves": (client.Client, "send", before),
        "after Xero acted": (client.Client, "send", after),
        "before the answer is noted": (connections, "heard", before),
        "before the answer is settled": (queue, "settle", before),
        "in the middle of settling": (settling, "_finish", before),
        "after settling": (queue, "settle", after),
        "after new tokens came": (oauth, "_token_call", after),
        "before the lease is given back": (lease.Lease, "release", before),
    }


def drain_and_die(step, nth):
    """Drain until the ``nth`` time this step is reached, and be killed there."""
    owner, name, how = steps()[step]
    real, left = getattr(owner, name), [nth]

    def counted(*args, **options):
        writes = name != "send" or args[1].method != "GET"
        left[0] -= writes
        return (how(real) if writes and left[0] == 0 else real)(*args, **options)

    setattr(owner, name, counted)
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if name == "_token_call":
            expire_the_token()
        drain_once()
        time.sleep(0.2)


def expire_the_token():
    from accounting_sync.models import Connection

    Connection.objects.update(token_expires_at=datetime(2000, 1, 1, tzinfo=UTC))


def drain_once():
    from django.core.management import call_command

    call_command("sync_drain", stdout=open(os.devnull, "w"))  # noqa: SIM115 (the process ends soon)


def forked(job, *args):
    """Run in a child; returns its signal, or 0."""
    from django.db import connections as databases

    databases.close_all()
    child = os.fork()
    if child == 0:
        try:
            job(*args)
        except BaseException:  # noqa: BLE001 (the child must not go on as its parent)
            traceback.print_exc()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


ONCE_A_DRAIN = {"with the lease in hand", "after new tokens came", "before the lease is given back"}


def kill_at_every_step(times):
    """One sale and one killed drain for each step and each of the first ``times`` times it is reached."""
    missed, number = [], 0
    for step in steps():
        for nth in range(1, 2 if step in ONCE_A_DRAIN else times + 1):
            a_sale(number := number + 1)
            if forked(drain_and_die, step, nth) != signal.SIGKILL:
                missed.append(f"{step} was not reached {nth} times")
    survivors = os.fork()
    if survivors == 0:
        while True:
            forked(drain_once)
            time.sleep(0.5)
    left = wait_until_in_xero()
    os.kill(survivors, signal.SIGKILL)
    os.waitpid(survivors, 0)
    return {"sales": number, "missed": missed, "left": left, "found": found_in_xero()}


def sell_for(seconds, first):
    until, number = time.monotonic() + float(seconds), int(first)
    while time.monotonic() < until:
        a_sale(number)
        number += 1
        time.sleep(0.3)
    return number - int(first)


COMMANDS = {
    "set_up": set_up,
    "kill_at_every_step": lambda times: kill_at_every_step(int(times)),
    "sell_for": sell_for,
    "arrived": lambda: {"left": wait_until_in_xero(), "found": found_in_xero()},
}

if __name__ == "__main__":
    django.setup()
    from tests.accounting_sync.kills.quick import hurry

    hurry()
    sys.stdout.write(json.dumps(COMMANDS[sys.argv[1]](*sys.argv[2:])) + "\n")
