"""The table ``time_to_honour``: what became of promises, and how soon."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain
from math import inf
from typing import Literal, TypedDict

from domain.measures.survival import Run, runs

#: The days of the rows.
DAYS = (1, 7, 30, 90, 365)
DAY_S = 86_400


class IncidenceRow(TypedDict):
    """Of all promises, the shares that were honoured, released and abandoned within so many
    ``days`` after they were made, and of those still ``open`` then: together 1. All None where
    none has been watched for so long."""

    days: int
    honoured: float | None
    released: float | None
    abandoned: float | None
    open: float | None


class Incidence(TypedDict):
    """The cumulative incidence of what ends ``n`` promises."""

    kind: Literal["table"]
    n: int
    rows: list[IncidenceRow]


def time_to_honour(
    honoured: Iterable[float],
    released: Iterable[float],
    abandoned: Iterable[float],
    waiting: Iterable[float],
) -> Incidence:
    """The Aalen–Johansen estimate from how long after it was made each promise was honoured,
    released or abandoned, and how long each open one has been ``waiting``, in seconds; below 0
    counts as 0. They may come in any order; those that come sorted cost the least.

    O. O. Aalen and S. Johansen, "An empirical transition matrix for non-homogeneous Markov chains
    based on censored observations", Scandinavian Journal of Statistics 5 (1978).
    """
    causes = [_from_zero(durations) for durations in (honoured, released, abandoned)]
    ended, waited = sorted(chain.from_iterable(causes)), _from_zero(waiting)
    found = runs(ended, waited)
    firsts = [ended[start] for start, _, _ in found[1:]]
    sums = [list(accumulate(_weights(cause, firsts, found), initial=0.0)) for cause in causes]
    longest = max(chain(ended[-1:], waited[-1:]), default=-1.0)
    rows = []
    for days in DAYS:
        at = days * DAY_S
        row = IncidenceRow(days=days, honoured=None, released=None, abandoned=None, open=None)
        if at <= longest:
            row["honoured"], row["released"], row["abandoned"] = (
                total[bisect_right(cause, at)] for cause, total in zip(causes, sums, strict=True)
            )
            start, at_risk, weight = found[bisect_right(firsts, at)]
            row["open"] = weight * (at_risk - (bisect_right(ended, at) - start))
        rows.append(row)
    return Incidence(kind="table", n=len(ended) + len(waited), rows=rows)


def _weights(
    cause: Sequence[float], firsts: Sequence[float], found: Sequence[Run]
) -> Iterator[float]:
    """The weight of each ending of one cause: that of the run in which all endings of its duration
    lie. ``firsts`` are the durations at which the runs but the first begin."""
    changes = zip(chain(firsts, (inf,)), found, strict=True)
    until, (_, _, weight) = next(changes)
    for took in cause:
        while until <= took:
            until, (_, _, weight) = next(changes)
        yield weight


def _from_zero(durations: Iterable[float]) -> list[float]:
    """The durations in their order, those below 0 as 0."""
    ordered = sorted(durations)
    early = bisect_right(ordered, 0)
    return [0.0] * early + ordered[early:]
