"""The accounting integration's permissions, added to the workshop's roles."""

from __future__ import annotations

from typing import Any

from workshop.roles import grant

SEE = ["view_syncrecord", "view_attempt", "view_connection"]
DECIDE = ["retry_sync", "decide_sync", "connect_accounting", "map_accounting"]
ROLES = {
    "Owner": [*SEE, *DECIDE, "catch_up_stock", "correct_stock"],
    "Manager": [*SEE, "retry_sync"],
    "Advisor": [*SEE, "retry_sync"],
    "Accountant": [*SEE, *DECIDE, "correct_stock"],
}


def grant_permissions(**_: Any) -> None:
    grant(["accounting_sync"], ROLES)
