"""Time for the simulator: whole microseconds in UTC, and the local days of the rose grower.

The summer time rule is written out here (European Union: last Sunday of March to last Sunday of
October), so that a run doesn't depend on the time zone data of the machine.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

#: The zone whose local hours this module computes.
ZONE = "Europe/Paris"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_STEP = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """Microseconds since 1970 of an aware datetime."""
    if moment.tzinfo is None:
        raise ValueError(f"expected a time with a zone, saw {moment!r}; give it tzinfo=UTC")
    return (moment - _EPOCH) // _STEP


def moment(at: int) -> datetime:
    """The aware UTC datetime of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=at)


def text(at: int) -> str:
    """RFC 3339 in UTC, with as many fractional digits as needed: ``2026-03-01T00:00:00Z``."""
    whole = moment(at).replace(tzinfo=None).isoformat()
    return (whole.rstrip("0") if "." in whole else whole) + "Z"


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - _EPOCH_DAY


def date_of(day: int) -> date:
    """The date of a day number."""
    return date.fromordinal(day + _EPOCH_DAY)


@cache
def _summer(year: int) -> tuple[int, int]:
    """The first day with summer time and the first day without it again."""
    march, october = date(year, 3, 31), date(year, 10, 31)
    return (
        day_number(march) - (march.weekday() + 1) % 7,
        day_number(october) - (october.weekday() + 1) % 7,
    )


@cache
def offset(day: int) -> int:
    """How far local clocks are before UTC in the daytime of a day."""
    first, last = _summer(date_of(day).year)
    return 2 * HOUR if first <= day < last else HOUR


def local(day: int, hour: int, minute: int = 0) -> int:
    """The instant of a local hour, which must lie after three in the morning (clocks change
    between one and three)."""
    return day * DAY + hour * HOUR + minute * MINUTE - offset(day)


def day_of(at: int) -> int:
    """The local day of an instant."""
    return (at + offset(at // DAY)) // DAY


def daytime(at: int) -> int:
    """An instant of the same local day between 08:30 and 17:30, later for later instants."""
    shifted = at + offset(at // DAY)
    day = shifted // DAY
    share = shifted % DAY * 9 // 24 // SECOND * SECOND
    return day * DAY + 8 * HOUR + 30 * MINUTE + share - offset(day)


def _easter(year: int) -> date:
    """Easter Sunday. Source: the anonymous Gregorian algorithm, in J. Meeus, Astronomical
    Algorithms, chapter 8."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


@cache
def holidays(year: int) -> tuple[int, ...]:
    """The public holidays of France in one year, as day numbers in order."""
    fixed = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    easter = day_number(_easter(year))
    moving = (easter + 1, easter + 39, easter + 50)
    return tuple(sorted({*(day_number(date(year, m, d)) for m, d in fixed), *moving}))


@cache
def is_working(day: int) -> bool:
    """Whether the house is open: Monday to Friday, no public holiday."""
    # 1970-01-01 was a Thursday.
    return (day + 3) % 7 < 5 and day not in holidays(date_of(day).year)


def working_day(day: int, after: int = 0) -> int:
    """The working day that comes ``after`` working days later; for 0, the day itself or the next
    one that is open."""
    while not is_working(day):
        day += 1
    for _ in range(after):
        day += 1
        while not is_working(day):
            day += 1
    return day
