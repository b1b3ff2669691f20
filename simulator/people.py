"""Who calls and who buys: some customers are known to the telephone, or to the app, under another
name than to the shop."""

from __future__ import annotations

from simulator.company import MAIL, ORDERS, PHONE
from simulator.local_time import DAY, MINUTE
from simulator.promises import Journey

#: Of those who call: how many get a party of their own, how many of these are linked to the web
#: account, and how many of the links turn out to be wrong.
SECOND_NAME = 0.3
LINKED = 0.85
UNLINKED = 0.08
#: Of those who buy in the app: how many have an account, and how many of these are linked.
ACCOUNT = 0.25
ACCOUNT_LINKED = 0.85


class People:
    """The names under which customers call or buy in the app, drawn at the first time."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._accounts: dict[str, str] = {}

    def caller(self, shop: Journey, at: int) -> Journey:
        """The journey under the name that the telephone knows. A second name is linked to the web
        account the day after, or never; a few links are undone, when a mother and a daughter share
        a telephone."""
        name = self._names.get(shop.party)
        if name is None:
            name = self._names[shop.party] = _first_call(shop, at)
        return Journey(shop.scribe, name, shop.refs)

    def account(self, shop: Journey, at: int) -> Journey:
        """The journey under the name that the app knows. An account is linked to the customer at
        once, or never."""
        name = self._accounts.get(shop.party)
        if name is None:
            name = self._accounts[shop.party] = _first_order(shop, at)
        return Journey(shop.scribe, name, shop.refs)


def _first_order(shop: Journey, at: int) -> str:
    scribe = shop.scribe
    if scribe.random() >= ACCOUNT:
        return shop.party
    account = "account:" + shop.party.partition(":")[2]
    if scribe.random() < ACCOUNT_LINKED:
        both = {"party_a": account, "party_b": shop.party}
        shop.fact("identity.linked", ORDERS, at + MINUTE, **both, evidence="signed in")
    return account


def _first_call(shop: Journey, at: int) -> str:
    scribe = shop.scribe
    if scribe.random() >= SECOND_NAME:
        return shop.party
    phone = Journey(scribe, "customer:phone-" + shop.party.partition(":")[2])
    if scribe.random() >= LINKED:
        return phone.party
    linked = scribe.between(at + DAY // 2, at + 3 * DAY)
    undone = None
    if scribe.random() < UNLINKED:
        undone = scribe.between(linked + 20 * DAY, linked + 60 * DAY)
    both = {"party_a": shop.party, "party_b": phone.party}
    shop.fact("identity.linked", PHONE, linked, **both, evidence="same telephone number")
    if undone is not None:
        evidence = "two people, one telephone"
        phone.fact("identity.unlinked", MAIL, undone, **both, evidence=evidence)
    return phone.party
