"""`make run` on machines that are not ready for it, and its processes when something dies."""

import ast
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from config import launch, launch_environment, launch_processes, launch_run
from config.launch_environment import Refusal
from config.launch_lock import Lock
from config.launch_processes import Child, Household

ROOT = Path(__file__).resolve().parents[2]
FOREVER = "import time; time.sleep(600)"
DEAF = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
PARENT_OF_DEAF = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {DEAF!r}]); time.sleep(600)"


# An old Python, a used port, a second start


def test_an_old_python_is_told_which_newer_one_is_here():
    assert launch.too_old((3, 8, 18), "run", ["python3.12"]) == (
        "Python 3.11 or newer is needed; this is 3.8.18. Cure: make run PYTHON=python3.12."
    )


def test_an_old_python_alone_is_told_what_to_install():
    assert launch.too_old((3, 10, 1), "test", []).endswith("Cure: install Python 3.11, 3.12 or 3.13.")


def test_python_311_will_do():
    assert launch.too_old((3, 11, 0), "run", []) is None


def test_the_first_file_can_be_read_by_python_36():
    ast.parse((ROOT / "config" / "launch.py").read_text(), feature_version=(3, 6))


def test_an_unknown_verb_is_answered_with_the_known_ones():
    done = subprocess.run(
        [sys.executable, "config/launch.py", "fly"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == "There is no “fly”. Choose from: run, test, lint, bench, requirements.\n"


@pytest.fixture
def used_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_used_port_that_was_asked_for_is_refused_with_the_cure(used_port):
    with pytest.raises(Refusal) as refusal:
        launch_run.free_port({"PORT": str(used_port)}, "PORT", 8000)
    assert str(refusal.value) == f"Port {used_port} is used by another program. Cure: PORT={used_port + 10} make run."


def test_without_a_wish_the_next_free_port_is_taken(used_port, capsys):
    port = launch_run.free_port({}, "PORT", used_port)
    assert used_port < port < used_port + 20
    assert f"{used_port} is used by another program; taking {port}" in capsys.readouterr().out


@pytest.mark.parametrize("nonsense", ["http", "0", "70000", "-1"])
def test_a_port_that_is_none_is_refused(nonsense):
    with pytest.raises(Refusal, match="is not a port"):
        launch_run.free_port({"PORT": nonsense}, "PORT", 8000)


def test_web_and_sandbox_never_share_a_port(used_port):
    free = used_port + 1
    assert launch_run.free_port({}, "SANDBOX_PORT", free, taken=free) != free


def test_a_lock_is_held_once_and_freed_by_the_holders_death(tmp_path):
    hold = (
        "import sys, time, pathlib; from config.launch_lock import Lock;"
        "print(Lock(pathlib.Path(sys.argv[1])).take(), flush=True); time.sleep(600)"
    )
    path = tmp_path / "run.lock"
    with subprocess.Popen([sys.executable, "-c", hold, path], cwd=ROOT, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "True\n"
        with Lock(path) as second:
            assert second.take() is False
            holder.kill()
            holder.wait()
            assert second.take() is True


# .env


@pytest.fixture
def dotenv(tmp_path, monkeypatch):
    monkeypatch.setattr(launch_environment, "DOTENV", tmp_path / ".env")
    for name in list(os.environ):
        if name.startswith("XERO_") or name in ("SECRET_KEY", "SITE_URL", "PORT", "SANDBOX_PORT"):
            monkeypatch.delenv(name)
    return tmp_path / ".env"


def test_env_is_written_once_for_its_owner_alone(dotenv):
    launch_environment.write_dotenv()
    first = dotenv.read_text()
    launch_environment.write_dotenv()
    assert dotenv.read_text() == first
    assert dotenv.stat().st_mode & 0o777 == 0o600
    assert list(dotenv.parent.iterdir()) == [dotenv]


def test_two_machines_get_different_keys_that_encrypt(dotenv):
    launch_environment.write_dotenv()
    here = launch_environment.settings()
    dotenv.unlink()
    launch_environment.write_dotenv()
    there = launch_environment.settings()
    assert here["SECRET_KEY"] != there["SECRET_KEY"]
    assert here["XERO_WEBHOOK_KEY"] != there["XERO_WEBHOOK_KEY"]
    assert Fernet(here["FIELD_ENCRYPTION_KEY"]).encrypt(b"token") != b"token"


def test_the_shell_goes_before_env(dotenv, monkeypatch):
    dotenv.write_text("# note=1\nSECRET_KEY='quoted'\nexport LOG_LEVEL=INFO\n\n")
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    seen = launch_environment.settings()
    assert (seen["SECRET_KEY"], seen["LOG_LEVEL"], "# note" in seen) == ("quoted", "ERROR", False)


def test_a_fresh_env_leads_to_the_sandbox_on_whatever_port_it_got(dotenv, used_port):
    launch_environment.write_dotenv()
    ports = {"PORT": str(used_port + 1), "SANDBOX_PORT": str(used_port + 2)}
    seen = launch_run.with_addresses(launch_environment.settings() | ports)
    assert seen["SITE_URL"] == f"http://localhost:{used_port + 1}"
    assert seen["XERO_API_URL"] == seen["XERO_LOGIN_URL"] == f"http://localhost:{used_port + 2}"
    assert [child.name for child in launch_run.children(seen)] == ["sandbox", "web", "worker"]


def test_with_the_real_xero_no_sandbox_is_started(dotenv, used_port):
    dotenv.write_text("SECRET_KEY=k\nXERO_CLIENT_ID=real\nXERO_CLIENT_SECRET=real\n")
    seen = launch_run.with_addresses(launch_environment.settings() | {"PORT": str(used_port + 1)})
    assert "XERO_API_URL" not in seen
    assert [child.name for child in launch_run.children(seen)] == ["web", "worker"]


# Processes


@pytest.fixture
def house(tmp_path, monkeypatch):
    monkeypatch.setattr(launch_processes, "LOGS", tmp_path)
    monkeypatch.setattr(launch_processes, "ROOT", tmp_path)
    made = []

    def build(**scripts):
        children = [Child(name, [sys.executable, "-c", script], os.environ) for name, script in scripts.items()]
        made.append(Household(children))
        for child in children:
            child.start()
        return made[-1]

    yield build
    for household in made:
        for child in household.children:
            child.kill_session()


def alive(session):
    """Processes of that session that still run, zombies left aside."""
    listed = subprocess.run(["ps", "-eo", "sid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listed.splitlines()]
    return [row for row in rows if row[0] == str(session) and not row[1].startswith("Z")]


def until(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.quiet
def test_stopping_leaves_no_process_not_even_a_deaf_grandchild(house):
    home = house(worker=PARENT_OF_DEAF, web=FOREVER)
    worker, web = (child.process.pid for child in home.children)
    until(lambda: home.children[0].first_words == "deaf")
    home.stop()
    until(lambda: alive(worker) == alive(web) == [])  # a killed process is gone a moment after the kill


def test_a_deaf_process_is_killed_when_its_grace_is_over(house, monkeypatch):
    monkeypatch.setattr(launch_processes, "GRACE", 0.3)
    home = house(worker=DEAF)
    until(lambda: home.children[0].first_words == "deaf")
    home.stop()
    assert home.children[0].process.returncode == -signal.SIGKILL


def test_a_second_interrupt_ends_the_grace(house):
    home = house(worker=DEAF)
    until(lambda: home.children[0].first_words == "deaf")
    home.asked = 1
    signal.signal(signal.SIGALRM, home._asked_to_stop)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    began = time.monotonic()
    home.stop()
    assert time.monotonic() - began < launch_processes.GRACE / 2


def watch_until(home, condition, monkeypatch):
    """Let the house watch; it is asked to stop as soon as the condition holds."""
    sleep, end = time.sleep, time.monotonic() + 20

    def nap(seconds):
        sleep(min(seconds, 0.02))
        if condition() or time.monotonic() > end:
            home.asked = 1

    monkeypatch.setattr(time, "sleep", nap)
    home.watch()
    assert condition()


def test_a_killed_worker_is_started_again_in_a_session_of_its_own(house, monkeypatch, capsys):
    home = house(worker=FOREVER, web=FOREVER)
    worker, web = home.children
    first, other = worker.process.pid, web.process.pid
    os.kill(first, signal.SIGKILL)
    watch_until(home, lambda: worker.running and worker.process.pid != first, monkeypatch)
    assert os.getsid(worker.process.pid) == worker.process.pid
    assert web.process.pid == other
    assert "worker       ended by itself; starting it again" in capsys.readouterr().out


def test_orphans_of_a_killed_leader_go_before_it_is_started_again(house, monkeypatch):
    home = house(worker=PARENT_OF_DEAF)
    worker = home.children[0]
    until(lambda: worker.first_words == "deaf")
    first = worker.process.pid
    os.kill(first, signal.SIGKILL)
    watch_until(home, lambda: worker.process.pid != first, monkeypatch)
    assert alive(first) == []


def test_what_ends_again_and_again_is_given_up_with_the_place_of_its_log(house, monkeypatch):
    home = house(worker="raise SystemExit('no database')")
    monkeypatch.setattr(launch_processes, "TRIES", 2)
    with pytest.raises(Refusal) as refusal:
        watch_until(home, lambda: False, monkeypatch)
    assert str(refusal.value) == "The worker ends again and again. Why is in worker.log."
    assert "no database" in home.children[0].log.read_text()


@pytest.mark.slow
@pytest.mark.quiet
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent died")
def test_a_killed_launcher_leaves_nothing(tmp_path):
    script = (
        "import os, sys, time, pathlib; from config import launch_processes as p; p.LOGS = pathlib.Path(sys.argv[1]);"
        "c = p.Child('web', [sys.executable, '-c', sys.argv[2]], os.environ); c.start();\n"
        "while not c.first_words: time.sleep(0.02)\n"  # a Python that is just being born may swallow an interrupt
        "print(c.process.pid, flush=True); time.sleep(600)"
    )
    command = [sys.executable, "-c", script, tmp_path, f"print('awake', flush=True); {FOREVER}"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as launcher:
        child = int(launcher.stdout.readline())
        launcher.kill()
    until(lambda: alive(child) == [])


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="told by /proc")
def test_leftovers_of_an_earlier_start_are_ended_by_the_next(house):
    home = house(worker=DEAF)
    until(lambda: home.children[0].first_words == "deaf")
    launch_processes.end_leftovers()
    until(lambda: not home.children[0].running)


def test_troubles_reach_the_terminal_and_everything_reaches_the_log(house, capsys):
    said = "2026-07-20 10:00:00,000 {} {}: {}"
    lines = [
        said.format("INFO", "django_q", "ready"),
        said.format("WARNING", "django.request", "Not Found: /x"),
        said.format("ERROR", "django.request", "Internal Server Error: /y"),
    ]
    home = house(web="; ".join(f"print({line!r})" for line in lines))
    until(lambda: home.children[0].log.exists() and len(home.children[0].log.read_text().splitlines()) == 3)
    assert home.children[0].log.read_text().splitlines() == lines
    assert capsys.readouterr().out == f"web      {lines[2]}\n"


def test_a_key_that_begins_with_a_dash_is_the_sandboxs_key_and_no_option():
    from accounting_sync.sandbox.__main__ import _parser

    environment = {
        "SITE_URL": "http://localhost:8000", "SANDBOX_PORT": "8001", "XERO_CLIENT_ID": "demo",
        "XERO_CLIENT_SECRET": "-secret", "XERO_WEBHOOK_KEY": "-_vdYwv21G4",
    }  # fmt: skip
    options = _parser().parse_args(launch_run.sandbox_command(environment)[3:])
    assert (options.webhook_key, options.port) == ("-_vdYwv21G4", 8001)
