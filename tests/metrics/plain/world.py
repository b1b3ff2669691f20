"""What a plain reading reads: the facts of a moment, and what the folds make of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from unittest.mock import patch

from domain.commitments import Commitment, Folded, evolve, opened, status
from domain.facts import Fact
from domain.journeys import Stitched
from domain.policies import policy_dates
from domain.retractions import in_order
from projections.public_holidays import public_holidays
from tests.domain import answers
from tests.domain.answers import View

Json = dict[str, Any]


@dataclass(frozen=True)
class Unit:
    """A unit as it is listed. ``facts`` are those that have to be among its facts; ``rest`` is what
    its kind is made of; ``started_at`` is from when W runs, where the metric has one."""

    id: str
    at: datetime | None
    key: Json
    facts: frozenset[str]
    rest: Json = field(default_factory=dict)
    started_at: datetime | None = None

    @property
    def side(self) -> str:
        """Which of two shares it is of, where there are two."""
        return str(self.rest.get("side", ""))


#: The units of a metric in a world, with W.
Reading = Callable[["World", timedelta], list[Unit]]


class World(View):
    """The facts that are known, in force, and had happened, with all that the folds say of them.
    Time counts from ``start`` to ``end``, where a metric says so; ``window`` are the two as they
    were given."""

    def __init__(
        self,
        facts: Sequence[Fact],
        as_of: datetime,
        known_at: int | None,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> None:
        self.window = (start, end)
        with patch.object(answers, "no_places", public_holidays):
            super().__init__(facts, as_of, known_at)
        self.start = start or datetime.min.replace(tzinfo=UTC)
        self.end = as_of if end is None else end
        self.happened = in_order(self.standing, as_of)
        self._policies = policy_dates(self.standing, public_holidays)

    def of_type(self, type: str) -> list[Fact]:
        """The facts of one type, in their order."""
        return [fact for fact in self.happened if fact.type == type]

    def states(self, folded: Folded) -> Iterator[Commitment]:
        """The commitment after each of its entries."""
        first, *rest = folded.entries
        now = opened(first.fact, self._policies.get(first.fact.id))
        yield now
        for entry in rest:
            now = evolve(now, entry.fact)
            yield now

    def status(self, commitment: Commitment) -> str:
        return status(commitment, self.as_of)

    @cached_property
    def customers(self) -> set[str]:
        """The canonical names of the parties that are customers."""
        parties = (
            {fact.subject for fact in self.happened} | set(self.names) | set(self.names.values())
        )
        return {self.names.get(party, party) for party in parties if party.startswith("customer:")}

    @cached_property
    def customer_journeys(self) -> list[Stitched]:
        """The journeys of customers, in order."""
        return [one for one in self.stitched.journeys if one.customer in self.customers]

    @cached_property
    def journey_of(self) -> Mapping[object, Stitched]:
        """The customer's journey that a fact is in, by its id."""
        return {fact.id: one for one in self.customer_journeys for fact in one.facts}


def made_of(folded: Folded) -> Fact:
    """The first ``made``."""
    return folded.entries[0].fact


def seconds(length: timedelta) -> float:
    return length / timedelta(seconds=1)


def body_of(fact: Fact) -> Any:
    """The body of a fact, whose fields are its type's."""
    return fact.body
