"""The virtual environment and the .env file: made once, mended when they no longer fit."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

from config.launch_lock import Lock

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
LOGS = VAR / "log"
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "installed.txt"
DOTENV = ROOT / ".env"
RUN, DEVELOPMENT = ["requirements.txt"], ["requirements.txt", "requirements-dev.txt"]
NO_PIP = (
    "This Python cannot make virtual environments with pip. Cure: install its venv module "
    "(Debian and Ubuntu: sudo apt install python3-venv) and start again."
)
NO_NETWORK = "The libraries could not be downloaded. Cure: connect this machine to the network and start again."
OFFLINE_WORDS = ["name resolution", "NewConnectionError", "Connection refused", "unreachable", "dns error",
                 "getaddrinfo", "ConnectTimeout", "timed out", "error sending request", "Failed to fetch"]  # fmt: skip


class Refusal(Exception):
    """Why it cannot go on, and the cure: one sentence for the person."""


class Stopped(KeyboardInterrupt):
    """Told to stop by a signal that reached us alone."""


def say(what: str, sentence: str) -> None:
    print(f"  {what:<12} {sentence}", flush=True)


def prepare(requirements: list[str]) -> None:
    """Make sure that .venv holds exactly these requirements. Takes no time when it does already."""
    try:
        LOGS.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refusal(f"{ROOT} cannot be written to ({error.strerror}). Cure: work in a copy of your own.") from error
    with Lock(VAR / "setup.lock") as lock:
        lock.wait(lambda: say("environment", "waiting for another set-up to end"))
        if not _runs():
            _create()
        _install(requirements)


def _runs() -> bool:
    """Whether .venv has a Python that starts and is new enough: the system's may have gone or moved on."""
    ask = [str(PYTHON), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    try:
        return subprocess.run(ask, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _create() -> None:
    say("environment", f"making .venv with Python {sys.version.split()[0]}")
    options = [] if importlib.util.find_spec("ensurepip") else ["--without-pip"]
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", *options, str(VENV)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        raise Refusal(NO_PIP if "No module named" in made.stderr else f".venv could not be made: {_last(made)}")


def _install(requirements: list[str]) -> None:
    wanted = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in requirements}
    if wanted.items() <= _installed().items():
        return
    say("environment", "installing the libraries (a minute or so, the first time only)")
    options = [word for name in requirements for word in ("-r", name)]
    _try_installers(_installers(), ["--quiet", "--require-hashes", *options])
    STAMP.write_text("".join(f"{digest} {name}\n" for name, digest in wanted.items()))


def _installed() -> dict[str, str]:
    if not STAMP.exists():
        return {}
    return {name: digest for digest, name in (line.split() for line in STAMP.read_text().splitlines())}


def _installers() -> list[list[str]]:
    """What can install here, best first: uv is quick; an older machine may have pip for the system's Python only."""
    found = []
    if uv := shutil.which("uv"):
        found.append([uv, "pip", "install", "--python", str(PYTHON)])
    if _answers([str(PYTHON), "-m", "pip", "--version"]):
        found.append([str(PYTHON), "-m", "pip", "install"])
    elif _answers([sys.executable, "-m", "pip", "--python", str(PYTHON), "--version"]):
        found.append([sys.executable, "-m", "pip", "--python", str(PYTHON), "install"])
    return found


def _answers(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _try_installers(installers: list[list[str]], arguments: list[str]) -> None:
    if not installers:
        shutil.rmtree(VENV, ignore_errors=True)
        raise Refusal(NO_PIP)
    patience = {"PIP_RETRIES": "1", **os.environ}
    for command in installers:
        done = subprocess.run(
            [*command, *arguments], cwd=ROOT, env=patience, capture_output=True, text=True, check=False
        )
        if not done.returncode:
            return
    (LOGS / "setup.log").write_text(done.stdout + done.stderr)
    if any(word in done.stderr for word in OFFLINE_WORDS):
        raise Refusal(NO_NETWORK)
    raise Refusal(f"The libraries could not be installed: {_last(done)} (more in var/log/setup.log)")


def _last(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return lines[-1].strip() if lines else f"exit code {done.returncode}"


# .env

TEMPLATE = """\
# Written by the first `make run`, and yours from then on. It holds secrets: keep it out of version control.
SECRET_KEY={secret_key}
FIELD_ENCRYPTION_KEY={encryption_key}

# The sandbox, a pretended Xero on this machine. For the real one put your app's id, secret and webhook key here
# and delete the four addresses.
XERO_CLIENT_ID=workshop
XERO_CLIENT_SECRET={client_secret}
XERO_WEBHOOK_KEY={webhook_key}
XERO_API_URL=http://localhost:8001
XERO_IDENTITY_URL=http://localhost:8001
XERO_LOGIN_URL=http://localhost:8001
XERO_GO_URL=http://localhost:8001
"""


def write_dotenv() -> None:
    """Once: what is there stays. Appears whole or not at all, readable by its owner only."""
    if DOTENV.exists():
        return
    draft = DOTENV.with_name(f".env.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(
        TEMPLATE.format(
            secret_key=secrets.token_urlsafe(50),
            encryption_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            client_secret=secrets.token_urlsafe(32),
            webhook_key=secrets.token_urlsafe(32),
        )
    )
    draft.replace(DOTENV)
    say("settings", "written to .env, with keys made for this machine")


def settings() -> dict[str, str]:
    """The environment as Django will see it: what the shell sets goes before what .env says."""
    lines = DOTENV.read_text().splitlines() if DOTENV.exists() else []
    pairs = [line.removeprefix("export ").split("=", 1) for line in lines if "=" in line and line[:1] != "#"]
    return {name.strip(): value.strip().strip("'\"") for name, value in pairs} | dict(os.environ)
