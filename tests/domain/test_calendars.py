"""Calendars: examples to read, and the ends of what can be counted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from domain.calendars import (
    STANDARD,
    WEEKDAYS,
    Calendar,
    DeadlineOutOfReach,
    deadline,
    deadline_days,
    elapsed,
    elapsed_days,
)
from domain.published_rules import calendar_from, weekly_from
from tests.domain.offices import OFFICE, PARIS, french, paris, published

MICROSECOND = timedelta(microseconds=1)
SPLIT_DAYS = [f"{day} {hours}" for day in WEEKDAYS[:5] for hours in ("14:00-18:00", "09:00-12:00")]
SPLIT = calendar_from(published(weekly=(*SPLIT_DAYS, "sat 09:00-12:00")), french)
NIGHT = calendar_from(
    published(weekly=("sat 22:00-24:00", "sun 00:00-06:00"), holidays=None), french
)


# Easter Monday 2026 is 6 April; 1 May is a Friday.
@pytest.mark.parametrize(
    ("calendar", "start", "days", "due"),
    [
        (OFFICE, "2026-03-03 10:00", 5, "2026-03-10 10:00"),  # Tuesday to Tuesday
        (OFFICE, "2026-03-01 15:00", 5, "2026-03-06 17:00"),  # from a Sunday: the end of Friday
        (OFFICE, "2026-03-06 16:00", 1, "2026-03-09 16:00"),  # Friday afternoon: Monday
        (OFFICE, "2026-03-06 17:00", 1, "2026-03-09 17:00"),  # after hours: the next open day
        (OFFICE, "2026-03-03 10:00", 0, "2026-03-03 10:00"),
        (OFFICE, "2026-03-01 15:00", 0, "2026-03-01 15:00"),  # nothing to do needs no open time
        (OFFICE, "2026-03-03 09:00", Fraction(1, 2), "2026-03-03 13:00"),
        (OFFICE, "2026-04-03 10:00", 1, "2026-04-07 10:00"),  # over Easter
        (OFFICE, "2026-04-30 12:00", 1, "2026-05-04 12:00"),  # over 1 May and a weekend
        (SPLIT, "2026-03-02 09:00", Fraction(3, 7), "2026-03-02 12:00"),  # the end of the morning
        (SPLIT, "2026-03-02 09:00", Fraction(4, 7), "2026-03-02 15:00"),
        (SPLIT, "2026-03-06 17:00", 1, "2026-03-07 11:34:17.142858"),  # 1/7 Friday, 6/7 Saturday
        (SPLIT, "2026-03-06 17:00", 2, "2026-03-09 17:00"),
    ],
)
def test_working_days(calendar: Calendar, start: str, days: int | Fraction, due: str) -> None:
    assert deadline_days(calendar, paris(start), days) == paris(due)


@pytest.mark.parametrize(
    ("calendar", "start", "hours", "due"),
    [
        (OFFICE, "2026-03-03 10:00", 8, "2026-03-04 10:00"),
        (OFFICE, "2026-03-03 10:00", 7, "2026-03-03 17:00"),  # the earliest instant: not tomorrow
        (OFFICE, "2026-03-06 16:00", 2, "2026-03-09 10:00"),
        (OFFICE, "2026-04-03 16:00", 2, "2026-04-07 10:00"),
        (SPLIT, "2026-03-02 11:00", 2, "2026-03-02 15:00"),
        (NIGHT, "2026-03-07 20:00", 3, "2026-03-08 01:00"),  # a period over midnight, in two
        (NIGHT, "2026-03-28 22:00", 7, "2026-03-29 06:00"),  # 02:00 to 03:00 did not exist
        (NIGHT, "2026-10-24 22:00", 9, "2026-10-25 06:00"),  # 02:00 to 03:00 came twice
    ],
)
def test_working_hours(calendar: Calendar, start: str, hours: int, due: str) -> None:
    working = timedelta(hours=hours)
    assert deadline(calendar, paris(start), working) == paris(due)
    assert elapsed(calendar, paris(start), paris(due)) == working
    assert elapsed(calendar, paris(due), paris(start)) == -working


def test_answers_are_in_utc() -> None:
    assert deadline_days(OFFICE, paris("2026-03-03 10:00"), 1).tzinfo is UTC
    assert deadline(OFFICE, paris("2026-03-03 10:00"), timedelta(hours=1)).tzinfo is UTC


def test_five_thousand_working_days() -> None:
    start = paris("2026-03-03 10:00")
    due = deadline_days(STANDARD, start, 5000)
    assert due - start == timedelta(weeks=1000)
    assert elapsed_days(STANDARD, start, due) == 5000


def test_the_standard_calendar_is_monday_to_friday_all_day() -> None:
    assert weekly_from(f"{day} 00:00-24:00" for day in WEEKDAYS[:5]) == STANDARD.weekly


def test_a_closed_day_is_shut() -> None:
    calendar = calendar_from(published(closed=("2026-03-04",)), french)
    assert deadline_days(calendar, paris("2026-03-03 10:00"), 1) == paris("2026-03-05 10:00")


def test_a_day_is_as_long_as_it_really_is() -> None:
    calendar = Calendar(PARIS, weekly_from(["sun 00:00-24:00"]))
    sunday, monday = paris("2026-03-29 00:00"), paris("2026-03-30 00:00")
    assert elapsed(calendar, sunday, monday) == timedelta(hours=23)
    assert elapsed_days(calendar, sunday, monday) == 1
    assert elapsed_days(calendar, sunday, paris("2026-03-29 01:00")) == Fraction(1, 23)


def test_a_day_whose_open_time_did_not_exist_counts_nothing() -> None:
    calendar = Calendar(PARIS, weekly_from(["sun 02:00-03:00"]))
    sunday, monday = paris("2026-03-29 00:00"), paris("2026-03-30 00:00")
    assert elapsed_days(calendar, sunday, monday) == 0
    assert deadline_days(calendar, sunday, 1) == paris("2026-04-05 03:00")


def test_a_clock_that_goes_back_over_midnight() -> None:
    # In St John's, at 00:01 on 29 October 2006, the clock went back to 23:01 on the 28th.
    zone = ZoneInfo("America/St_Johns")
    saturday = Calendar(zone, weekly_from(["sat 00:00-24:00"]))
    sunday = Calendar(zone, weekly_from(["sun 00:00-24:00"]))
    start, end = datetime(2006, 10, 28, tzinfo=zone), datetime(2006, 10, 30, tzinfo=zone)
    assert elapsed(saturday, start, end) == timedelta(hours=24, minutes=59)
    assert elapsed(sunday, start, end) == timedelta(hours=24, minutes=1)
    assert elapsed_days(saturday, start, end) == elapsed_days(sunday, start, end) == 1


def test_a_day_that_a_country_skipped() -> None:
    # Samoa went from Thursday 29 December 2011 straight to Saturday the 31st.
    zone = ZoneInfo("Pacific/Apia")
    calendar = Calendar(zone, weekly_from(f"{day} 00:00-24:00" for day in WEEKDAYS))
    start, end = datetime(2011, 12, 29, tzinfo=zone), datetime(2012, 1, 1, tzinfo=zone)
    assert elapsed_days(calendar, start, end) == 2
    assert elapsed(calendar, start, end) == timedelta(days=2)


@pytest.mark.parametrize("key", ["UTC", "Pacific/Kiritimati", "Pacific/Honolulu", "Asia/Kathmandu"])
def test_every_local_day_counts_one(key: str) -> None:
    zone = ZoneInfo(key)
    calendar = Calendar(zone, weekly_from(f"{day} 00:00-24:00" for day in WEEKDAYS))
    midnight = datetime(2025, 11, 1, tzinfo=zone)
    # More than a year, so that the ends of the blocks in which open time is kept are met too.
    for count in range(400):
        day = midnight + timedelta(days=count)
        assert elapsed_days(calendar, day, day + timedelta(hours=6)) == Fraction(1, 4)
        assert elapsed_days(calendar, day, day + timedelta(days=1)) == 1


def test_both_ends_of_time() -> None:
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    for zone in (UTC, PARIS, ZoneInfo("Pacific/Apia"), ZoneInfo("America/Los_Angeles")):
        calendar = Calendar(zone, weekly_from(f"{day} 00:00-24:00" for day in WEEKDAYS))
        assert elapsed(calendar, first, first + timedelta(days=9)) > timedelta(days=7)
        assert elapsed(calendar, last - timedelta(days=9), last) > timedelta(days=7)
        with pytest.raises(DeadlineOutOfReach, match="before the year 10000"):
            deadline_days(calendar, last - timedelta(days=9), 10)
        with pytest.raises(DeadlineOutOfReach, match="before the year 10000"):
            deadline(calendar, last, MICROSECOND)


def test_a_deadline_out_of_reach() -> None:
    start = paris("2026-03-03 10:00")
    assert deadline_days(STANDARD, start, 52 * 5 * 99) < paris("2126-01-01 00:00")
    with pytest.raises(DeadlineOutOfReach, match="within a hundred years"):
        deadline_days(STANDARD, start, 52 * 5 * 101)
    narrow = Calendar(UTC, weekly_from(["mon 00:00-00:01"]))  # 87 hours in a hundred years
    assert deadline(narrow, start, timedelta(hours=84)) < paris("2126-01-01 00:00")
    with pytest.raises(DeadlineOutOfReach, match="within a hundred years"):
        deadline(narrow, start, timedelta(hours=90))
    shut = Calendar(UTC, STANDARD.weekly, holidays=_every_day)
    with pytest.raises(DeadlineOutOfReach, match="open the calendar"):
        deadline(shut, start, MICROSECOND)


def _every_day(year: int) -> list[date]:
    return [
        date.fromordinal(day)
        for day in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1)
    ]


def test_amounts_are_not_negative_and_instants_have_a_zone() -> None:
    with pytest.raises(ValueError, match="0 or more, saw -1"):
        deadline_days(OFFICE, paris("2026-03-03 10:00"), -1)
    with pytest.raises(ValueError, match="with a zone"):
        elapsed(OFFICE, datetime(2026, 3, 3), paris("2026-03-03 10:00"))
