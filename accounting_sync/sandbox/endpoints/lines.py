"""The lines of a document: what they are worth, where they go, what tax they carry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .. import money
from ..errors import ACCOUNT_INVALID, ITEM_UNKNOWN, LINE_MISMATCH, NotModelled, Refused
from ..formats import read_number
from ..organisation import Organisation
from ..table import Document
from . import ledger_accounts
from .call import ECHOED, Element, check_fields, names, objects, text
from .tracking import line_tracking

FIELDS = ECHOED | names(
    "LineItemID Description Quantity UnitAmount ItemCode AccountCode AccountID TaxType TaxAmount LineAmount Tracking "
    "DiscountRate DiscountAmount DiscountEnteredAsPercent"
)
# What an update of a line takes over from the line it names, when it does not say otherwise.
_KEPT = (
    *("Description", "Quantity", "UnitAmount", "ItemCode", "AccountCode", "TaxType", "Tracking"),
    *("DiscountRate", "DiscountAmount"),
)
# What must stay the same for a line of a paid document, and for a tax amount to stand when a line is edited.
MONEY_FIELDS = ("Quantity", "UnitAmount", "ItemCode", "TaxType", "LineAmount", "DiscountRate", "DiscountAmount")
_PRICE = ("Quantity", "UnitAmount", "LineAmount")
LONGEST_DESCRIPTION = 4000
QUANTITY_PLACES = 4
MOST_PLACES = 4
LARGEST = Decimal("9999999999.99")
AMOUNT_TYPES = ("Exclusive", "Inclusive", "NoTax")


@dataclass(frozen=True)
class Rules:
    """What one kind of document allows on its lines. ``item_side`` names the item's details that fill a line.

    ``keep_tax`` lets a stated tax amount stand on a line whose money is not edited.
    """

    organisation: Organisation
    amount_types: str
    places: int
    approved: bool = False
    discounts: bool = False
    item_side: str = ""
    tax_must_match: bool = False
    keep_tax: bool = True


def build(rules: Rules, sent: Any, before: Iterable[Document] = ()) -> list[Document]:
    """All lines as they will be stored; raises Refused with the sentences of every bad line.

    A line with a LineItemID edits that line, one without is new, and a line of ``before`` that is not listed is gone.
    """
    known = {line["LineItemID"]: line for line in before}
    lines, problems = [], []
    for element in objects(sent, "LineItems"):
        check_fields(element, FIELDS, "LineItem")
        try:
            lines.append(_line(rules, element, known))
        except Refused as refusal:
            problems += refusal.messages
    if problems:
        raise Refused(problems)
    return lines


def totals(lines: list[Document], amount_types: str) -> dict[str, Decimal]:
    """SubTotal, TotalTax and Total; the tax is the sum of the lines' own rounded taxes."""
    amounts = sum((line["LineAmount"] for line in lines), money.ZERO)
    tax = sum((line["TaxAmount"] for line in lines), money.ZERO)
    subtotal = amounts - tax if amount_types == "Inclusive" else amounts
    return {"SubTotal": subtotal, "TotalTax": tax, "Total": subtotal + tax}


def discount_total(lines: list[Document]) -> Decimal:
    full = (money.line_amount(line["Quantity"], line["UnitAmount"]) for line in lines if "Quantity" in line)
    return sum(full, money.ZERO) - sum((line["LineAmount"] for line in lines), money.ZERO)


def render(line: Document, places: int) -> dict[str, Any]:
    out = dict(line)
    if "UnitAmount" in out and places == 2:
        out["UnitAmount"] = money.half_up(out["UnitAmount"])
    out.setdefault("Tracking", [])
    out["ValidationErrors"] = []
    return out


def _line(rules: Rules, element: Element, known: dict[str, Document]) -> Document:
    old = _old_line(element, known)
    sent = _carried_over(old, element) if old else element
    line: Document = {"LineItemID": old["LineItemID"] if old else rules.organisation.new_id()}
    item = _item(rules, sent, line)
    _describe(sent, item, line)
    # A price that was not sent again keeps all the decimals it was stored with.
    _price(rules, sent, item, line, rules.places if "UnitAmount" in element else MOST_PLACES)
    if "Quantity" in line:
        _post(rules, sent, item, line, old)
    else:
        line["TaxAmount"] = money.ZERO
    if sent.get("Tracking"):
        line["Tracking"] = line_tracking(rules.organisation, sent["Tracking"])
    return line


def _carried_over(old: Document, element: Element) -> Element:
    sent = {**{name: old[name] for name in _KEPT if name in old}, **element}
    if "AccountID" in element and "AccountCode" not in element:
        del sent["AccountCode"]
    return sent


def _old_line(element: Element, known: dict[str, Document]) -> Document | None:
    line_id = text(element, "LineItemID")
    if not line_id:
        return None
    if line_id.lower() not in known:
        raise Refused(f"The line item with LineItemID {line_id} could not be found on this document")
    return known[line_id.lower()]


def _item(rules: Rules, sent: Element, line: Document) -> Document:
    code = text(sent, "ItemCode")
    if not code:
        return {}
    if not rules.item_side:
        raise Refused("ItemCode is not supported on this type of transaction")
    item = rules.organisation.tables["Items"].first("code", code.casefold())
    if item is None:
        raise Refused(ITEM_UNKNOWN.format(code=code))
    if item["IsTrackedAsInventory"]:
        raise NotModelled("a line with an item that is tracked as inventory")
    line["ItemCode"] = item["Code"]
    return item


def _describe(sent: Element, item: Document, line: Document) -> None:
    description = text(sent, "Description")
    if description is None:
        description = item.get("Description") or None
    if description is None:
        return
    if not 1 <= len(description) <= LONGEST_DESCRIPTION:
        raise Refused(f"Description must have from 1 to {LONGEST_DESCRIPTION} characters")
    line["Description"] = description


def _price(rules: Rules, sent: Element, item: Document, line: Document, places: int) -> None:
    """Quantity, UnitAmount, discount and LineAmount. The unit price is rounded before it is multiplied."""
    quantity, unit, amount = (_sized(read_number(sent.get(name), name)) for name in _PRICE)
    if unit is None and amount is None and item:
        unit = item[rules.item_side].get("UnitPrice")
    if quantity is None and unit is None and amount is None:
        line["LineAmount"] = money.ZERO
        return
    given = quantity is not None and unit is not None
    quantity, unit = _derived(quantity, unit, amount)
    quantity, unit = money.half_up(quantity, QUANTITY_PLACES), money.half_up(unit, places)
    rate, discount = _discounts(rules, sent)
    expected = _sized(money.line_amount(quantity, unit, rate=rate, discount=discount))
    if amount is not None:
        amount = money.half_up(amount)
        if given and amount != expected:
            raise Refused(LINE_MISMATCH.format(sent=amount, expected=expected))
        expected = amount
    line.update(Quantity=quantity, UnitAmount=unit, LineAmount=expected)
    line.update({name: value for name, value in (("DiscountRate", rate), ("DiscountAmount", discount)) if value})


def _derived(quantity: Decimal | None, unit: Decimal | None, amount: Decimal | None) -> tuple[Decimal, Decimal]:
    """Quantity and unit price, the missing one from the line amount; a quantity that nothing tells is 1."""
    if quantity is None:
        quantity = amount / unit if amount is not None and unit else Decimal(1)
    if unit is None:
        unit = amount / quantity if amount is not None and quantity else money.ZERO
    return _sized(quantity), _sized(unit)


def _sized(amount: Any) -> Any:
    if amount is not None and abs(amount) > LARGEST:
        raise Refused(f"Amounts and quantities must not exceed {LARGEST:,}")
    return amount


def _discounts(rules: Rules, sent: Element) -> tuple[Decimal | None, Decimal | None]:
    rate, discount = (read_number(sent.get(name), name) for name in ("DiscountRate", "DiscountAmount"))
    if not rate and not discount:
        return None, None
    if not rules.discounts:
        raise Refused("Discounts are only supported on ACCREC invoices and quotes")
    if rate and discount:
        raise Refused("A line can have a DiscountRate or a DiscountAmount, not both")
    if rate and not 0 < rate <= 100:
        raise Refused("DiscountRate must be from 0 to 100")
    return rate, money.half_up(discount) if discount else None


def _post(rules: Rules, sent: Element, item: Document, line: Document, old: Document | None) -> None:
    """Account and tax. A draft may lack the account; nothing that is given may be wrong."""
    code, account_id = text(sent, "AccountCode"), text(sent, "AccountID")
    if not code and not account_id and item:
        code = item[rules.item_side].get("AccountCode")
    account = None
    if code or account_id:
        account = ledger_accounts.for_line(rules.organisation, code, account_id)
        line.update(AccountCode=account.get("Code", ""), AccountID=account["AccountID"])
    elif rules.approved:
        raise Refused(ACCOUNT_INVALID.format(code=""))
    _tax(rules, sent, account, line, old)


def _tax(rules: Rules, sent: Element, account: Document | None, line: Document, old: Document | None) -> None:
    stated = read_number(sent.get("TaxAmount"), "TaxAmount")
    if rules.amount_types == "NoTax":
        line.update(TaxType=rules.organisation.settings["NoTaxType"], TaxAmount=money.ZERO)
        if stated:
            raise Refused("A document with LineAmountTypes NoTax cannot have a TaxAmount")
        return
    tax_type = text(sent, "TaxType") or (account["TaxType"] if account else "")
    if not tax_type:
        line["TaxAmount"] = money.ZERO
        return
    rate = ledger_accounts.tax_rate(rules.organisation, tax_type, account)
    line["TaxType"] = rate["TaxType"]
    computed = money.line_tax(line["LineAmount"], rate["EffectiveRate"], rules.amount_types)
    if stated is not None:
        computed = _stated_tax(rules, money.half_up(stated), computed, line["LineAmount"])
    elif old and rules.keep_tax and same_money(old, line):
        computed = old["TaxAmount"]
    line["TaxAmount"] = computed


def _stated_tax(rules: Rules, stated: Decimal, computed: Decimal, amount: Decimal) -> Decimal:
    """Documents take another tax amount than the computed one, bank transactions do not."""
    if rules.tax_must_match and stated != computed:
        raise Refused(f"The tax amount {stated:.2f} does not match the expected tax amount {computed:.2f}")
    if abs(stated) > abs(amount) or stated * amount < 0:
        raise Refused("The tax amount cannot exceed the line amount")
    return stated


def same_money(one: Document, other: Document) -> bool:
    return all(one.get(name) == other.get(name) for name in MONEY_FIELDS)
