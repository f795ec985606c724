"""What is wrong in the environment is said at start-up, in one line, and never guessed around."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOOD = {"SECRET_KEY": "k" * 50, "ENV_FILE": os.devnull}


def read(expression, **environment):
    """The last line that Python prints when it loads the settings under exactly this environment."""
    code = f"from config import settings; print(repr(({expression})))"
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**kept, **GOOD, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return (done.stdout or done.stderr).strip().splitlines()[-1]


def test_a_missing_secret_key_is_named():
    assert "SECRET_KEY" in read("settings.SECRET_KEY", SECRET_KEY="")


def test_a_short_secret_key_is_refused():
    assert "too short" in read("settings.SECRET_KEY", SECRET_KEY="secret")


def test_a_misspelt_switch_is_refused_rather_than_read_as_yes_or_no():
    assert read("settings.DEBUG", DEBUG="flase").endswith("DEBUG='flase' is neither true nor false.")


@pytest.mark.parametrize(("word", "value"), [("yes", "True"), ("ON", "True"), ("0", "False"), ("no", "False")])
def test_switches_take_the_usual_words(word, value):
    assert read("settings.DEBUG", DEBUG=word) == value


def test_debug_is_off_unless_asked_for():
    assert read("settings.DEBUG") == "False"


@pytest.mark.parametrize(
    ("name", "nonsense", "sentence"),
    [
        ("SITE_URL", "garage.example", "SITE_URL='garage.example' is not an address like https://host."),
        ("XERO_API_URL", "ftp://host", "XERO_API_URL='ftp://host' is not an address like https://host."),
        ("REDIS_URL", "localhost", "REDIS_URL='localhost' is not an address like redis://host."),
        ("DATABASE_URL", "mysql://host/garage", "DATABASE_URL must begin with sqlite:/// or postgres://."),
        ("DATABASE_URL", "nonsense", "DATABASE_URL must begin with sqlite:/// or postgres://."),
        (
            "FIELD_ENCRYPTION_KEY",
            "short",
            "FIELD_ENCRYPTION_KEY must be 32 random bytes in URL-safe base64, 44 characters.",
        ),
    ],
)
def test_nonsense_is_answered_with_its_name_and_what_it_should_be(name, nonsense, sentence):
    assert read("settings.SITE_URL", **{name: nonsense}).endswith(f"ImproperlyConfigured: {sentence}")


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "SITE_URL", "XERO_API_URL"])
def test_an_empty_value_is_none(name):
    values = "settings.DATABASES['default']['ENGINE'], settings.REDIS_URL, settings.SITE_URL, settings.XERO_API_URL"
    assert read(values, **{name: ""}) == read(values)


def test_an_https_site_gets_secure_cookies_and_redirects():
    values = "settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.SECURE_SSL_REDIRECT"
    assert read(values, SITE_URL="https://garage.example") == "(True, True, True)"
    assert read(values) == "(False, False, False)"


def test_sqlite_is_the_default_with_immediate_transactions():
    default = "settings.DATABASES['default']"
    assert read(f"{default}['ENGINE'], {default}['OPTIONS']['transaction_mode']") == (
        "('django.db.backends.sqlite3', 'IMMEDIATE')"
    )


def test_postgresql_by_its_address():
    default = "settings.DATABASES['default']"
    assert read(f"{default}['ENGINE'], {default}['NAME']", DATABASE_URL="postgres:///garage") == (
        "('django.db.backends.postgresql', 'garage')"
    )


def test_redis_takes_the_queue_over_when_it_is_named():
    chosen = "settings.Q_CLUSTER.get('orm'), settings.Q_CLUSTER.get('redis')"
    assert read(chosen) == "('default', None)"
    assert read(chosen, REDIS_URL="redis://localhost:6379/1") == "(None, 'redis://localhost:6379/1')"


def test_the_real_xero_is_the_default():
    addresses = "settings.XERO_API_URL, settings.XERO_IDENTITY_URL, settings.XERO_LOGIN_URL"
    assert read(addresses) == "('https://api.xero.com', 'https://identity.xero.com', 'https://login.xero.com')"
