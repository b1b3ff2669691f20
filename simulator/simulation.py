"""The simulator: a seed and a size in, the facts of some years out, in the order of emission."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import accumulate
from random import Random
from typing import NamedTuple

from simulator import (
    care,
    colleagues,
    company,
    complaints,
    conducting,
    counter,
    house,
    judgement,
    orders,
    slips,
    stories,
    strays,
    voice,
)
from simulator.journal import Counts, Event
from simulator.local_time import DAY, HOUR, MINUTE, date_of, day_of, micros
from simulator.people import People
from simulator.practices import AS_IT_IS, Practices
from simulator.promises import Promise, Scribe

#: What is told changes from edition to edition, and homes of two editions do not mix: raise this
#: when a test says that a fact has changed.
EDITION = 4

SEED = 7
CUSTOMERS = 20_000
SMALL = 1_000
YEARS = 3
END = datetime(2026, 1, 1, tzinfo=UTC)


class Episode(NamedTuple):
    """Facts that are written in one go: when they start, of which kind they are, and which one of
    that kind (of an order, its customer)."""

    start: int
    kind: str
    number: int = 0


class Simulation:
    """The company's years that end at ``end``. Iterating over it, once, yields every event, about
    one in a hundred of them twice. ``practices`` are what the company has made a habit of. The same
    arguments give the same events, byte for byte; other arguments share no fact with them. Memory
    grows with what is still to be emitted, not with the years. ``scribe`` is what the facts are
    written with."""

    def __init__(
        self,
        seed: int,
        customers: int = CUSTOMERS,
        years: int = YEARS,
        end: datetime = END,
        *,
        practices: Practices = AS_IT_IS,
        scribe: type[Scribe] = Scribe,
    ) -> None:
        if customers < 1 or years < 1:
            raise ValueError(f"expected customers and years from 1, saw {customers} and {years}")
        self.end = micros(end)
        self.start = self.end - int(years * 365.25) * DAY
        key = f"{seed}/{customers}/{years}/{self.end}/{practices.key}"
        self.scribe = scribe(seed, self.end, key, practices)
        self._seed = seed
        self._customers = customers
        self._years = years
        self._people = People()
        self._timeline = house.Timeline(self.start)
        self._orders = 100_000
        self._begun = False

    def __iter__(self) -> Iterator[Event]:
        if self._begun:
            raise RuntimeError("a simulation runs once; make another with the same arguments")
        self._begun = True
        for episode in sorted(self.episodes()):
            yield from self.scribe.emitted_before(episode.start)
            self.write(episode)
        yield from self.scribe.emitted_before(self.end + DAY)

    def counts(self) -> Counts:
        """How much was emitted so far."""
        return self.scribe.counts()

    def episodes(self) -> Iterator[Episode]:
        """When which episode starts, in any order."""
        yield Episode(self.start - 40 * DAY, "publish")
        for number in range((self.end - self.start) // (30 * DAY)):
            yield Episode(self._timeline.month(number), "month", number)
        yield Episode(stories.rosebush_starts(self.end), "rosebush")
        yield Episode(stories.counter_starts(self.end), "counter")
        yield Episode(self.start + 20 * DAY, "strays")
        yield Episode(self.start + 30 * DAY, "slips")
        yield Episode(self.end, "rules")
        yield from self._placed()

    def _placed(self) -> Iterator[Episode]:
        """Who orders when: the season decides, and the house grows a little every year."""
        chance = Random(self._seed + 1).random
        first, last = day_of(self.start), day_of(self.end)
        weights = (
            company.SEASON[date_of(day).month - 1] * (1 + (day - first) / 3650)
            for day in range(first, last)
        )
        sums = list(accumulate(weights))
        counts = list(accumulate(company.ORDERS_A_CUSTOMER[:-1]))
        for customer in range(1, self._customers + 1):
            for _ in range(1 + bisect_right(counts, chance())):
                day = first + bisect_right(sums, chance() * sums[-1], hi=len(sums) - 1)
                at = max(day * DAY + int(chance() * 24 * 60) * MINUTE, self.start)
                yield Episode(at, "order", customer)

    def write(self, episode: Episode) -> None:
        """Writes the facts of one episode."""
        start, kind, number = episode
        if kind == "order":
            self._orders += 1
            self.scribe.open(str(self._orders))
            self._order(self._orders, f"customer:{number}", start)
        elif kind == "month":
            self.scribe.open(f"month-{number}")
            colleagues.month(self.scribe, self._timeline, number)
        elif kind == "publish":
            self.scribe.open(kind)
            house.publish(self.scribe, self._timeline, self._years)
        else:
            self.scribe.open(kind)
            _SINGLE[kind](self.scribe, start)

    def _order(self, number: int, party: str, start: int) -> None:
        """One order and all that comes of it."""
        scribe = self.scribe
        placed = orders.before(scribe, party, start)
        order, delivery = orders.place(scribe, number, party, placed, self._people)
        owed = delivery.fate in orders.NOT_DELIVERED and not order.astray
        if owed and scribe.random() < 0.85:
            care.refund(order, delivery.settled_at + HOUR)
        if order.conducted:
            conducting.conduct(order, delivery)
        if order.missed is not None:
            counter.missing_payment(order, order.missed)
        if order.delivered:
            self._delivered(order, delivery)
        self._more(order)

    def _delivered(self, order: orders.Order, delivery: Promise) -> None:
        """What is said and found once the roses are there."""
        scribe, delivered = self.scribe, order.delivered[0]
        if scribe.random() < 0.09:
            voice.feedback(order, delivered + 2 * DAY + HOUR)
        if scribe.random() < 0.03:
            at = scribe.between(delivered + 5 * DAY, delivered + 60 * DAY)
            care.dead_plant(order, at)
        if delivery.fate in orders.TOO_LATE:
            care.own_up(order, delivery)
            if scribe.random() < 0.5:
                judgement.excuse(order, delivery.settled_at + 2 * HOUR)

    def _more(self, order: orders.Order) -> None:
        """What some customers ask beside their order."""
        chance = self.scribe.random()
        if chance > 0.19:
            return
        at = self.scribe.between(order.placed + DAY, order.due + 8 * DAY)
        timeline = self._timeline
        if chance < 0.06:
            care.call(order, self._people, timeline, at)
        elif chance < 0.08:
            complaints.complaint(order, timeline, at)
        elif chance < 0.10:
            care.small_promise(order, "invoice_copy", timeline, at)
        elif chance < 0.13:
            care.small_promise(order, "catalogue", timeline, at)
        elif chance < 0.145:
            care.small_promise(order, "stock_notice", timeline, at)
        elif chance < 0.15:
            care.decline(order, at)
        elif chance < 0.165:
            judgement.request(order, timeline, at)
        else:
            counter.voucher(order, at)


_SINGLE = {
    "strays": strays.strays,
    "slips": slips.slips,
    "rules": slips.rules,
    "rosebush": stories.rosebush,
    "counter": stories.counter,
}
