"""Time for the simulator: whole microseconds in UTC, and the local days of the rose grower."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from holidays import HolidayBase

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

ZONE = "Europe/Paris"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_MICROSECOND = timedelta(microseconds=1)
_PARIS = ZoneInfo(ZONE)


def micros(moment: datetime) -> int:
    """Microseconds since 1970 of an aware datetime."""
    if moment.tzinfo is None:
        raise ValueError(f"expected a time with a zone, saw {moment!r}; give it tzinfo=UTC")
    return (moment - _EPOCH) // _MICROSECOND


def moment(at: int) -> datetime:
    """The aware UTC datetime of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=at)


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - _EPOCH_DAY


def date_of(day: int) -> date:
    """The date of a day number."""
    return date.fromordinal(day + _EPOCH_DAY)


@cache
def _offset(day: int) -> int:
    """How far local clocks are before UTC in the daytime of a day."""
    offset = datetime.combine(date_of(day), time(12), _PARIS).utcoffset()
    return (offset or timedelta()) // _MICROSECOND


def local(day: int, hour: int, minute: int = 0) -> int:
    """The instant of a local hour, which must lie after three in the morning (clocks change
    between one and three)."""
    return day * DAY + hour * HOUR + minute * MINUTE - _offset(day)


def evening(at: int, days: int) -> int:
    """Six in the evening, some days after the local day of an instant."""
    return local(day_of(at) + days, 18)


def on(year: int, month: int, day: int, hour: int = 18, minute: int = 0) -> int:
    """The instant of a local hour on a date."""
    return local(day_number(date(year, month, day)), hour, minute)


def day_of(at: int) -> int:
    """The local day of an instant."""
    return (at + _offset(at // DAY)) // DAY


def local_date(at: int) -> date:
    """The local date of an instant."""
    return date_of(day_of(at))


def daytime(at: int) -> int:
    """An instant of the same local day between 08:30 and 17:30, later for later instants."""
    day, since_midnight = divmod(at + _offset(at // DAY), DAY)
    return local(day, 8, 30) + since_midnight * 9 // 24 // SECOND * SECOND


@cache
def _france(*years: int) -> HolidayBase:
    """The public holidays of France, in these years and in any other of which a day is asked."""
    from holidays import country_holidays

    return country_holidays("FR", years=years)


def holidays(first: int, last: int) -> list[date]:
    """The public holidays from one year to another, in order."""
    return sorted(_france(*range(first, last + 1)))


def working_day(day: int) -> int:
    """The day itself if the house is open (Monday to Friday, no public holiday), else the next one
    that it is."""
    return day_number(_france().get_nth_working_day(date_of(day), 0))


def working_days_later(at: int, days: int) -> int:
    """The same local hour, some working days after an instant."""
    day = day_of(at)
    later = day_number(_france().get_nth_working_day(date_of(day), days))
    return at + local(later, 12) - local(day, 12)
