"""The funnel plot: how far shares of different sizes may lie apart by chance alone.

D. J. Spiegelhalter, "Funnel plots for comparing institutional performance", Statistics in Medicine
24 (2005).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, exp, fsum, lgamma, log, log1p, pi, sin, sqrt
from statistics import NormalDist

from domain.measures.dispersion import Dispersion, dispersion

#: Of units that do not differ, 95 % lie within the inner limits and 99.8 % within the outer ones.
INNER, OUTER = 0.95, 0.998
#: How fewer units differ beyond chance can't be told.
COMPARED = 5


@dataclass(frozen=True)
class Band:
    """Between which shares units of one size lie by chance."""

    low: float
    high: float


@dataclass(frozen=True)
class Unit:
    """``count`` of ``of`` (above 0), and its limits: by chance alone, and, where the units are
    over-dispersed, the ``widened`` ones as well."""

    count: int
    of: int
    inner: Band
    outer: Band
    widened: tuple[Band, Band] | None = None

    @property
    def rate(self) -> float:
        """The unit's share."""
        return self.count / self.of

    @property
    def place(self) -> int:
        """How many of its limits the share is beyond: 0, 1 (inner) or 2 (both); below 0 where it
        is too low. By the widened limits, where there are any."""
        inner, outer = self.widened or (self.inner, self.outer)
        above = (self.rate > inner.high) + (self.rate > outer.high)
        below = (self.rate < inner.low) + (self.rate < outer.low)
        return above - below


@dataclass(frozen=True)
class Funnel:
    """The units in the order given, the ``target`` that all together have, and their dispersion;
    None where it can't be told, of fewer than ``COMPARED`` units."""

    target: float
    units: tuple[Unit, ...]
    dispersion: Dispersion | None

    def bands(self, of: int) -> tuple[Band, Band]:
        """The inner and the outer limits by chance alone, of a unit of size ``of``."""
        return exact(self.target, of, INNER), exact(self.target, of, OUTER)

    def widened(self, of: int) -> tuple[Band, Band] | None:
        """The same with what the units differ by beyond chance; None where they do not."""
        if self.dispersion is None or not self.dispersion.over:
            return None
        tau = self.dispersion.tau_squared
        return additive(self.target, of, tau, INNER), additive(self.target, of, tau, OUTER)


def funnel(units: Sequence[tuple[int, int]]) -> Funnel | None:
    """The funnel of units, each its count and what it is of; None where nothing is counted. Units
    of size 0 have no share, and are not to be given."""
    total = sum(of for _, of in units)
    if not total:
        return None
    target = sum(count for count, _ in units) / total
    spread = None
    if 0 < target < 1 and len(units) >= COMPARED:
        # On the arcsine scale the variance of a share does not depend on the share.
        goal = asin(sqrt(target))
        errors = [1 / (2 * sqrt(of)) for _, of in units]
        scores = [
            (asin(sqrt(count / of)) - goal) / error
            for (count, of), error in zip(units, errors, strict=True)
        ]
        spread = dispersion(scores, errors)
    bare = Funnel(target, (), spread)
    return Funnel(
        target,
        tuple(Unit(count, of, *bare.bands(of), bare.widened(of)) for count, of in units),
        spread,
    )


def exact(target: float, of: int, within: float) -> Band:
    """The limits of the exact binomial at size ``of``, interpolated between whole counts
    (Spiegelhalter 2005, appendix A.1.1). A share is beyond one where such a share, or one further
    out, has at most the probability of the tail. The upper one is the lower one of what does not
    count: interpolated upwards, as it is there, 1 of 1 would be too many for a target of 90 %."""
    tail = (1 - within) / 2
    low = _quantile(target, of, tail)
    high = of - _quantile(1 - target, of, tail)
    return Band(max(0.0, low / of), min(1.0, high / of))


def additive(target: float, of: int, tau_squared: float, within: float) -> Band:
    """The limits of units that differ by ``tau_squared`` on the arcsine scale, beside chance."""
    z = NormalDist().inv_cdf((1 + within) / 2)
    reach, goal = z * sqrt(1 / (4 * of) + tau_squared), asin(sqrt(target))
    return Band(sin(max(0.0, goal - reach)) ** 2, sin(min(pi / 2, goal + reach)) ** 2)


def _quantile(target: float, of: int, tail: float) -> float:
    """The count below which lies ``tail`` of the binomial distribution: with r the smallest count
    whose cumulative probability is above ``tail``, r less the part of r's own probability that is
    not needed."""
    if target <= 0 or target >= 1:
        return of * target
    spread = sqrt(of * target * (1 - target))
    r = min(of, max(0, round(of * target + NormalDist().inv_cdf(tail) * spread)))
    up = target / (1 - target)
    own = _probability(r, of, target)
    until = _cumulative(r, of, target, own)
    while until <= tail and r < of:
        own *= (of - r) / (r + 1) * up
        r += 1
        until += own
    while r > 0 and until - own > tail:
        until -= own
        own *= r / ((of - r + 1) * up)
        r -= 1
    return r - (until - tail) / own


def _probability(r: int, of: int, target: float) -> float:
    ways = lgamma(of + 1) - lgamma(r + 1) - lgamma(of - r + 1)
    return exp(ways + r * log(target) + (of - r) * log1p(-target))


def _cumulative(r: int, of: int, target: float, own: float) -> float:
    """The probability of at most ``r``, from the term of r downwards: they fall off quickly."""
    terms, down = [own], (1 - target) / target
    while r > 0 and terms[-1] > terms[0] * 1e-17:
        terms.append(terms[-1] * r / (of - r + 1) * down)
        r -= 1
    return fsum(terms)
