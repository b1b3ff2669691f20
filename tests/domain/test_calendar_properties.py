"""Calendars: what holds in every zone, across every change of the clock, and for any opening hours.

Deadlines and elapsed time invert each other, add up and never run backwards; and both are what
one gets by looking at the clock on the wall minute after minute.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from domain.calendars import WEEKDAYS, Calendar, deadline, deadline_days, elapsed, elapsed_days
from domain.published_rules import weekly_from

MICROSECOND = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)

# A change of the clock in each zone: in Sao Paulo it came at midnight, in Lord Howe by half an
# hour, in Kathmandu once and by a quarter, in St John's at a minute past midnight, in Windhoek
# just as a UTC day began, and Apia left a whole day out.
CHANGES = [
    ("UTC", datetime(2026, 1, 3, tzinfo=UTC)),
    ("Europe/Paris", datetime(2026, 3, 29, tzinfo=UTC)),
    ("Europe/Paris", datetime(2026, 10, 25, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2018, 2, 18, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2018, 11, 4, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(1985, 12, 31, tzinfo=UTC)),
    ("America/St_Johns", datetime(2006, 4, 2, tzinfo=UTC)),
    ("America/St_Johns", datetime(2006, 10, 29, tzinfo=UTC)),
    ("Africa/Windhoek", datetime(1995, 4, 2, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, tzinfo=UTC)),
]


@st.composite
def situations(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    """A calendar, and the day of a change of the clock in its zone."""
    key, change = draw(st.sampled_from(CHANGES))
    bounds = st.one_of(
        st.sampled_from([0, 1, 60, 120, 150, 180, 1380, 1381, 1439, 1440]), st.integers(0, 1440)
    )
    period = st.tuples(bounds, bounds).filter(lambda pair: pair[0] < pair[1])
    weekly = draw(
        st.lists(st.tuples(st.sampled_from(WEEKDAYS), period), min_size=1, max_size=12).map(
            lambda periods: [
                f"{day} {start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
                for day, (start, end) in periods
            ]
        )
    )
    near = st.integers(-10, 10).map(lambda days: change.date() + timedelta(days=days))
    shut = draw(st.frozensets(near, max_size=4))
    feasts = draw(st.frozensets(near, max_size=3))
    hours = st.sampled_from(sorted({periods for periods in weekly_from(weekly) if periods}))
    calendar = Calendar(
        ZoneInfo(key),
        weekly_from(weekly),
        closed=shut,
        holidays=lambda year: {day for day in feasts if day.year == year},
        special=tuple(draw(st.dictionaries(near, hours, max_size=4)).items()),
    )
    return calendar, change


def moments(change: datetime, days: int) -> st.SearchStrategy[datetime]:
    """Instants around a change, on the minute or anywhere between."""
    minutes = st.integers(-days * 1440, days * 1440).map(lambda count: count * MINUTE)
    anywhere = st.integers(0, 60_000_000).map(lambda count: count * MICROSECOND)
    return st.builds(
        lambda a, b: change + a + b, minutes, st.one_of(st.just(timedelta()), anywhere)
    )


def amounts(calendar: Calendar) -> st.SearchStrategy[timedelta]:
    """Up to thirty days of working time, but no more than there is in some four years: a calendar
    that is open for a minute a week has not got thirty days in a hundred, and no deadline then."""
    a_week = sum(end - start for periods in calendar.weekly for start, end in periods)
    return st.integers(0, min(30 * 1440 * 60_000_000, 200 * a_week)).map(
        lambda count: count * MICROSECOND
    )


def is_open(calendar: Calendar, instant: datetime) -> bool:
    """The rule itself: what the clock on the wall shows."""
    wall = instant.astimezone(calendar.zone)
    today = wall.date()
    shown = ((wall.hour * 60 + wall.minute) * 60 + wall.second) * 1_000_000 + wall.microsecond
    special = dict(calendar.special)
    if today in special:
        periods = special[today]
    elif today in calendar.closed or today in calendar.holidays(today.year):
        return False
    else:
        periods = calendar.weekly[wall.weekday()]
    return any(start <= shown < end for start, end in periods)


@given(situations(), st.data())
def test_both_measures_are_what_the_wall_clock_shows(
    situation: tuple[Calendar, datetime], data: st.DataObject
) -> None:
    """Counted minute by minute; all changes and periods here lie on whole minutes."""
    calendar, change = situation
    start, end = (change + data.draw(st.integers(-1440, 1440)) * MINUTE for _ in range(2))
    minutes: dict[date, int] = {}
    counted: dict[date, int] = {}
    for count in range(-4 * 1440, 4 * 1440):
        minute = change + count * MINUTE
        if is_open(calendar, minute):
            day = minute.astimezone(calendar.zone).date()
            minutes[day] = minutes.get(day, 0) + 1
            counted[day] = counted.get(day, 0) + (start <= minute < end) - (end <= minute < start)
    assert elapsed(calendar, start, end) == sum(counted.values()) * MINUTE
    days = sum((Fraction(counted[day], minutes[day]) for day in counted), Fraction())
    assert elapsed_days(calendar, start, end) == days


@given(situations(), st.data())
def test_elapsed_time_inverts_a_deadline(
    situation: tuple[Calendar, datetime], data: st.DataObject
) -> None:
    calendar, change = situation
    start, working = data.draw(moments(change, 20)), data.draw(amounts(calendar))
    due = deadline(calendar, start, working)
    assert due >= start
    assert elapsed(calendar, start, due) == working
    # It is the earliest such instant: a microsecond before it something is missing.
    assert due == start or elapsed(calendar, start, due - MICROSECOND) < working


@given(situations(), st.data(), st.fractions(0, 40, max_denominator=1000))
def test_elapsed_days_invert_a_deadline_in_days(
    situation: tuple[Calendar, datetime], data: st.DataObject, days: Fraction
) -> None:
    calendar, change = situation
    start = data.draw(moments(change, 20))
    due = deadline_days(calendar, start, days)
    assert due >= start
    # Rounded up to the microsecond: enough at the deadline, not enough one microsecond before.
    assert elapsed_days(calendar, start, due) >= days
    assert due == start or elapsed_days(calendar, start, due - MICROSECOND) < days


@given(situations(), st.data())
def test_a_deadline_inverts_elapsed_time(
    situation: tuple[Calendar, datetime], data: st.DataObject
) -> None:
    calendar, change = situation
    start, end = sorted(data.draw(st.tuples(moments(change, 20), moments(change, 20))))
    for due in (
        deadline(calendar, start, elapsed(calendar, start, end)),
        deadline_days(calendar, start, elapsed_days(calendar, start, end)),
    ):
        # The same instant, unless it lies in closed time: then the moment at which that began.
        assert start <= due <= end
        assert elapsed(calendar, due, end) == timedelta()
        assert due == end or not is_open(calendar, end - MICROSECOND)


@given(situations(), st.data())
def test_elapsed_time_adds_up(situation: tuple[Calendar, datetime], data: st.DataObject) -> None:
    calendar, change = situation
    # Far enough apart that several blocks of days lie in between.
    a, b, c = data.draw(st.tuples(*[moments(change, 500)] * 3))
    assert elapsed(calendar, a, c) == elapsed(calendar, a, b) + elapsed(calendar, b, c)
    days = elapsed_days(calendar, a, b) + elapsed_days(calendar, b, c)
    assert elapsed_days(calendar, a, c) == days


@given(situations(), st.data())
def test_both_directions_are_monotonous(
    situation: tuple[Calendar, datetime], data: st.DataObject
) -> None:
    calendar, change = situation
    start = data.draw(moments(change, 20))
    sooner, later = sorted(data.draw(st.tuples(moments(change, 20), moments(change, 20))))
    assert elapsed(calendar, start, sooner) <= elapsed(calendar, start, later)
    assert elapsed_days(calendar, start, sooner) <= elapsed_days(calendar, start, later)
    assert timedelta() <= elapsed(calendar, sooner, later) <= later - sooner
    less, more = sorted(data.draw(st.tuples(*[st.fractions(0, 30, max_denominator=97)] * 2)))
    assert deadline_days(calendar, start, less) <= deadline_days(calendar, start, more)
    assert deadline_days(calendar, sooner, less) <= deadline_days(calendar, later, less)
    working = timedelta(hours=float(less))
    assert deadline(calendar, start, working) <= deadline(calendar, start, working + MINUTE)
    assert deadline(calendar, sooner, working) <= deadline(calendar, later, working)


@given(situations(), st.data())
def test_deadlines_add_up(situation: tuple[Calendar, datetime], data: st.DataObject) -> None:
    calendar, change = situation
    start = data.draw(moments(change, 20))
    first, second = data.draw(st.tuples(*[amounts(calendar)] * 2))
    halfway = deadline(calendar, start, first)
    assert deadline(calendar, halfway, second) == deadline(calendar, start, first + second)
