"""The kind *spread*: how a number is spread over its units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import ceil, fsum
from typing import Literal, TypedDict, TypeVar

Number = TypeVar("Number", int, float)

HALF, NINE_TENTHS = Fraction(1, 2), Fraction(9, 10)


class Spread(TypedDict):
    """``n`` numbers: their quantiles by nearest rank, the largest, and their mean; all None where
    there is no number."""

    kind: Literal["spread"]
    n: int
    median: float | None
    p90: float | None
    max: float | None
    mean: float | None


def spread(numbers: Iterable[float]) -> Spread:
    """The spread of the units' numbers. They may come in any order; those that come sorted cost
    the least."""
    ordered = sorted(numbers)
    return Spread(
        kind="spread",
        n=len(ordered),
        median=nearest_rank(ordered, HALF),
        p90=nearest_rank(ordered, NINE_TENTHS),
        max=ordered[-1] if ordered else None,
        mean=fsum(ordered) / len(ordered) if ordered else None,
    )


def nearest_rank(ordered: Sequence[Number], part: Fraction) -> Number | None:
    """The smallest of the sorted numbers such that at least ``part`` of them, above 0, are at most
    as large; None of none."""
    return ordered[ceil(part * len(ordered)) - 1] if ordered else None
