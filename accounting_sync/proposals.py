"""Which account or tax rate in Xero is likely meant, by type and name. A person may choose otherwise."""

from __future__ import annotations

from collections.abc import Mapping

from accounting_sync.choices import BALANCES, DEPOSIT, ROLES, Choice, on_deposits
from accounting_sync.models import Connection, XeroTaxRate
from workshop.models import TaxRate


def proposals(connection: Connection, open_choices: list[Choice]) -> dict[tuple[str, str], str]:
    """A guess for each row it can be guessed for."""
    rates = TaxRate.objects.all()
    ours = {str(rate.pk): rate for rate in rates}
    for rate in on_deposits(rate for rate in rates if rate.use == TaxRate.Use.SALES):
        ours[DEPOSIT] = rate
    theirs = {rate.tax_type: rate for rate in connection.tax_rates.filter(status="ACTIVE")}
    balances = set(connection.mappings.filter(subject="account", key__in=BALANCES).values_list("value", flat=True))
    found = {}
    for choice in open_choices:
        if choice.subject == "site":
            continue  # whether sites are told apart at all is nothing to guess
        taxed = choice.subject in {"tax", "purchase"}
        taken = balances if choice.key in BALANCES else set()
        guess = _guess_tax(choice, ours[choice.key], theirs) if taxed else _guess_by_name(choice, taken)
        if guess:
            found[choice.subject, choice.key] = guess
            taken.add(guess)  # stock and work in progress never share an account, whatever its name says
    return found


def _guess_by_name(choice: Choice, taken: set[str]) -> str:
    words = next((role.words for role in ROLES if role.key == choice.key), ()) or _method_words(choice.label)
    for word in words:
        for value, label in choice.options:
            if word in label.casefold() and value not in taken:
                return value
    return ""


def _method_words(label: str) -> tuple[str, ...]:
    name = label.removeprefix("Paid by ").casefold()
    return (name, name.split()[0], "payment clearing", "bank account")


def _guess_tax(choice: Choice, ours: TaxRate, rates: Mapping[str, XeroTaxRate]) -> str:
    """A rate of the same percent. Several are nil and mean different things to the tax office: by name."""
    fitting = [tax_type for tax_type, _ in choice.options if rates[tax_type].percent == ours.percent]
    spent = choice.subject == "purchase"
    full = ["INPUT2", "INPUT"] if spent else ["OUTPUT2", "OUTPUT"]
    usual = full if ours.percent else _nil_rates(ours.name.casefold(), SPENT_AT_NIL if spent else NIL_RATES)
    return min(fitting, key=lambda t: usual.index(t) if t in usual else len(usual), default="")


# Xero's rates at nil by what people call them. Source: its table of tax types for NZ, AU and GB.
NIL_RATES = {
    "zero": ["ZERORATED", "ZERORATEDOUTPUT"],
    "export": ["EXEMPTEXPORT", "ZERORATED", "ZERORATEDOUTPUT"],
    "free": ["EXEMPTOUTPUT"],
    "exempt": ["EXEMPTOUTPUT"],
    "input taxed": ["INPUTTAXED"],
}
SPENT_AT_NIL = {
    "zero": ["ZERORATEDINPUT"],
    "free": ["EXEMPTEXPENSES"],
    "exempt": ["EXEMPTINPUT", "EXEMPTEXPENSES"],
    "input taxed": ["INPUTTAXED"],
}
NO_TAX = ["NONE", "BASEXCLUDED"]


def _nil_rates(name: str, rates: Mapping[str, list[str]]) -> list[str]:
    return [*next((types for word, types in rates.items() if word in name), []), *NO_TAX]
