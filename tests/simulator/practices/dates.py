"""When promises are due, and when they are done: counted over promises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, NamedTuple

from simulator.local_time import DAY
from tests.simulator.notes import NotedPromise
from tests.simulator.practices.counting import (
    By,
    about,
    end_of,
    gathered,
    of_type,
    owner,
    standing,
)
from tests.simulator.reckoning import turn_at
from tests.simulator.records import Turn
from tests.simulator.truth import Truth

WEEK = 7 * DAY
#: Midnight of a Monday, 1970-01-05, in UTC.
_MONDAY = 4 * DAY

_ENDINGS = ("commitment.honoured", "commitment.released", "commitment.abandoned")
_OUTSTANDING = ("open", "disputed")


def lead_time(truth: Truth, by: By = about) -> dict[Any, list[int]]:
    """Microseconds from the promise to its first date, of those that have one."""
    return gathered(
        (by(each), first - each.promise.made_at)
        for each in standing(truth)
        if (first := each.turn.first_due) is not None
    )


def overdue_age(truth: Truth, by: By = about) -> dict[Any, list[int]]:
    """Microseconds since the agreed date, of what is overdue."""
    return gathered(
        (by(each), end_of(truth) - due)
        for each in standing(truth)
        if each.turn.state == "open"
        and (due := each.turn.agreed_due) is not None
        and due < end_of(truth)
    )


def around_due(truth: Truth, by: By = owner) -> dict[Any, Counter[tuple[int, str]]]:
    """How often what was done on which day around the agreed date: ``honoured``, ``released`` and
    ``abandoned`` as it was written down, and ``moved`` without consent. Day 0 are the 24 hours
    before the date and its instant."""
    steps = {each.promise.commitment_id: each for each in standing(truth)}
    found = [
        (steps[name], step.time, _agreed_before(steps[name].promise, step.time), step.type)
        for step in of_type(truth, *_ENDINGS)
        if (name := str(step.body["commitment_id"])) in steps
    ]
    found += [
        (each, move.at, move.agreed_due, "commitment.moved")
        for each in steps.values()
        for move in each.promise.moves
        if not move.consent
    ]
    days = gathered(
        (by(each), (-((due - at) // DAY), what.removeprefix("commitment.")))
        for each, at, due, what in found
        if due is not None and -6 <= -((due - at) // DAY) <= 7
    )
    return {key: Counter(some) for key, some in days.items()}


def _agreed_before(promise: NotedPromise, at: int) -> int | None:
    """The agreed date just before a step; what is done before it is promised has the first one."""
    turn = turn_at(promise, at - 1) or promise.turns[0]
    return turn.agreed_due


class Ending(NamedTuple):
    """How a promise ended, or ``open``, and how many microseconds after it was made."""

    fate: str
    lasted: int


def time_to_honour(truth: Truth, by: By = about) -> dict[Any, list[Ending]]:
    """Of all promises. What is disputed was honoured; what was done before it was promised took no
    time."""
    return gathered(
        (by(each), _ending(each.turn, each.promise.made_at, end_of(truth)))
        for each in standing(truth)
    )


def _ending(turn: Turn, made: int, end: int) -> Ending:
    fate = "honoured" if turn.state == "disputed" else turn.state
    at = turn.honoured_at or turn.released_at or turn.abandoned_at or end
    return Ending(fate, max(0, at - made))


class Load(NamedTuple):
    """How many promises were honoured in each of the last eight whole weeks, how many are overdue,
    and how many are due in each of eight weeks from this one on, by their Mondays."""

    honoured: list[int]
    overdue: int
    due: dict[int, int]


def load(truth: Truth, at: int) -> Load:
    """By weeks of UTC, as of an instant."""
    this = at - (at - _MONDAY) % WEEK
    weeks = [this + number * WEEK for number in range(-8, 8)]
    honoured, due, overdue = Counter[int](), Counter[int](), 0
    for each in standing(truth, at):
        date, done = each.turn.agreed_due, each.turn.honoured_at
        if each.honoured and done is not None:
            honoured[done - (done - _MONDAY) % WEEK] += 1
        elif each.turn.state in _OUTSTANDING and date is not None:
            overdue += date < at
            due[date - (date - _MONDAY) % WEEK] += date >= at
    return Load(
        [honoured[week] for week in weeks[:8]], overdue, {week: due[week] for week in weeks[8:]}
    )


def longest_silence(truth: Truth, by: By = about) -> dict[Any, list[int]]:
    """The most microseconds in which nothing was heard about an open promise."""
    return gathered(
        (by(each), silence(open_times(each.promise, end_of(truth)), each.promise.signs) or 0)
        for each in standing(truth)
    )


def open_times(promise: NotedPromise, end: int) -> list[tuple[int, int]]:
    """From when until when a promise was open."""
    lived = [turn for turn in promise.turns if turn.at <= end]
    ends = [*(turn.at for turn in lived[1:]), end]
    return [
        (turn.at, until) for turn, until in zip(lived, ends, strict=True) if turn.state == "open"
    ]


def silence(times: Iterable[tuple[int, int]], signs: Iterable[int]) -> int | None:
    """The most microseconds without a sign within times at which something was open, which may
    overlap; None if nothing ever was."""
    stretches: list[list[int]] = []
    for start, end in sorted(times):
        if stretches and start <= stretches[-1][1]:
            stretches[-1][1] = max(end, stretches[-1][1])
        else:
            stretches.append([start, end])
    heard = sorted(signs)
    gaps = []
    for start, end in stretches:
        marks = [start, *(at for at in heard if start < at < end), end]
        gaps += [after - before for before, after in pairwise(marks)]
    return max(gaps, default=None)
