"""Over-dispersion: whether units lie further apart than chance lets them, and by how much.

D. J. Spiegelhalter, "Handling over-dispersion of performance indicators", Quality and Safety in
Health Care 14 (2005), and "Funnel plots for comparing institutional performance", Statistics in
Medicine 24 (2005), appendix A.3, as for the NHS's hospital-level mortality indicator (SHMI).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, sqrt

#: This part of the units at each end is drawn in: a few odd ones are not how all differ.
WINSORISED = 0.1


@dataclass(frozen=True)
class Dispersion:
    """``phi`` is the mean square of the winsorised z-scores of ``units``, 1 by chance alone.
    ``tau_squared`` is the variance between units on the scale of their errors: 0 where they are not
    over-dispersed (``over``)."""

    units: int
    phi: float
    tau_squared: float

    @property
    def over(self) -> bool:
        """Whether units differ by more than chance. By chance ``phi`` has a variance of about
        2 / units, so this is beyond two of its standard deviations."""
        return self.tau_squared > 0 and self.phi > 1 + 2 * sqrt(2 / self.units)


def winsorised(scores: Sequence[float], part: float = WINSORISED) -> list[float]:
    """The scores in the order given, with the ``part`` lowest and highest of them (rounded down)
    drawn in to the next."""
    ordered = sorted(scores)
    drawn = int(part * len(ordered))
    low, high = ordered[drawn], ordered[-1 - drawn]
    return [min(max(score, low), high) for score in scores]


def phi(scores: Sequence[float]) -> float:
    """The mean square of z-scores."""
    return fsum(score * score for score in scores) / len(scores)


def tau_squared(found: float, errors: Sequence[float]) -> float:
    """The variance between units by the method of moments, from their ``phi`` and their standard
    errors, which are above 0: R. DerSimonian and N. Laird, "Meta-analysis in clinical trials",
    Controlled Clinical Trials 7 (1986)."""
    weights = [1 / (error * error) for error in errors]
    total = fsum(weights)
    among = total - fsum(weight * weight for weight in weights) / total
    excess = len(errors) * found - (len(errors) - 1)
    return max(0.0, excess / among) if among > 0 else 0.0


def dispersion(scores: Sequence[float], errors: Sequence[float]) -> Dispersion:
    """The dispersion of units, each with its z-score and the standard error that it was made
    with."""
    found = phi(winsorised(scores))
    return Dispersion(len(scores), found, tau_squared(found, errors))
