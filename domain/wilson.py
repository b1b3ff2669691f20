"""The interval that every rate comes with."""

from __future__ import annotations

from math import sqrt
from typing import TypedDict

#: The 97.5 % quantile of the normal distribution: 95 % lie within.
Z = 1.959963984540054


class Share(TypedDict):
    """A rate with its 95 % interval; all three are None where there is no denominator."""

    rate: float | None
    low: float | None
    high: float | None


def wilson(k: int, n: int) -> tuple[float, float] | None:
    """The 95 % score interval of a share of ``k`` in ``n``, within [0, 1]; None for ``n`` = 0.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal
    of the American Statistical Association 22 (1927).
    """
    if n == 0:
        return None
    rate, square = k / n, Z * Z
    centre = (rate + square / (2 * n)) / (1 + square / n)
    half = Z / (1 + square / n) * sqrt(rate * (1 - rate) / n + square / (4 * n * n))
    # At 0 of n and n of n an end is the rate itself, which rounding would leave outside.
    return min(rate, max(0.0, centre - half)), max(rate, min(1.0, centre + half))


def share(k: int, n: int) -> Share:
    """``k`` in ``n`` as a rate. No denominator, no rate: never 0 or 100 %."""
    interval = wilson(k, n)
    if interval is None:
        return Share(rate=None, low=None, high=None)
    return Share(rate=k / n, low=interval[0], high=interval[1])
