"""The kinds that add up: *ratio*, *amount* and *count*."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NotRequired, TypedDict


class Ratio(TypedDict):
    """``part`` of ``whole``, both of one unit, and the rate; None where there is no whole."""

    kind: Literal["ratio"]
    part: float
    whole: float
    rate: float | None


class CurrencyAmount(TypedDict):
    """Money in one currency, in its smallest unit."""

    currency: str
    amount_minor: int


class Amount(TypedDict):
    """``count`` units and the money that they come to, by currency. ``maturing`` units are in
    neither, since their time still runs; it is there only where the metric has such a time."""

    kind: Literal["amount"]
    count: int
    amounts: list[CurrencyAmount]
    maturing: NotRequired[int]


class Count(TypedDict):
    """How many units there are."""

    kind: Literal["count"]
    count: int


def ratio(part: float, whole: float) -> Ratio:
    """What ``part`` is of ``whole``."""
    return Ratio(kind="ratio", part=part, whole=whole, rate=part / whole if whole else None)


def amount(
    rows: Iterable[tuple[str | None, int | None, int]], *, maturing: int | None = None
) -> Amount:
    """From ``rows`` of currency, amount in its smallest unit, and how many units together come to
    it: one row a unit, or what SQL has added up of them. Units without an amount, or with one and
    no currency, count and add nothing."""
    known = list(rows)
    found = Amount(
        kind="amount",
        count=sum(units for _, _, units in known),
        amounts=by_currency((currency, minor) for currency, minor, _ in known),
    )
    if maturing is not None:
        found["maturing"] = maturing
    return found


def by_currency(amounts: Iterable[tuple[str | None, int | None]]) -> list[CurrencyAmount]:
    """Amounts added up by currency, in the order of the currencies' names."""
    sums: dict[str, int] = {}
    for currency, minor in amounts:
        if currency is not None and minor is not None:
            sums[currency] = sums.get(currency, 0) + minor
    return [CurrencyAmount(currency=name, amount_minor=sums[name]) for name in sorted(sums)]


def count(units: int) -> Count:
    """A number of units."""
    return Count(kind="count", count=units)
