"""An account that the chart in Xero lacks, made there because somebody asked for it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from accounting_sync import directory, setup
from accounting_sync.choices import Choice, choices
from accounting_sync.documents import Call
from accounting_sync.models import Connection, XeroAccount
from accounting_sync.xero.client import Client, Reply, messages
from workshop.errors import NotAllowedNow

SCOPE = "accounting.settings"


@dataclass(frozen=True)
class NewAccount:
    key: str
    code: str
    name: str
    type: str


#: by the role; the codes are those garages commonly use, and the next free one is taken
NEW_ACCOUNTS = {
    account.key: account
    for account in (
        NewAccount("labour", "200", "Labour Sales", "REVENUE"),
        NewAccount("part", "201", "Parts Sales", "REVENUE"),
        NewAccount("outwork", "202", "Outwork Sales", "REVENUE"),
        NewAccount("freight", "203", "Freight Recovered", "REVENUE"),
        NewAccount("discount", "205", "Discounts Given", "REVENUE"),
        NewAccount("deposit", "815", "Customer Deposits", "CURRLIAB"),
        NewAccount("stock", "631", "Stock on Hand", "CURRENT"),
        NewAccount("wip", "635", "Work in Progress", "CURRENT"),
        NewAccount("cogs", "310", "Cost of Goods Sold", "DIRECTCOSTS"),
        NewAccount("adjustment", "311", "Stock Adjustment", "DIRECTCOSTS"),
        NewAccount("variance", "312", "Purchase Price Variance", "DIRECTCOSTS"),
        NewAccount("freight_in", "313", "Freight on Purchases", "DIRECTCOSTS"),
    )
}


def lacking(connection: Connection, rows: list[Choice]) -> list[NewAccount]:
    """What is not chosen yet and can be made, with the code it would get."""
    unchosen = [row.key for row in rows if row.subject == "account" and not row.settled]
    taken = set(connection.accounts.values_list("code", flat=True))
    return [_with_a_free_code(NEW_ACCOUNTS[key], taken) for key in unchosen if key in NEW_ACCOUNTS]


def _with_a_free_code(new: NewAccount, taken: set[str]) -> NewAccount:
    code = next(str(code) for code in count(int(new.code)) if str(code) not in taken)
    return NewAccount(new.key, code, new.name, new.type)


def create(connection: Connection, key: str) -> XeroAccount:
    """Make it in Xero and choose it. The chart is read first: an account of that name is chosen, not made twice.

    Raises NotAllowedNow, and what calling Xero raises; after NoAnswer it may be there, which the next try sees.
    """
    if SCOPE not in connection.scopes.split():
        raise NotAllowedNow("Xero has not allowed us to add accounts. Re-authorise the connection, then try again.")
    client = Client(connection)
    directory.reload(client)
    new = next((new for new in lacking(connection, choices(connection)) if new.key == key), None)
    if new is None:
        raise NotAllowedNow("That account is chosen already.")
    found = connection.accounts.filter(name__iexact=new.name, type=new.type, status="ACTIVE").first()
    if found is None:
        _put(client, new)
        directory.reload(client)
        found = connection.accounts.get(code=new.code)
    setup.choose(connection, {("account", key): found.code})
    return found


def _put(client: Client, new: NewAccount) -> Reply:
    body = {"Code": new.code, "Name": new.name, "Type": new.type}
    reply = client.send(Call("PUT", "Accounts", body=body))
    if reply.status != 200:
        said = " ".join(messages(reply.data)) or f"It answered {reply.status}."
        raise NotAllowedNow(f"Xero did not make the account. {said}")
    return reply
