"""What of ours needs an account or a tax rate in Xero, and which of Xero's may stand for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from accounting_sync.models import Connection, XeroAccount, XeroTaxRate
from workshop.models import Deposit, FreightRule, Organisation, PaymentMethod, TaxRate

SALES = ("REVENUE", "SALES")
COSTS = ("DIRECTCOSTS", "EXPENSE", "OVERHEADS")
ASSETS = ("CURRENT",)
LIABILITIES = ("CURRLIAB",)
DEPOSIT = "deposit"  # its account and its tax
SITE = "site"  # one for all that goes from here
BALANCES = ("stock", "wip")  # what each is worth here is compared with its account in Xero
TRACKED = "INVENTORY"  # Xero keeps such an account itself and refuses journals to it


@dataclass(frozen=True)
class Role:
    """A purpose an account is chosen for: its key on the lines, its name, the types allowed and words to guess by.

    ``switches``: what must be switched on for it to be needed. ``system``: Xero's own name for the one account.
    """

    key: str
    label: str
    types: tuple[str, ...]
    words: tuple[str, ...]
    switches: frozenset[str] = frozenset()
    system: str = ""


JOURNALS, PURCHASES = frozenset({"journals"}), frozenset({"purchases"})
ANY = JOURNALS | PURCHASES | {"orders"}
ROLES = (
    Role("labour", "Labour sales", SALES, ("labour", "sales")),
    Role("part", "Parts sales", SALES, ("parts", "sales")),
    Role("outwork", "Outwork sales", SALES, ("outwork", "sublet", "sales")),
    Role("freight", "Freight charged", SALES, ("freight", "sales")),
    Role("discount", "Discounts given", SALES, ("discount", "sales")),
    Role(DEPOSIT, "Customer deposits", LIABILITIES, ("customer deposit", "deposit", "in advance")),
    Role("stock", "Stock on Hand", ASSETS, ("stock on hand", "stock", "inventory"), ANY),
    Role("wip", "Work in Progress", ASSETS, ("work in progress", "wip"), ANY),
    Role("cogs", "Cost of Goods Sold", COSTS, ("cost of goods", "cogs", "cost of sales", "purchases"), JOURNALS),
    Role("adjustment", "Stock Adjustment", COSTS, ("stock adjustment", "adjustment", "cost of goods"), JOURNALS),
    Role("variance", "Purchase Price Variance", COSTS, ("variance", "cost of goods"), JOURNALS),
    Role("freight_in", "Freight on purchases", COSTS, ("freight", "cost of goods"), PURCHASES),
    Role("rounding", "Rounding", (), ("rounding",), PURCHASES, "ROUNDING"),
)


@dataclass(frozen=True)
class Choice:
    """One row of the mapping page: what of ours, what is chosen, what may be chosen, and why something may not."""

    subject: str
    key: str
    label: str
    value: str
    options: tuple[tuple[str, str], ...]
    refused: tuple[tuple[str, str], ...] = ()
    needed: bool = True

    @property
    def settled(self) -> bool:
        """Chosen, and still offered: an account may have been archived or renumbered in Xero since."""
        return self.value in dict(self.options)


def choices(connection: Connection) -> list[Choice]:
    """Every mapping that what goes to Xero needs, with the switches as they are."""
    chosen = {(mapping.subject, mapping.key): mapping.value for mapping in connection.mappings.all()}
    accounts = list(connection.accounts.filter(status="ACTIVE"))
    rates = list(connection.tax_rates.filter(status="ACTIVE"))
    taxes, methods = TaxRate.objects.filter(archived_at=None), PaymentMethod.objects.filter(archived_at=None)
    sales = [tax for tax in taxes if tax.use == TaxRate.Use.SALES]
    buying = connection.purchases_since or connection.orders_since
    bought = [tax for tax in taxes if tax.use == TaxRate.Use.PURCHASES and buying]
    rows = [_account_row(role, accounts) for role in roles(connection)]
    rows += [("tax", str(tax.pk), str(tax), *_rates_for(tax, _for_sales(rates))) for tax in sales]
    rows += [
        ("tax", DEPOSIT, f"Tax on deposits ({tax})", *_rates_for(tax, _for_sales(rates))) for tax in on_deposits(sales)
    ]
    rows += [("purchase", str(tax.pk), str(tax), *_rates_for(tax, _for_purchases(rates))) for tax in bought]
    rows += [("payment", str(m.pk), f"Paid by {m}", _payment_options(accounts), ()) for m in methods]
    sites = tuple((site.option_id, str(site)) for site in connection.tracking_options.filter(status="ACTIVE"))
    rows += [("site", SITE, "Lines are marked with", sites, ())] if sites or ("site", SITE) in chosen else []
    return [
        Choice(subject, key, label, chosen.get((subject, key), ""), options, refused, _needed(subject, key))
        for subject, key, label, options, refused in rows
    ]


def _needed(subject: str, key: str) -> bool:
    return subject != "site" and (key != DEPOSIT or Deposit.objects.exists())


def on_deposits(rates: Iterable[TaxRate]) -> list[TaxRate]:
    """Of these sales rates the one that is within deposits."""
    chosen = Organisation.objects.values_list("deposit_tax_rate", flat=True).first()
    return [rate for rate in rates if (rate.pk == chosen if chosen else rate.is_default)]


Options = tuple[tuple[str, str], ...]


def _rates_for(ours: TaxRate, rates: Iterable[XeroTaxRate]) -> tuple[Options, Options]:
    """How much tax there is, is the garage's setting; under which of Xero's rates of that percentage, the accountant's.

    At another percentage every total there would be another than here.
    """
    alike = tuple((rate.tax_type, str(rate)) for rate in rates if rate.percent == ours.percent)
    none = f"Xero has no rate of {ours.percent.normalize():f}% for this. Add one there, then reload."
    return alike, () if alike else (("", none),)


Row = tuple[str, str, str, tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]


def roles(connection: Connection) -> list[Role]:
    """Those that the switches ask for; freight as an expense only where the garage books it so."""
    on = {name for name, since in connection.switches.items() if since}
    found = [role for role in ROLES if not role.switches or role.switches & on]
    spread = bool(on) and Organisation.current().freight_rule == FreightRule.SPREAD
    return [role for role in found if role.key != "freight_in" or not spread]


def _account_row(role: Role, accounts: Iterable[XeroAccount]) -> Row:
    fitting = [account for account in accounts if account.code and _fits(role, account)]
    kept_by_xero = [account for account in accounts if role.types == ASSETS and account.type == TRACKED]
    options = tuple((account.code, str(account)) for account in fitting if not account.tracked_items)
    refused = [(account.code, _why_not(account)) for account in (*kept_by_xero, *fitting)]
    return "account", role.key, role.label, options, tuple((code, why) for code, why in refused if why)


def _fits(role: Role, account: XeroAccount) -> bool:
    if role.system:
        return account.system_account == role.system
    return account.type in role.types and not account.system_account


def _why_not(account: XeroAccount) -> str:
    if account.tracked_items:
        return (
            f"{account} holds {account.tracked_items} items that Xero tracks itself: their cost would be posted twice. "
            "Untrack them in Xero (sell or adjust each to nil, then make it an untracked item), then reload."
        )
    if account.type == TRACKED:
        return (
            f"{account} is of the type Inventory, which Xero keeps itself and lets nobody post to. "
            "In Xero, add an account “Stock on Hand” of the type Current Asset, then reload."
        )
    return ""


def _for_sales(rates: Iterable[XeroTaxRate]) -> list[XeroTaxRate]:
    return [rate for rate in rates if rate.for_revenue]


def _for_purchases(rates: Iterable[XeroTaxRate]) -> list[XeroTaxRate]:
    return [rate for rate in rates if rate.for_expenses]


def _payment_options(accounts: Iterable[XeroAccount]) -> tuple[tuple[str, str], ...]:
    return tuple((account.account_id, str(account)) for account in accounts if account.takes_payments)
