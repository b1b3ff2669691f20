"""Counting over facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from domain.refs import department_of
from simulator.journal import Event
from simulator.local_time import DAY, micros
from tests.simulator.notes import NotedPromise
from tests.simulator.reckoning import excused, kept_by, turn_at
from tests.simulator.records import Turn
from tests.simulator.truth import Truth

Key = TypeVar("Key")
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    count: int = 0
    of: int = 0

    def __add__(self, other: Share) -> Share:
        return Share(self.count + other.count, self.of + other.of)

    @property
    def rate(self) -> float:
        """From 0 to 1; 0 of none."""
        return self.count / self.of if self.of else 0.0


Shares = dict[Key, Share]


def shares(units: Iterable[tuple[Key, bool]]) -> Shares[Key]:
    """The share of units that count, by key."""
    found: Shares[Key] = {}
    for key, counted in units:
        found[key] = found.get(key, Share()) + Share(counted, 1)
    return found


def whole(parts: Shares[Any]) -> Share:
    """All groups together."""
    return sum(parts.values(), Share())


def of_type(truth: Truth, *types: str) -> Iterator[Event]:
    """The facts of these types, in their order."""
    return (event for event in truth.told if event.type in types)


def first_of(truth: Truth, type_: str, field: str) -> dict[Any, Event]:
    """The first fact of a type for each value of a field."""
    found: dict[Any, Event] = {}
    for event in of_type(truth, type_):
        found.setdefault(event.body.get(field), event)
    return found


def said_of(truth: Truth, type_: str, field: str) -> dict[Any, list[Event]]:
    """The facts of a type for each value of a field."""
    found: dict[Any, list[Event]] = {}
    for event in of_type(truth, type_):
        found.setdefault(event.body.get(field), []).append(event)
    return found


def speaks(event: Event) -> str:
    """The department that speaks."""
    return department_of(event.source)


def end_of(truth: Truth) -> int:
    """The instant of which everything is asked."""
    return micros(truth.end)


def ripe(truth: Truth, start: int, days: int) -> bool:
    """Whether so many days from ``start`` have passed."""
    return start + days * DAY < end_of(truth)


class Wait(NamedTuple):
    """How many microseconds something took; or, where it has not ended, has lasted so far."""

    ended: bool
    lasted: int


def wait(truth: Truth, start: int, end: int | None) -> Wait:
    """From an instant to another; None has not come."""
    return Wait(end is not None, (end_of(truth) if end is None else end) - start)


Waits = dict[Key, list[Wait]]


def ended(waits: Iterable[Wait]) -> int:
    """How many of these ended."""
    return sum(each.ended for each in waits)


@dataclass(frozen=True)
class Worth:
    """So many things, and what those of them that had a price were worth in cents, by currency."""

    count: int = 0
    cents: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Worth) -> Worth:
        return Worth(self.count + other.count, self.cents + other.cents)


def worth(body: Mapping[str, Any]) -> Worth:
    """What one fact speaks of."""
    cents, currency = body.get("amount_minor"), body.get("currency")
    return Worth(1, Counter() if cents is None else Counter({str(currency): cents}))


def worths(units: Iterable[tuple[Key, Mapping[str, Any]]]) -> dict[Key, Worth]:
    """What facts speak of, by key."""
    found: dict[Key, Worth] = {}
    for key, body in units:
        found[key] = found.get(key, Worth()) + worth(body)
    return found


def gathered(units: Iterable[tuple[Key, Item]]) -> dict[Key, list[Item]]:
    """All of one key together, in their order."""
    found: dict[Key, list[Item]] = {}
    for key, item in units:
        found.setdefault(key, []).append(item)
    return found


class Standing(NamedTuple):
    """A promise, and how it stands at the end."""

    promise: NotedPromise
    turn: Turn

    @property
    def honoured(self) -> bool:
        """Whether it is honoured now."""
        return self.turn.state == "honoured"

    def kept_by(self, date: int | None) -> bool:
        """Whether it is honoured now, at or before a date."""
        return self.honoured and date is not None and kept_by(self.turn, date)


#: What promises are counted by.
By = Callable[[Standing], Any]


def owner(each: Standing) -> str | None:
    """The department that owns it now; None between two."""
    return each.turn.owner


def about(each: Standing) -> str:
    """What was promised."""
    return each.promise.about


def label(name: str) -> By:
    """The value of a label, the first by text; None without one."""

    def value(each: Standing) -> str | None:
        said: Any = each.promise.said.get("labels", ())
        pairs = (text.partition(":") for text in sorted(said))
        return next((value for key, _, value in pairs if key == name), None)

    return value


def standing(truth: Truth, at: int | None = None) -> list[Standing]:
    """Every promise that was made, as it stands at an instant; by default at the end."""
    at = end_of(truth) if at is None else at
    turns = ((promise, turn_at(promise, at)) for promise in truth.promises.values())
    return [Standing(promise, turn) for promise, turn in turns if turn is not None]


def due_by(truth: Truth, date: Callable[[Standing], int | None]) -> list[Standing]:
    """Those whose date has passed, without those that the customer released in time."""
    end, found = end_of(truth), []
    for each in standing(truth):
        due = date(each)
        if due is not None and due < end and not excused(each.turn, due):
            found.append(each)
    return found


def cohort(truth: Truth) -> list[Standing]:
    """Those whose agreed date has passed, without those released in time."""
    return due_by(truth, lambda each: each.turn.agreed_due)


def kept(each: Standing) -> bool:
    """Whether one of the cohort was kept."""
    return each.kept_by(each.turn.agreed_due)
