"""Settings under which documents could be lost, doubled or read by others are refused at start-up."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django_q.conf import Conf

from accounting_sync.drain import LONGEST_RUN
from accounting_sync.lease import CALL, LENGTH
from accounting_sync.xero.transport import CONNECT_TIMEOUT, LOOPBACK, READ_TIMEOUT

Rule = tuple[bool, str, str]  # whether it holds, its number, and the sentence where it does not


def _broken(rules: list[Rule]) -> list[CheckMessage]:
    return [Error(sentence, id=f"accounting_sync.{number}") for holds, number, sentence in rules if not holds]


@register(Tags.database)
def database_is_safe(**_: Any) -> list[CheckMessage]:
    default = settings.DATABASES["default"]
    options = default.get("OPTIONS", {})
    immediate = "sqlite3" not in default["ENGINE"] or options.get("transaction_mode") == "IMMEDIATE"
    return _broken(
        [
            (immediate, "E001", "SQLite must begin its transactions IMMEDIATE: the queue's locks rest on it."),
            (not options.get("pool"), "E002", "A connection pool is shared across fork by the worker and breaks it."),
        ]
    )


@register()
def worker_is_safe(**_: Any) -> list[CheckMessage]:
    timeout, retry, run = Conf.TIMEOUT or 0, Conf.RETRY or 0, (LONGEST_RUN + CALL).total_seconds()
    once = Conf.MAX_ATTEMPTS == 1 and Conf.ACK_FAILURES
    counts_to_zero = (timeout + 3) % (Conf.GUARD_CYCLE or 1) == 0  # it starts there and must meet exactly 0
    lease = LENGTH.total_seconds() > CONNECT_TIMEOUT + READ_TIMEOUT + CALL.total_seconds()
    return _broken(
        [
            (once, "E003", "Q_CLUSTER must have max_attempts 1 and ack_failures: the engine owns retries."),
            (timeout >= run, "E004", "Q_CLUSTER['timeout'] must exceed the longest drain and a call."),
            (retry > 2 * timeout, "E005", "Q_CLUSTER['retry'] must be well above its timeout, or tasks run twice."),
            (
                Conf.ORM in {None, "default"},
                "E006",
                "Q_CLUSTER['orm'] must be 'default': wake-ups commit with changes.",
            ),
            (
                counts_to_zero,
                "E007",
                "Q_CLUSTER['guard_cycle'] must divide timeout + 3, or a hung task is never killed.",
            ),
            (lease, "E008", "The drain's lease is shorter than a call."),
        ]
    )


@register(Tags.security)
def addresses_are_safe(**_: Any) -> list[CheckMessage]:
    names = ("XERO_API_URL", "XERO_IDENTITY_URL", "XERO_LOGIN_URL")
    in_the_clear = [name for name in names if not _is_private(getattr(settings, name))]
    return _broken(
        [
            (not in_the_clear, "E009", f"{', '.join(in_the_clear)} must be https: tokens travel there."),
            ("xero" not in settings.SITE_URL.lower(), "E010", "Xero refuses documents whose SITE_URL contains “xero”."),
        ]
    )


def _is_private(url: str) -> bool:
    """Nobody else can listen: encrypted, or on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in LOOPBACK


@register(Tags.security, deploy=True)
def xero_is_configured(**_: Any) -> list[CheckMessage]:
    missing = [
        name for name in ("XERO_CLIENT_ID", "XERO_CLIENT_SECRET", "XERO_WEBHOOK_KEY") if not getattr(settings, name)
    ]
    if not missing:
        return []
    return [Warning(f"{', '.join(missing)} not set: nobody can connect to Xero.", id="accounting_sync.W001")]
