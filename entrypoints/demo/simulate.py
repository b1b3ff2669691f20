"""The simulator: a seed and a size in, the facts of some years out, in the order of emission.

``simulate`` gives a ``Simulation``. Iterating over it (once) yields every event, about one in a
hundred of them twice; when it is exhausted, ``truth()`` answers what the ledger should answer. The
same arguments give the same events, byte for byte.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import accumulate
from random import Random
from typing import NamedTuple

from entrypoints.demo import business, care, company, house, orders, stories, strays
from entrypoints.demo.events import Event
from entrypoints.demo.moments import DAY, HOUR, date_of, day_of, micros
from entrypoints.demo.people import People
from entrypoints.demo.scribe import Scribe
from entrypoints.demo.truth import Truth

#: What is told changes from edition to edition, and homes of two editions do not mix: raise this
#: when a test says that a fact has changed.
EDITION = 1

SEED = 7
CUSTOMERS = 20_000
SMALL = 1_000
YEARS = 3
END = datetime(2026, 1, 1, tzinfo=UTC)

#: Every so many customers, one has all facts noted.
WATCHED = 50

#: Distinct facts a customer, a little less than what any seed gives over three years.
FACTS_A_CUSTOMER = 17

Episode = tuple[int, str, int]


class Counts(NamedTuple):
    """Distinct facts, events with the repeats, and facts emitted more than an hour late."""

    facts: int
    emitted: int
    late: int


def customers_for(facts: int) -> int:
    """How many customers live at least so many facts in three years. Where the number must be
    exact, take the first ``facts`` events of a simulation with ``repeating`` off."""
    if facts < 1:
        raise ValueError(f"expected at least 1 fact, saw {facts}; ask for more")
    return max(50, -(-facts // FACTS_A_CUSTOMER))


class Simulation:
    """One run. Iterate over it once, to the end, before you ask for the truth."""

    def __init__(
        self,
        seed: int,
        customers: int,
        years: int,
        end: datetime,
        business_facts: int,
        noting: bool,
        repeating: bool,
    ) -> None:
        self.customers = customers
        self.end = micros(end)
        self.start = self.end - int(years * 365.25) * DAY
        self._seed = seed
        self._years = years
        self._business_orders = -(-business_facts // business.FACTS_AN_ORDER)
        key = f"{seed}/{customers}/{years}/{self.end}/{business_facts}"
        self._scribe = Scribe(seed, self.end, key, noting, repeating)
        self._people = People()
        self._policies = house.Policies(self.start + 365 * DAY)
        self._stories: dict[str, stories.Story] = {}
        self._orders = 100_000
        self._begun = False
        self._done = False

    def __iter__(self) -> Iterator[Event]:
        if self._begun:
            raise RuntimeError("a simulation runs once; make another with the same arguments")
        self._begun = True
        scribe = self._scribe
        for start, kind, number in self._plan():
            yield from scribe.emitted_before(start)
            self._tell(start, kind, number)
        yield from scribe.emitted_at_last()
        self._done = True

    def truth(self) -> Truth:
        """What was decided. Raises RuntimeError before the last event is taken, and where the
        simulation was asked not to take notes."""
        if not self._done or not self._scribe.noting:
            raise RuntimeError(
                "expected a finished simulation that takes notes; iterate to the end first"
            )
        return Truth(self._scribe.notes, self.start, self.end, dict(self._stories))

    def counts(self) -> Counts:
        """How much was emitted so far."""
        notes = self._scribe.notes
        return Counts(notes.facts, notes.emitted, notes.late)

    def _plan(self) -> list[Episode]:
        """When each episode starts, in order."""
        start, end = self.start, self.end
        plan: list[Episode] = [(start - 40 * DAY, "publish", 0)]
        months = (end - start) // (30 * DAY)
        plan += [(start + number * 30 * DAY, "month", number) for number in range(months)]
        plan.append((stories.rosebush_starts(end), "rosebush", 0))
        plan.append((stories.counter_starts(end), "counter", 0))
        plan.append((start + 20 * DAY, "strays", 0))
        if self._business_orders:
            step = (end - start - 2 * business.LASTS) // self._business_orders
            plan += [(start + n * step, "business", n) for n in range(self._business_orders)]
        plan += self._orders_planned()
        plan.sort()
        return plan

    def _orders_planned(self) -> list[Episode]:
        """Who orders when: the season decides, and the house grows a little every year."""
        chance = Random(self._seed + 1).random
        first, last = day_of(self.start), day_of(self.end)
        weights = (
            company.SEASON[date_of(day).month - 1] * (1 + (day - first) / 3650)
            for day in range(first, last)
        )
        sums = list(accumulate(weights))
        counts = list(accumulate(company.ORDERS_A_CUSTOMER[:-1]))
        planned: list[Episode] = []
        for customer in range(1, self.customers + 1):
            for _ in range(1 + bisect_right(counts, chance())):
                day = first + bisect_right(sums, chance() * sums[-1], hi=len(sums) - 1)
                at = max(day * DAY + int(chance() * 24 * 60) * 60_000_000, self.start)
                planned.append((at, "order", customer))
        return planned

    def _tell(self, start: int, kind: str, number: int) -> None:
        scribe = self._scribe
        if kind == "order":
            self._orders += 1
            tell_order(scribe, self._people, self._policies, self._orders, number, start)
        elif kind == "business":
            business.business_order(scribe, number, start)
        elif kind == "month":
            scribe.open(f"month-{number}", None, watched=False)
            house.month(scribe, number, start)
        elif kind == "publish":
            scribe.open("publish", None, watched=False)
            house.publish(scribe, self._policies, self.start, self._years)
        elif kind == "strays":
            strays.strays(scribe, start)
        elif kind == "rosebush":
            self._stories[kind] = stories.rosebush(scribe, start)
        else:
            self._stories[kind] = stories.counter(scribe, start)


def tell_order(
    scribe: Scribe, people: People, policies: house.Policies, number: int, customer: int, start: int
) -> None:
    """One order and all that comes of it."""
    party = f"customer:{customer}"
    scribe.open(str(number), f"order:{number}", watched=customer % WATCHED == 7)
    placed = orders.before(scribe, party, start)
    order = orders.place(scribe, number, party, placed)
    if order.fate in orders.NOT_DELIVERED and not order.astray and scribe.random() < 0.85:
        care.refund(scribe, order, order.settled_at + HOUR)
    if order.delivered:
        delivered = order.delivered[0]
        if scribe.random() < 0.09:
            care.feedback(scribe, order, delivered + 2 * DAY + HOUR)
        if scribe.random() < 0.03:
            at = scribe.between(delivered + 5 * DAY, delivered + 60 * DAY)
            care.dead_plant(scribe, order, at)
    _ask_more(scribe, people, policies, order)


def _ask_more(
    scribe: Scribe, people: People, policies: house.Policies, order: orders.Order
) -> None:
    chance = scribe.random()
    if chance > 0.15:
        return
    at = scribe.between(order.placed + DAY, order.due + 8 * DAY)
    if chance < 0.06:
        care.call(scribe, order, people, policies, at)
    elif chance < 0.08:
        care.complaint(scribe, order, policies, at)
    elif chance < 0.10:
        care.small_promise(scribe, order, "invoice_copy", at)
    elif chance < 0.13:
        care.small_promise(scribe, order, "catalogue", at)
    elif chance < 0.145:
        care.small_promise(scribe, order, "stock_notice", at)
    else:
        care.decline(scribe, order, at)


def simulate(
    seed: int,
    customers: int = CUSTOMERS,
    years: int = YEARS,
    end: datetime = END,
    *,
    business_facts: int = 0,
    noting: bool = True,
    repeating: bool = True,
) -> Simulation:
    """The company's years that end at ``end``. ``business_facts`` adds one business account with so
    many facts (rounded up to ten), all in one journey. With ``noting`` off there is no truth, and
    memory does not grow with what is told, only with what is still to be emitted. With
    ``repeating`` off every fact is emitted once, so that the first n events are n facts."""
    if customers < 1 or years < 1:
        raise ValueError(f"expected customers and years from 1, saw {customers} and {years}")
    return Simulation(seed, customers, years, end, business_facts, noting, repeating)
