"""The kind *time*: how long something takes, while some units still wait for it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Literal, TypedDict

#: How near to a half, or to a tenth, survival counts as having come there.
NEAR = 1e-12

#: The endings from the one with this index on: how many units are at risk before it, and the weight
#: of each.
Run = tuple[int, int, float]


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
    found = runs(took, waited)
    return Time(
        kind="time",
        n=len(took) + len(waited),
        ended=len(took),
        waiting=len(waited),
        median=_reached(0.5, took, found),
        p90=_reached(0.1, took, found),
        longest_waiting=waited[-1] if waited else None,
    )


def curve(ended: Iterable[float], waiting: Iterable[float]) -> list[tuple[float, float]]:
    """The steps of the same estimate: after how many seconds which part, in [0, 1], still waits."""
    took, waited = sorted(ended), sorted(waiting)
    found = [*runs(took, waited), (len(took), 0, 0.0)]
    steps: dict[float, float] = {}
    for (start, at_risk, weight), (stop, _, _) in pairwise(found):
        for ending in range(1, stop - start + 1):
            steps[took[start + ending - 1]] = weight * (at_risk - ending)
    return list(steps.items())


def _reached(level: float, ended: Sequence[float], found: Sequence[Run]) -> float | None:
    """The first duration at which an ending brings survival down to ``level``."""
    for (start, at_risk, weight), (stop, _, _) in pairwise([*found, (len(ended), 0, 0.0)]):
        if weight * (at_risk - (stop - start)) <= level + NEAR:
            enough = (k for k in range(1, at_risk + 1) if weight * (at_risk - k) <= level + NEAR)
            return ended[start + next(enough) - 1]
    return None


def runs(ended: Sequence[float], waiting: Sequence[float]) -> list[Run]:
    """The endings in runs, within which nobody is lost from sight. Durations are sorted; at equal
    ones endings come before units that wait.

    A unit that waits is lost, and what it stands for goes in equal parts to those that are left
    (B. Efron's redistribution to the right, 1967). So each of these has the same ``weight`` among
    all units, and after k endings of a run survival is ``weight * (at_risk - k)``: the product of
    Kaplan and Meier, multiplied only where somebody was lost.
    """
    n, lost = max(len(ended) + len(waiting), 1), 0
    weight = 1 / n
    found = [(0, n, weight)]
    for start, took in enumerate(ended):
        if lost == len(waiting):
            break
        if waiting[lost] < took:
            before, lost = n - start - lost, bisect_left(waiting, took, lost)
            at_risk = n - start - lost
            weight *= before / at_risk
            found.append((start, at_risk, weight))
    return found
