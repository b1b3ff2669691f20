"""The XmR chart: how far the values of a process move by themselves, and which of them say that it
has changed.

W. A. Shewhart, "Economic Control of Quality of Manufactured Product" (1931); D. J. Wheeler and
D. S. Chambers, "Understanding Statistical Process Control" (1992), for single values.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum
from typing import Literal

#: From the mean moving range to three sigma (3 / 1.128), and to the upper limit of the moving
#: ranges themselves: the constants of ranges of two values.
TO_LIMIT = 2.66
TO_RANGE_LIMIT = 3.268

#: The zone rules of the Statistical Quality Control Handbook (Western Electric, 1956), and the
#: limit of the moving range: one beyond three sigma; two of three beyond two, on one side; four of
#: five beyond one, on one side; eight in a row on one side; a step as large as chance makes none.
Rule = Literal["beyond_limits", "two_of_three", "four_of_five", "eight_on_a_side", "moving_range"]

#: How many of how many values in a row, beyond how many sigma on one side.
_ZONES: tuple[tuple[Rule, int, int, int], ...] = (
    ("beyond_limits", 1, 1, 3),
    ("two_of_three", 2, 3, 2),
    ("four_of_five", 4, 5, 1),
    ("eight_on_a_side", 8, 8, 0),
)


@dataclass(frozen=True)
class Limits:
    """The natural limits of a process, in the unit of its values. ``low`` and ``high`` are three
    ``sigma`` from the ``mean``, but not beyond what is possible; ``moving_range`` is the mean
    one."""

    mean: float
    low: float
    high: float
    sigma: float
    moving_range: float
    range_high: float


@dataclass(frozen=True)
class Stretch:
    """The values in [``start``, ``end``), between two breaks, with limits of their own: None where
    there are fewer than two values, which have no moving range."""

    start: int
    end: int
    limits: Limits | None


@dataclass(frozen=True)
class Signal:
    """The value at ``index`` says by a ``rule`` that the process has changed: it is the last of
    those by which the rule holds."""

    index: int
    rule: Rule


@dataclass(frozen=True)
class Chart:
    """The stretches of a series, and its signals by index, then in the order of the rules."""

    stretches: tuple[Stretch, ...]
    signals: tuple[Signal, ...]


def limits(
    values: Sequence[float], *, least: float | None = None, greatest: float | None = None
) -> Limits | None:
    """The natural limits of values in the order of time; None of fewer than two. ``least`` and
    ``greatest`` bound what a value can be: a share lies in [0, 1]."""
    if len(values) < 2:
        return None
    mean = fsum(values) / len(values)
    moving = fsum(_moves(values)) / (len(values) - 1)
    low, high = mean - TO_LIMIT * moving, mean + TO_LIMIT * moving
    return Limits(
        mean=mean,
        low=low if least is None else max(least, low),
        high=high if greatest is None else min(greatest, high),
        sigma=TO_LIMIT * moving / 3,
        moving_range=moving,
        range_high=TO_RANGE_LIMIT * moving,
    )


def xmr(
    values: Sequence[float],
    breaks: Collection[int] = (),
    *,
    least: float | None = None,
    greatest: float | None = None,
) -> Chart:
    """The chart of values in the order of time. At each index in ``breaks`` something else begins
    to be measured: limits and rules begin anew there."""
    starts = sorted({0, *(at for at in breaks if 0 < at < len(values))})
    stretches, signals = [], []
    for start, end in zip(starts, [*starts[1:], len(values)], strict=True):
        part = values[start:end]
        found = limits(part, least=least, greatest=greatest)
        stretches.append(Stretch(start, end, found))
        if found is not None:
            signals += [Signal(start + at, rule) for at, rule in _signals(part, found)]
    return Chart(tuple(stretches), tuple(signals))


def _moves(values: Sequence[float]) -> Iterator[float]:
    return (abs(later - earlier) for earlier, later in pairwise(values))


def _signals(values: Sequence[float], found: Limits) -> Iterator[tuple[int, Rule]]:
    """The signals of one stretch. Where nothing moves, nothing is a signal."""
    if not found.sigma:
        return
    heights = [(value - found.mean) / found.sigma for value in values]
    moves = [0.0, *_moves(values)]
    for at, height in enumerate(heights):
        for rule, needed, of, beyond in _ZONES:
            window = heights[max(0, at - of + 1) : at + 1]
            side = 1 if height > 0 else -1
            same = sum(one * side > beyond for one in window)
            if height * side > beyond and same >= needed:
                yield at, rule
        if moves[at] > found.range_high:
            yield at, "moving_range"
