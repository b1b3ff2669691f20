"""From numbers and instants to places in a picture, and the marks along an axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil, floor, log10, sqrt
from typing import Literal, NamedTuple

from domain.instants import EARLIEST, EPOCH, LATEST, from_microseconds

Unit = Literal["hour", "day", "month", "year"]


@dataclass(frozen=True)
class Scale:
    """Numbers from ``low`` to ``high`` lie between two places; what is beyond lies at an end, and
    where all are one they lie in the middle."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The place of a number."""
        if self.high == self.low:
            return (self.start + self.end) / 2
        part = (value - self.low) / (self.high - self.low)
        return self.start + min(1.0, max(0.0, part)) * (self.end - self.start)


@dataclass(frozen=True)
class RootScale:
    """Sizes from 0 to ``high`` lie between two places by their square roots, as chance goes: the
    small ones are apart, however large the largest."""

    high: float
    start: float
    end: float

    def __call__(self, size: float) -> float:
        """The place of a size."""
        return Scale(0, sqrt(self.high), self.start, self.end)(sqrt(size))


@dataclass(frozen=True)
class TimeScale:
    """The same for instants."""

    first: datetime
    last: datetime
    start: float
    end: float

    def __call__(self, when: datetime) -> float:
        """The place of an instant."""
        span = Scale(0.0, (self.last - self.first).total_seconds(), self.start, self.end)
        return span((when - self.first).total_seconds())


class TimeTick(NamedTuple):
    """A mark on a time axis, and what begins there."""

    at: datetime
    unit: Unit


#: Marks have so many digits after the point: none lie closer together.
_DIGITS = 12


def ticks(low: float, high: float, most: int = 6, *, whole: bool = False) -> list[float]:
    """At most ``most`` + 1 round numbers from at or below ``low`` to at or above ``high``: steps of
    1, 2 or 5 times a power of ten, and, where values are ``whole``, of at least 1."""
    low, high = min(low, high), max(low, high)
    if low == high:
        low, high = low - abs(low) / 2 - 0.5, high + abs(high) / 2 + 0.5
        if whole:
            low, high = floor(low), ceil(high)
    step = 10.0 ** floor(log10(max((high - low) / most, 10.0**-_DIGITS)))
    for times in (1, 2, 5, 10, 20):
        first, last = floor(low / (step * times)), ceil(high / (step * times))
        if last - first <= most:
            step *= times
            break
    if whole and step < 1:
        step, first, last = 1.0, floor(low), ceil(high)
    return [round(n * step, _DIGITS) for n in range(first, last + 1)]


_HOURS = (1, 3, 6, 12)
_DAYS = (1, 2, 7, 14)
_MONTHS = (1, 3, 6)
_YEARS = (1, 2, 5, 10, 20, 50, 100, 1000)


def time_ticks(first: datetime, last: datetime, most: int = 8) -> list[TimeTick]:
    """At most ``most`` marks in [``first``, ``last``], in UTC: hours, days, Mondays, months or
    years, whichever come closest to that many. None may be there."""
    span = last - first
    for hours in _HOURS:
        if span <= timedelta(hours=hours) * (most - 1):
            return _every(first, last, timedelta(hours=hours), "hour")
    for days in _DAYS:
        if span <= timedelta(days=days) * (most - 1):
            return _every(first, last, timedelta(days=days), "day")
    for months in _MONTHS:
        if span <= timedelta(days=28 * months) * (most - 1):
            return list(_months(first, last, months))
    years = next((n for n in _YEARS if span <= timedelta(days=365 * n) * (most - 1)), 10_000)
    return [one for one in _months(first, last, 12) if one.at.year % years == 0]


_FIRST, _LAST = from_microseconds(EARLIEST), from_microseconds(LATEST)
#: A Monday, from which days are counted in weeks.
_MONDAY = EPOCH + timedelta(days=4)


def _every(first: datetime, last: datetime, step: timedelta, unit: Unit) -> list[TimeTick]:
    since, until = -((_MONDAY - first) // step), (last - _MONDAY) // step
    return [TimeTick(_MONDAY + n * step, unit) for n in range(since, until + 1)]


def _months(first: datetime, last: datetime, step: int) -> Iterator[TimeTick]:
    number = first.year * 12 + first.month - 1
    number -= number % step
    while number // 12 <= min(last.year, 9999):
        at = datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)
        if first <= at <= last:
            yield TimeTick(at, "month" if step < 12 else "year")
        number += step


def span(instants: Sequence[datetime]) -> tuple[datetime, datetime]:
    """The first and the last of some instants, with a little room at both ends."""
    first, last = min(instants), max(instants)
    room = max((last - first) / 50, timedelta(hours=1))
    return max(first, _FIRST + room) - room, min(last, _LAST - room) + room
