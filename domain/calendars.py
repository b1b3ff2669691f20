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

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo

from domain import durations
from domain.events import CalendarPublished, PolicyPublished

#: The public holidays of a place (``FR``, ``DE-BY``) in a year. It is asked for years from 1 to
#: 9999 and raises ``LookupError`` for a place that it does not know.
HolidayLookup = Callable[[str, int], frozenset[date]]

#: An exact amount of working microseconds or working days.
Amount = int | Fraction

#: What a microsecond counts on a local day with so many open microseconds.
Measure = Callable[[int], Amount]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_MICROSECOND = timedelta(microseconds=1)
_MINUTE = 60_000_000
_DAY = 24 * 60 * _MINUTE
# Instants and wall times are counted in microseconds since the start of the year 1.
_ORIGIN = datetime(1, 1, 1, tzinfo=UTC)
_DAYS = date.max.toordinal()
# Open time is laid out in blocks of so many days, and a deadline is looked for in so many blocks:
# a hundred years and a little, so that a mistyped policy does not cost a walk to the year 9999.
_BLOCK = 128
_REACH = 286

_PERIOD = re.compile(
    r"\s*([a-z]{3})\s+([0-9]{2}):([0-9]{2})\s*-\s*([0-9]{2}):([0-9]{2})\s*", re.IGNORECASE
)
_WORKING = re.compile(r"\s*([0-9]{1,9})\s+working\s+(day|hour)s?\s*", re.IGNORECASE)
# These name a file of the machine, or count leap seconds, and so would not replay elsewhere.
_NOT_ZONES = re.compile(r"localtime|posixrules|Factory|right/.*|posix/.*")


class UnreadableCalendar(ValueError):
    """A published calendar that cannot be used. The message says what was expected and seen."""


class DeadlineOutOfReach(ValueError):
    """There is not that much open time within a hundred years of the start, or before the year
    10000."""


def no_holidays(_year: int) -> frozenset[date]:
    """The holidays of a place that has none."""
    return frozenset()


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a department is open. ``weekly`` has seven entries, Monday first: each day's open
    periods as wall time in microseconds since midnight, sorted and disjoint (``weekly_from`` makes
    them). ``closed`` days and the ``holidays`` of a year are shut all day."""

    zone: tzinfo
    weekly: tuple[tuple[tuple[int, int], ...], ...]
    closed: frozenset[date] = frozenset()
    holidays: Callable[[int], Collection[date]] = no_holidays


def weekly_from(texts: Iterable[str]) -> tuple[tuple[tuple[int, int], ...], ...]:
    """The week's open periods from texts such as ``mon 09:00-12:00``; ``24:00`` may end a day.
    Periods may come in any order; those that touch or overlap become one.

    Raises ``UnreadableCalendar`` for a text of another form, a period that does not end after it
    starts (one over midnight is written as two), and a week without any open time.
    """
    week: list[list[tuple[int, int]]] = [[] for _ in WEEKDAYS]
    for text in texts:
        day, period = _period(text)
        week[day].append(period)
    if not any(week):
        raise UnreadableCalendar("expected at least one open period in the week, saw none")
    return tuple(_united(periods) for periods in week)


def calendar_from(published: CalendarPublished, holidays: HolidayLookup) -> Calendar:
    """The calendar that a fact publishes. Raises ``UnreadableCalendar`` where the zone, a period,
    a closed day or the place of the holidays is not one."""
    weekly = weekly_from(published.weekly)
    place = published.holidays
    return Calendar(
        zone=_zone(published.timezone),
        weekly=weekly,
        closed=frozenset(_closed_day(text) for text in published.closed),
        holidays=no_holidays if place is None else _holidays_of(place, holidays),
    )


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


def policy_due(
    policy: PolicyPublished, made_at: datetime, calendar: Calendar | None
) -> datetime | None:
    """When a commitment made at ``made_at`` is due (UTC) under a policy, or None if the policy
    does not give a date.

    ``policy.due`` is ``5 working days``, ``8 working hours``, or an ISO 8601 duration. The latter
    is time on the wall (``durations.add``) in the calendar's zone, never working time.
    ``calendar`` is the one that the policy names, None if it is unknown or unreadable, and then
    there is no date; a policy that names none goes by ``STANDARD``, whatever is given here. Text
    that cannot be read and dates out of reach give None too: a well-formed fact is never refused
    because it surprises us. ``clock_starts`` is about issues; a commitment's clock starts when it
    is made.
    """
    within = STANDARD if policy.calendar_id is None else calendar
    if within is None:
        return None
    working = _WORKING.fullmatch(policy.due)
    try:
        if working is None:
            return durations.add(made_at, durations.parse(policy.due), within.zone)
        amount = int(working[1])
        if working[2].lower() == "day":
            return deadline_days(within, made_at, amount)
        return deadline(within, made_at, timedelta(hours=amount))
    except (durations.UnreadableDuration, durations.InstantOutOfRange, DeadlineOutOfReach):
        return None


def _period(text: str) -> tuple[int, tuple[int, int]]:
    match = _PERIOD.fullmatch(text)
    if match is not None and match[1].lower() in WEEKDAYS:
        from_hour, from_minute, to_hour, to_minute = (int(part) for part in match.groups()[1:])
        start, end = from_hour * 60 + from_minute, to_hour * 60 + to_minute
        if max(from_minute, to_minute) < 60 and start < end <= 24 * 60:
            return WEEKDAYS.index(match[1].lower()), (start * _MINUTE, end * _MINUTE)
    raise UnreadableCalendar(
        f"expected an open period such as 'mon 09:00-12:00' (mon to sun, 00:00 to 24:00, ending "
        f"after it starts; write one over midnight as two), saw {text!r}"
    )


def _united(periods: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    united: list[tuple[int, int]] = []
    for start, end in sorted(periods):
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((start, end))
    return tuple(united)


def _zone(key: str) -> ZoneInfo:
    if _NOT_ZONES.fullmatch(key) is None:
        try:
            return ZoneInfo(key)
        # Unknown names raise LookupError, paths and files that are no zones ValueError or OSError.
        except (LookupError, ValueError, OSError):
            pass
    raise UnreadableCalendar(
        f"expected a time zone of the IANA database such as Europe/Paris, saw {key!r}"
    )


def _closed_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UnreadableCalendar(
            f"expected a closed day as an ISO date such as 2026-12-24, saw {text!r}"
        ) from None


@dataclass(frozen=True, slots=True)
class _PublicHolidays:
    """The holidays of one place. A value, so that calendars read twice from a fact are equal."""

    place: str
    lookup: HolidayLookup

    def __call__(self, year: int) -> frozenset[date]:
        return self.lookup(self.place, year)


def _holidays_of(place: str, lookup: HolidayLookup) -> _PublicHolidays:
    holidays = _PublicHolidays(place, lookup)
    try:
        # An unknown place shall show here, not in the middle of a count; any year will do.
        holidays(2000)
    except LookupError:
        raise UnreadableCalendar(
            f"expected a country code with holidays, such as FR or DE-BY, saw {place!r}"
        ) from None
    return holidays


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
    shut = set(calendar.closed)
    for year in range(_date(max(first - 1, 0)).year, _date(min(last, _DAYS - 1)).year + 1):
        shut.update(calendar.holidays(year))
    for utc_day in range(first, last):
        for start, end, offset in _offsets(calendar.zone, utc_day):
            for day in range((start + offset) // _DAY, (end + offset - 1) // _DAY + 1):
                if not 0 <= day < _DAYS or (today := _date(day)) in shut:
                    continue
                midnight = day * _DAY - offset
                for opens, closes in calendar.weekly[today.weekday()]:
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
