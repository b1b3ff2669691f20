"""The company at a size that is asked for, and its business account: one customer who orders all
the time.

All orders of the account stand under one contract, which every fact of an order names in some way,
so that the customer's life is one long journey.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from simulator import company
from simulator.journal import Event
from simulator.local_time import DAY, MINUTE, evening
from simulator.promises import Journey, Scribe
from simulator.simulation import Episode, Simulation
from simulator.supports import promise_support

BUSINESS: Final = "customer:business-1"
CONTRACT: Final = "contract:BUSINESS-1"
FACTS_AN_ORDER: Final = 10

#: Distinct facts a customer of the company, a little less than what any seed gives over its years.
FACTS_A_CUSTOMER: Final = 17
#: An order of the account is told in full within so many days.
LASTS: Final = 9 * DAY


def customers_for(facts: int) -> int:
    """How many customers live at least so many facts in the company's years."""
    if facts < 1:
        raise ValueError(f"expected at least 1 fact, saw {facts}; ask for more")
    return max(50, -(-facts // FACTS_A_CUSTOMER))


class _Once(Scribe):
    """Emits every fact once, so that the first n events are n facts."""

    def repeat(self, event: Event, at: int) -> None:
        """Nothing is emitted again."""


class Sized(Simulation):
    """The company's years with at least so many facts, each emitted once, and beside them so many
    facts (rounded up to ten) of the business account."""

    def __init__(self, seed: int, facts: int, of_business: int = 0) -> None:
        super().__init__(seed, customers_for(facts), scribe=_Once)
        self._business_orders = -(-of_business // FACTS_AN_ORDER)

    def episodes(self) -> Iterator[Episode]:
        """Those of the company, and the orders of the account."""
        yield from super().episodes()
        if self._business_orders:
            step = (self.end - self.start - 2 * LASTS) // self._business_orders
            for number in range(self._business_orders):
                yield Episode(self.start + number * step, "business", number)

    def write(self, episode: Episode) -> None:
        """One episode."""
        if episode.kind == "business":
            business_order(self.scribe, episode.number, episode.start)
        else:
            super().write(episode)


def business_order(scribe: Scribe, number: int, at: int) -> None:
    """One of very many orders of the account: ten facts, all in one journey, because all orders
    stand under one contract."""
    scribe.open(f"business-{number}")
    order = Journey(scribe, BUSINESS, (f"order:B{number}", CONTRACT))
    order.touch(company.ORDERS, at, "order_placed", "web", "customer")
    _pay(order, number, at + 3 * MINUTE)
    due = evening(at, 5)
    delivery = scribe.promise(
        order,
        f"DELIVERY-B{number}",
        "delivery",
        company.ORDERS,
        at + MINUTE,
        owner="logistics",
        due=due,
        kept_at=company.PARCELS,
        entry_point="web",
        due_chosen_by="company",
    )
    handover = promise_support(order, "delivery", f"B{number}", due - DAY, at + 2 * MINUTE)
    handed = scribe.between(at + DAY, at + 4 * DAY)
    order.touch(company.PARCELS, handed, "parcel_handed_over", "field", "company")
    handover.keep(handed + MINUTE)
    done = scribe.between(handed + DAY, handed + 2 * DAY)
    order.touch(company.PARCELS, done, "delivery", "field", "company")
    delivery.keep(done + MINUTE)
    order.touch(company.INVOICES, done + DAY, "invoice_sent", "email", "company")


def _pay(order: Journey, number: int, at: int) -> None:
    payment = {"payment_id": f"PAYMENT-B{number}", "refs": order.refs}
    paid = {**payment, "amount_minor": 49800, "currency": "EUR"}
    order.fact("payment.captured", company.GATEWAY, at, **paid)
    found = {**payment, "to_ref": order.refs[0], "how": "exact_reference"}
    order.fact("payment.linked", company.LEDGER, at + MINUTE, **found)
