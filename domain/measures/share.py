"""The kind *share*: how many of how many, with the interval that a rate comes with."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from domain import wilson


class Share(TypedDict):
    """``count`` of ``of``, and the rate with its 95 % Wilson interval; these three are None where
    there is no denominator. ``maturing`` units are in neither number, since their time still runs;
    ``waiting`` ones, since nobody has judged them yet. Either is there only where the metric has
    it."""

    kind: Literal["share"]
    count: int
    of: int
    rate: float | None
    low: float | None
    high: float | None
    maturing: NotRequired[int]
    waiting: NotRequired[int]


def share(count: int, of: int, *, maturing: int | None = None, waiting: int | None = None) -> Share:
    """The share of ``count`` units in ``of``. ``maturing`` is for metrics with a time to run out,
    ``waiting`` for those with a review to come."""
    rate = wilson.share(count, of)
    found = Share(
        kind="share",
        count=count,
        of=of,
        rate=rate["rate"],
        low=rate["low"],
        high=rate["high"],
    )
    if maturing is not None:
        found["maturing"] = maturing
    if waiting is not None:
        found["waiting"] = waiting
    return found
