"""The kind *time*: how long something takes, while some units still wait for it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from math import inf
from typing import Literal, TypedDict

#: How near to a half, or to a tenth, survival counts as having come there.
NEAR = 1e-12


class Time(TypedDict):
    """Of ``n`` units how many ``ended`` and how many are ``waiting``; how long it takes until half
    of them, and nine tenths, have ended (None where it has not come so far); and how long the one
    has waited that waits longest (None if none waits). In seconds."""

    kind: Literal["time"]
    n: int
    ended: int
    waiting: int
    median: float | None
    p90: float | None
    longest_waiting: float | None


def time(ended: Iterable[float], waiting: Iterable[float]) -> Time:
    """The Kaplan–Meier estimate from how long each unit that ``ended`` took, and how long each
    that is ``waiting`` has waited, in seconds. They may come in any order; those that come sorted
    cost the least.

    E. L. Kaplan and P. Meier, "Nonparametric estimation from incomplete observations", Journal of
    the American Statistical Association 53 (1958).
    """
    took, waited = sorted(ended), sorted(waiting)
    # Both quantiles in one walk: survival only falls.
    steps = zip(took, endings(took, waited), strict=True)
    median: float | None = None
    p90: float | None = None
    for duration, (weight, left) in steps:
        survival = weight * left - NEAR
        if median is None and survival <= 0.5:
            median = duration
        if survival <= 0.1:
            p90 = duration
            break
    return Time(
        kind="time",
        n=len(took) + len(waited),
        ended=len(took),
        waiting=len(waited),
        median=median,
        p90=p90,
        longest_waiting=waited[-1] if waited else None,
    )


def endings(ended: Sequence[float], waiting: Sequence[float]) -> Iterator[tuple[float, int]]:
    """For each ending in its turn its weight, and how many units are left after it. Durations are
    sorted; at equal ones endings come before units that wait.

    A unit that waits is lost from sight, and what it stands for goes in equal parts to those that
    are left (B. Efron's redistribution to the right, 1967). So each of these stands for the same
    ``weight`` of all units, an ending lowers survival by it, and ``weight * left`` is survival
    after it: the product of Kaplan and Meier, multiplied only where somebody was lost.
    """
    left, lost = len(ended) + len(waiting), 0
    weight, leaves = 1 / (left or 1), waiting[0] if waiting else inf
    for took in ended:
        if leaves < took:
            before, lost = lost, bisect_left(waiting, took, lost)
            weight *= left / (left - (lost - before))
            left -= lost - before
            leaves = waiting[lost] if lost < len(waiting) else inf
        left -= 1
        yield weight, left
