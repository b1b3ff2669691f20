"""Business calendars: when a department is at work, and what that makes of a deadline.

An instant is open when the clock on the wall, in the calendar's zone, shows an open time. That one
rule settles daylight saving: hours that the clock skips do not exist, hours that it shows twice
count twice, and a day is as long as it really is.

There are two measures of open time. *Working time* is its plain length. *Working days* count each
open local day as 1, spread evenly over that day's open time. Both are the same walk with another
weight, so a deadline and the time that elapsed until it always agree: see ``_counted`` and
``_reached``. Instants are whole microseconds and amounts are exact.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

#: An open period of a day, as wall time in microseconds since midnight, and those of one day:
#: sorted and disjoint.
Period = tuple[int, int]
Periods = tuple[Period, ...]

#: An exact amount of working microseconds or working days.
Amount = int | Fraction

#: What a microsecond counts on a local day with so many open microseconds.
Measure = Callable[[int], Amount]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_MICROSECOND = timedelta(microseconds=1)
_DAY = 24 * 3_600_000_000
# Instants and wall times are counted in microseconds since the start of the year 1.
_ORIGIN = datetime(1, 1, 1, tzinfo=UTC)
_DAYS = date.max.toordinal()
# Open time is laid out in blocks of so many days, and a deadline is looked for in so many blocks:
# a hundred years and a little, so that a mistyped policy does not cost a walk to the year 9999.
_BLOCK = 128
_REACH = 286


class DeadlineOutOfReach(ValueError):
    """There is not that much open time within a hundred years of the start, or before the year
    10000."""


def no_holidays(_year: int) -> frozenset[date]:
    """The holidays of a place that has none."""
    return frozenset()


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a department is open. ``weekly`` has seven entries, Monday first. ``closed`` days and
    the ``holidays`` of a year are shut all day. A ``special`` day is open in its own periods,
    whatever else is said of it."""

    zone: tzinfo
    weekly: tuple[Periods, ...]
    closed: frozenset[date] = frozenset()
    holidays: Callable[[int], Collection[date]] = no_holidays
    special: tuple[tuple[date, Periods], ...] = ()


#: The calendar of policies that name none: Monday to Friday, all day, in UTC, no holidays.
STANDARD = Calendar(UTC, weekly=(((0, _DAY),),) * 5 + ((), ()))


def elapsed(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """The working time in [start, end); negative if ``end`` lies before ``start``."""
    counted = _counted(calendar, _by_time, _moment(start), _moment(end))
    return int(counted) * _MICROSECOND


def deadline(calendar: Calendar, start: datetime, working: timedelta) -> datetime:
    """The earliest instant (UTC), at or after ``start``, until which ``working`` has elapsed.

    Raises ``ValueError`` for a negative amount and ``DeadlineOutOfReach``.
    """
    return _instant(_reached(calendar, _by_time, _moment(start), working // _MICROSECOND))


def elapsed_days(calendar: Calendar, start: datetime, end: datetime) -> Fraction:
    """The working days in [start, end), exact; negative if ``end`` lies before ``start``."""
    return Fraction(_counted(calendar, _by_day, _moment(start), _moment(end)))


def deadline_days(calendar: Calendar, start: datetime, days: Amount) -> datetime:
    """The earliest instant (UTC, in whole microseconds), at or after ``start``, until which
    ``days`` working days have elapsed: five from a Tuesday at ten is the next Tuesday at ten, and
    from a Sunday the end of Friday.

    Raises ``ValueError`` for a negative amount and ``DeadlineOutOfReach``.
    """
    return _instant(_reached(calendar, _by_day, _moment(start), days))


def _by_time(_open_microseconds: int) -> Amount:
    return 1


def _by_day(open_microseconds: int) -> Amount:
    return Fraction(1, open_microseconds)


def _counted(calendar: Calendar, measure: Measure, start: int, end: int) -> Amount:
    """What [start, end) amounts to."""
    if end < start:
        return -_counted(calendar, measure, end, start)
    first, last = start // (_DAY * _BLOCK), end // (_DAY * _BLOCK)
    whole = sum(_stretch(calendar, measure, block).total for block in range(first, last))
    head = _stretch(calendar, measure, first).until(start)
    return whole + _stretch(calendar, measure, last).until(end) - head


def _reached(calendar: Calendar, measure: Measure, start: int, amount: Amount) -> int:
    """The first instant t >= start with [start, t) amounting to ``amount``, rounded up to a whole
    microsecond."""
    if amount < 0:
        raise ValueError(f"expected an amount of working time of 0 or more, saw {amount}")
    if amount == 0:
        return start
    block = start // (_DAY * _BLOCK)
    wanted = amount + _stretch(calendar, measure, block).until(start)
    last = min(block + _REACH, _DAYS // _BLOCK)
    while block <= last:
        stretch = _stretch(calendar, measure, block)
        if wanted <= stretch.total:
            return stretch.at(wanted)
        wanted -= stretch.total
        block += 1
    raise DeadlineOutOfReach(
        f"expected a deadline within a hundred years and before the year 10000, saw more working "
        f"time than there is after {_instant(start).isoformat()}; give less, or open the calendar"
    )


class _Span(NamedTuple):
    """Open time without a break, [start, end), on the local day of that number."""

    start: int
    end: int
    day: int


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The open time of some days under one measure, in order: span i is [starts[i], ends[i]),
    each of its microseconds counts ``rates[i]``, and ``sums[i]`` is what came before it, so that
    the last of ``sums`` is the total."""

    starts: Sequence[int]
    ends: Sequence[int]
    rates: Sequence[Amount]
    sums: Sequence[Amount]

    @property
    def total(self) -> Amount:
        return self.sums[-1]

    def until(self, moment: int) -> Amount:
        """What the open time before ``moment`` amounts to."""
        i = bisect_right(self.starts, moment) - 1
        if i < 0:
            return 0
        return self.sums[i] + self.rates[i] * (min(moment, self.ends[i]) - self.starts[i])

    def at(self, amount: Amount) -> int:
        """The first moment until which ``amount`` is there (0 < amount <= total)."""
        i = bisect_left(self.sums, amount) - 1
        return self.starts[i] - (self.sums[i] - amount) // self.rates[i]


# A block is some 50 kB at the most; this many hold the years of a hundred calendars.
@lru_cache(maxsize=512)
def _stretch(calendar: Calendar, measure: Measure, block: int) -> _Stretch:
    """The open time of one block of UTC days."""
    first, last = block * _BLOCK, (block + 1) * _BLOCK
    # An offset is less than a day, so a local day lies within three UTC days. The neighbours are
    # needed for the full length of the local days at the block's ends.
    around = list(_spans(calendar, first - 2, last + 2))
    lengths: dict[int, int] = {}
    for span in around:
        lengths[span.day] = lengths.get(span.day, 0) + span.end - span.start
    inside = [span for span in around if first * _DAY <= span.start < last * _DAY]
    rates = [measure(lengths[span.day]) for span in inside]
    amounts = (rate * (span.end - span.start) for rate, span in zip(rates, inside, strict=True))
    return _Stretch(
        starts=[span.start for span in inside],
        ends=[span.end for span in inside],
        rates=rates,
        sums=list(accumulate(amounts, initial=0)),
    )


def _spans(calendar: Calendar, first: int, last: int) -> Iterator[_Span]:
    """The open time of the UTC days first <= day < last, in order; no span crosses a UTC day."""
    first, last = max(first, 0), min(last, _DAYS)
    hours: dict[date, Periods] = dict.fromkeys(calendar.closed, ())
    for year in range(_date(max(first - 1, 0)).year, _date(min(last, _DAYS - 1)).year + 1):
        hours |= dict.fromkeys(calendar.holidays(year), ())
    hours |= dict(calendar.special)
    for utc_day in range(first, last):
        for start, end, offset in _offsets(calendar.zone, utc_day):
            for day in range((start + offset) // _DAY, (end + offset - 1) // _DAY + 1):
                if not 0 <= day < _DAYS:
                    continue
                today, midnight = _date(day), day * _DAY - offset
                for opens, closes in hours.get(today, calendar.weekly[today.weekday()]):
                    begins, ends = max(start, midnight + opens), min(end, midnight + closes)
                    if begins < ends:
                        yield _Span(begins, ends, day)


def _offsets(zone: tzinfo, utc_day: int) -> Iterator[tuple[int, int, int]]:
    """The pieces of a UTC day in which the zone keeps one offset: start, end, offset.

    No zone of the IANA database has changed its offset twice within three days, so the offsets at
    both ends tell whether it changes in between; changes fall on whole seconds.
    """
    start, end = utc_day * _DAY, (utc_day + 1) * _DAY
    before, after = _offset(zone, start), _offset(zone, end)
    if before == after:
        yield start, end, before
        return
    seconds = range(start, end + 1, 1_000_000)
    change = seconds[bisect_left(seconds, 1, key=lambda at: int(_offset(zone, at) != before))]
    yield start, change, before
    if change < end:
        yield change, end, after


def _offset(zone: tzinfo, moment: int) -> int:
    # The first and the last day of time have no room for an offset: they take their neighbours'.
    within = min(max(moment, _DAY), (_DAYS - 1) * _DAY)
    offset = _instant(within).astimezone(zone).utcoffset()
    return (offset or timedelta()) // _MICROSECOND


def _date(day: int) -> date:
    return date.fromordinal(day + 1)


def _moment(instant: datetime) -> int:
    if instant.utcoffset() is None:
        raise ValueError(f"expected an instant with a zone, saw {instant.isoformat()}")
    return (instant - _ORIGIN) // _MICROSECOND


def _instant(moment: int) -> datetime:
    try:
        return _ORIGIN + moment * _MICROSECOND
    except OverflowError:
        raise DeadlineOutOfReach("expected a deadline before the year 10000, saw its end") from None
