"""How books are written on a page: amounts, dates, states."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django import template

register = template.Library()

ACCOUNT_TYPES = {
    "BANK": "Bank",
    "CURRENT": "Current asset",
    "CURRLIAB": "Current liability",
    "DEPRECIATN": "Depreciation",
    "DIRECTCOSTS": "Direct costs",
    "FIXED": "Fixed asset",
    "LIABILITY": "Liability",
    "NONCURRENT": "Non-current asset",
    "OTHERINCOME": "Other income",
    "TERMLIAB": "Non-current liability",
}


class State(NamedTuple):
    """What a status is called on a page, and the tone of its chip."""

    label: str
    tone: str


STATES = {
    "DRAFT": State("Draft", "still"),
    "SUBMITTED": State("Awaiting approval", "warn"),
    "AUTHORISED": State("Awaiting payment", "busy"),
    "RECORDED": State("Recorded", "good"),
    "POSTED": State("Posted", "good"),
    "PAID": State("Paid", "good"),
    "VOIDED": State("Voided", "bad"),
    "DELETED": State("Deleted", "bad"),
    "ACTIVE": State("Active", "good"),
    "ARCHIVED": State("Archived", "still"),
    "OPEN": State("Credit left", "busy"),
    "USED": State("Used up", "good"),
    "GDPRREQUEST": State("GDPR request", "warn"),
}


@register.filter
def money(amount: Decimal | None) -> str:
    """Two decimals, thousands apart, a real minus sign; nothing for nothing."""
    if amount is None or amount == "":
        return ""
    return f"{amount:,.2f}".replace("-", "−")


@register.filter
def credit(amount: Decimal) -> str:
    """A credit, kept as a negative amount, in its own column."""
    return money(-amount)


@register.filter
def quantity(amount: Decimal | None) -> str:
    """As few decimals as it has."""
    return "" if amount is None else f"{amount.normalize():f}"


@register.filter
def price(amount: Decimal | None) -> str:
    """A unit price: two decimals, or as many as it has when it has more."""
    if amount is None:
        return ""
    return money(amount) if amount == round(amount, 2) else f"{amount.normalize():,f}"


@register.filter
def day(value: date | datetime | None) -> str:
    return f"{value.day} {value:%b %Y}" if value else ""


@register.filter
def moment(value: datetime | None) -> str:
    return f"{value.day} {value:%b %Y, %H:%M} UTC" if value else ""


@register.filter
def words(value: str | None) -> str:
    """RECEIVE-PREPAYMENT as a person says it."""
    return (value or "").replace("-", " ").capitalize()


@register.filter
def account_type(value: str) -> str:
    return ACCOUNT_TYPES.get(value, words(value))


@register.filter
def state(status: str) -> State:
    return STATES.get(status, State(words(status), "still"))


@register.filter
def wordlist(value: str) -> list[str]:
    return value.split()
