"""The kind *difference*: how far two shares are apart."""

from __future__ import annotations

from math import hypot
from typing import Literal, TypedDict

from domain.measures.share import Share


class Difference(TypedDict):
    """``a`` less ``b``, from -1 to 1, with its 95 % interval."""

    kind: Literal["difference"]
    a: Share
    b: Share
    difference: float | None
    low: float | None
    high: float | None


def difference(a: Share, b: Share, *, independent: bool = True) -> Difference:
    """How much greater the rate of ``a`` is than that of ``b``; None if either has none. There is
    an interval only between ``independent`` shares, those that are not of the same units.

    The interval is R. G. Newcombe's hybrid score interval: "Interval estimation for the difference
    between independent proportions: comparison of eleven methods", Statistics in Medicine 17
    (1998), method 10.
    """
    found = Difference(kind="difference", a=a, b=b, difference=None, low=None, high=None)
    p, q = _interval(a), _interval(b)
    if p is not None and q is not None:
        (p_low, p_rate, p_high), (q_low, q_rate, q_high) = p, q
        found["difference"] = apart = p_rate - q_rate
        if independent:
            found["low"] = apart - hypot(p_rate - p_low, q_high - q_rate)
            found["high"] = apart + hypot(p_high - p_rate, q_rate - q_low)
    return found


def _interval(share: Share) -> tuple[float, float, float] | None:
    low, rate, high = share["low"], share["rate"], share["high"]
    return None if low is None or rate is None or high is None else (low, rate, high)
