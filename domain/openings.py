"""What one fact opens, and what is said of it from then on: an issue, a payment, a decision, an
entitlement.

The opening is the first fact of its kind, in the order. A fact that names the same thing and is
earlier counts as at the opening: it stands right behind it, with others of its kind in their order.
So a later ``as_of`` adds steps, and changes none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.facts import Fact
from domain.retractions import in_order


@dataclass(frozen=True, slots=True)
class Step:
    """One fact about a thing, and when it counts: its time, but not before the opening's."""

    fact: Fact
    at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """A thing that was opened: its bare id, and what was said of it, the opening first."""

    id: str
    steps: tuple[Step, ...]

    @property
    def opening(self) -> Fact:
        """The fact that opened it."""
        return self.steps[0].fact

    @property
    def opened_at(self) -> datetime:
        """The time of the opening."""
        return self.steps[0].at

    def first(self, which: Callable[[Fact], bool]) -> Step | None:
        """The first step whose fact is such a one."""
        return next((step for step in self.steps if which(step.fact)), None)


def opened(
    facts: Iterable[Fact],
    field: str,
    opens: Callable[[Fact], bool],
    as_of: datetime | None = None,
) -> dict[str, Opened]:
    """The things that ``field`` of a body names and some fact ``opens``, by their ids. ``facts``
    are known and in force; those after ``as_of`` are passed over."""
    named: dict[str, list[Fact]] = {}
    for fact in in_order(facts, as_of):
        name: str | None = getattr(fact.body, field, None)
        if name is not None:
            named.setdefault(name, []).append(fact)
    found = {}
    for name, told in named.items():
        opening = next(filter(opens, told), None)
        if opening is not None:
            rest = (fact for fact in told if fact is not opening)
            found[name] = Opened(
                name,
                tuple(Step(one, max(one.time, opening.time)) for one in (opening, *rest)),
            )
    return found
