"""Closing the books: what the accountant has locked is not changed here either."""

from __future__ import annotations

from datetime import date

from workshop.models import Organisation


def lock_books(until: date | None) -> None:
    """Nothing dated on or before ``until`` is changed in the accounts; None: nothing is locked."""
    Organisation.objects.exclude(books_locked_until=until).update(books_locked_until=until)
