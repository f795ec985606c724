"""`make run`: from a bare checkout to a garage at work, in order, with a line for each step."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from config.launch_environment import (
    LOGS,
    PYTHON,
    ROOT,
    RUN,
    VAR,
    Refusal,
    prepare,
    say,
    settings,
    write_dotenv,
)
from config.launch_lock import Lock
from config.launch_processes import Child, Household, end_leftovers

LOOPBACK = ("localhost", "127.0.0.1", "::1")
SANDBOX_ADDRESSES = ("XERO_API_URL", "XERO_IDENTITY_URL", "XERO_LOGIN_URL", "XERO_GO_URL")
PATIENCE = 60.0  # seconds for a process to answer


def run() -> int:
    print("Starting the workshop.")
    prepare(RUN)
    with Lock(VAR / "run.lock") as lock:
        if not lock.take():
            there = lock.note.read_text().strip() if lock.note.exists() else "in another terminal"
            raise Refusal(f"It is running already, {there}. Cure: use that one, or stop it with Ctrl-C first.")
        end_leftovers()
        write_dotenv()
        environment = with_addresses(settings())
        lock.note.write_text(f"at {environment['SITE_URL']}")
        logins = prepare_database(environment)
        return keep_house(Household(children(environment)), environment, logins)


def with_addresses(environment: dict[str, str]) -> dict[str, str]:
    """What the children see: the ports that are free, and every address that follows from them."""
    port = free_port(environment, "PORT", 8000)
    environment.setdefault("SITE_URL", f"http://localhost:{port}")
    environment |= {"PORT": str(port), "LOG_LEVEL": environment.get("LOG_LEVEL", "WARNING"), "PYTHONUNBUFFERED": "1"}
    if uses_sandbox(environment):
        sandbox = free_port(environment, "SANDBOX_PORT", 8001, taken=port)
        environment["SANDBOX_PORT"] = str(sandbox)
        environment |= dict.fromkeys(SANDBOX_ADDRESSES, f"http://localhost:{sandbox}")
    return environment


def uses_sandbox(environment: dict[str, str]) -> bool:
    return urlsplit(environment.get("XERO_API_URL", "")).hostname in LOOPBACK


def free_port(environment: dict[str, str], name: str, default: int, taken: int = 0) -> int:
    """The port asked for, or the first free one from the default on. Raises Refusal when the one asked for is used."""
    if asked := environment.get(name):
        if not asked.isdigit() or not 0 < int(asked) < 65536:
            raise Refusal(f"{name}={asked} is not a port. Cure: a number like {name}={default}.")
        if int(asked) == taken or not is_free(int(asked)):
            raise Refusal(f"Port {asked} is used by another program. Cure: {name}={int(asked) + 10} make run.")
        return int(asked)
    for port in range(default, default + 20):
        if port != taken and is_free(port):
            if port != default:
                say("port", f"{default} is used by another program; taking {port} ({name}=… chooses another)")
            return port
    raise Refusal(f"Ports {default} to {default + 19} are all used. Cure: {name}={default + 1000} make run.")


def is_free(port: int) -> bool:
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family) as probe:
                if probe.connect_ex((host, port)) == 0:
                    return False
        except OSError:  # no IPv6 here
            continue
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


# The database


def prepare_database(environment: dict[str, str]) -> str:
    """Migrate, and furnish an empty database with the demo garage. Returns the demo's logins, if it is the demo."""
    manage(environment, "migrate", "--verbosity", "0")
    say("database", "up to date")
    country = environment.get("COUNTRY", "")
    logins = manage(environment, "demo", *(["--country", country] if country else []))
    say("garage", logins.splitlines()[0] if logins else "your own, as you left it")
    return logins


def manage(environment: dict[str, str], *words: str) -> str:
    command = [str(PYTHON), "manage.py", *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        (LOGS / "setup.log").write_text(done.stdout + done.stderr)
        why = [line for line in done.stderr.splitlines() if line.strip()][-1:]
        raise Refusal(f"`manage.py {words[0]}` failed: {''.join(why)} (more in var/log/setup.log)")
    return done.stdout.strip()


# The processes


def children(environment: dict[str, str]) -> list[Child]:
    found = [Child("sandbox", sandbox_command(environment), environment)] if uses_sandbox(environment) else []
    return [
        *found,
        Child("web", web_command(environment["PORT"]), environment),
        Child("worker", [str(PYTHON), "manage.py", "qcluster" if os.name == "nt" else "sync_worker"], environment),
    ]


def sandbox_command(environment: dict[str, str]) -> list[str]:
    site = environment["SITE_URL"]
    client = [environment["XERO_CLIENT_ID"], environment["XERO_CLIENT_SECRET"], f"{site}/accounting/callback/"]
    return [
        str(PYTHON), "-m", "accounting_sync.sandbox",
        "--port", environment["SANDBOX_PORT"],
        "--database", "var/sandbox.sqlite3",
        "--webhook-url", f"{site}/accounting/webhook/",
        f"--webhook-key={environment['XERO_WEBHOOK_KEY']}",  # one word: it may begin with a dash
        "--client", ":".join(client),
    ]  # fmt: skip


def web_command(port: str) -> list[str]:
    if os.name == "nt":  # gunicorn needs fork
        return [str(PYTHON), "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
    return [
        str(PYTHON), "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}",
        "--workers", "2", "--threads", "4", "--no-control-socket", "--log-level", "warning",
    ]  # fmt: skip


def keep_house(house: Household, environment: dict[str, str], logins: str) -> int:
    house.listen()
    try:
        for child in house.children:
            child.start()
        await_answers(house, environment)
        if not house.asked:
            print_addresses(house, environment, logins)
        house.watch()
    finally:
        if house.asked:
            print("\nStopping.", flush=True)
        house.stop()
    return 0


def await_answers(house: Household, environment: dict[str, str]) -> None:
    addresses = {"web": f"http://127.0.0.1:{environment['PORT']}/", "worker": ""}
    if uses_sandbox(environment):
        addresses["sandbox"] = f"http://127.0.0.1:{environment['SANDBOX_PORT']}/"
    for child in house.children:
        until = time.monotonic() + PATIENCE
        while not house.asked and addresses[child.name]:
            status = ask(addresses[child.name])
            if status >= 500 or not child.running or time.monotonic() > until:
                raise Refusal(f"The {child.name} did not start. Why is in {child.log.relative_to(ROOT)}.")
            if status:
                break
            time.sleep(0.1)
        say(child.name, SENTENCES[child.name].format_map(environment))


SENTENCES = {
    "sandbox": "a pretended Xero at http://localhost:{SANDBOX_PORT}",
    "web": "the workshop at {SITE_URL}",
    "worker": "keeps Xero up to date in the background",
}


def ask(address: str) -> int:
    """The status a web server answers with; 0 while there is none."""
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


def print_addresses(house: Household, environment: dict[str, str], logins: str) -> None:
    print(f"\nOpen {environment['SITE_URL']}")
    for line in logins.splitlines()[1:]:
        print(f"  {line}")
    if uses_sandbox(environment):
        print(f"The pretended Xero is at http://localhost:{environment['SANDBOX_PORT']}")
        words = re.search(r"\((sign in as .+)\)", house.children[0].first_words)
        print(f"  {words[1].capitalize()}" if words else "")
        print("  To connect the two: as owner, open Accounting and press Connect to Xero")
    print("Ctrl-C stops everything.", flush=True)
