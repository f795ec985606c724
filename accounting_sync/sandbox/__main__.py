"""``python -m accounting_sync.sandbox``: the sandbox in a process of its own."""

from __future__ import annotations

import argparse
import os
import signal
import sqlite3
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .courier import Courier
from .demo import EMAIL, PASSWORD, furnish
from .signing import digest
from .store import Store
from .xero import Xero

if TYPE_CHECKING:
    from .server import Server


def main(arguments: list[str] | None = None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until it serves, there is nothing to end cleanly
    options = _parser().parse_args(arguments)
    xero = _open(Path(options.database))
    try:
        _set_up(xero, options)
    except ValueError as error:
        sys.exit(str(error))
    _serve(xero, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="xero_sandbox", description="A pretended Xero, for trying things out.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=int(os.environ.get("SANDBOX_PORT", "8001")))
    parser.add_argument("--database", default="var/sandbox.sqlite3", help="its own SQLite file")
    parser.add_argument("--webhook-url", default="", help="where events are sent")
    parser.add_argument("--webhook-key", default="", help="what they are signed with")
    parser.add_argument(
        "--client", action="append", default=[], metavar="ID:SECRET:REDIRECT", help="register an app; may be repeated"
    )
    parser.add_argument("--unlimited", action="store_true", help="count calls but refuse none (for benchmarks)")
    return parser


def _open(path: Path) -> Xero:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return furnish(Xero(store=Store(path)))
    except sqlite3.OperationalError as error:
        sys.exit(f"The sandbox cannot use {path}: {error}. Is another sandbox running on it?")


def _set_up(xero: Xero, options: argparse.Namespace) -> None:
    xero.unlimited = options.unlimited
    for text in options.client:
        client_id, secret, redirect = (*text.split(":", 2), "", "")[:3]
        xero.identity.clients.register(client_id, secret, (redirect,))
    if options.webhook_url:
        xero.webhooks.subscribe(options.webhook_url, options.webhook_key)
    xero.webhooks.resource_base = f"http://{options.host}:{options.port}"
    xero.save()


def _serve(xero: Xero, options: argparse.Namespace) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "accounting_sync.sandbox.settings"
    os.environ["SANDBOX_SECRET_KEY"] = digest(f"cookies {xero.identity.key}")
    import django  # noqa: PLC0415 - its settings read the two lines above

    django.setup()
    from .server import PortTaken, listen  # noqa: PLC0415 - needs Django set up

    try:
        server = listen(xero, options.host, options.port)
    except PortTaken as error:
        sys.exit(f"{error}; choose another with --port.")
    courier = Courier(xero)
    courier.start()
    _stop_on_signal(server)
    print(  # noqa: T201 - the one line that says where it is
        f"Xero sandbox at http://{options.host}:{options.port}/ (sign in as {EMAIL} / {PASSWORD})", flush=True
    )
    server.serve_forever()
    courier.stop()
    server.server_close()
    # Taken and kept: a call that is being answered is finished, one that waits never begins.
    xero.lock.acquire()
    xero.close()


def _stop_on_signal(server: Server) -> None:
    """Any number of signals, at any moment, end the loop once: a launcher sends its own after a person's Ctrl-C."""

    def stop(*_: Any) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, stop)


if __name__ == "__main__":
    main()
