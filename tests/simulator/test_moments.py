"""The simulator's own arithmetic of time, held to the time zone data and to known dates."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.jsonform import instant_to_text
from simulator.local_time import (
    HOUR,
    ZONE,
    day_number,
    day_of,
    daytime,
    evening,
    holidays,
    local,
    local_date,
    micros,
    moment,
    on,
    working_day,
    working_days_later,
)

DAYS = st.dates(date(1996, 1, 1), date(2037, 12, 31))


@given(DAYS, st.integers(4, 23), st.integers(0, 59))
def test_local_hours_are_those_of_the_zone(day: date, hour: int, minute: int) -> None:
    wall = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(ZONE))
    at = local(day_number(day), hour, minute)
    assert moment(at) == wall
    assert local_date(at) == day
    assert on(day.year, day.month, day.day, hour, minute) == at
    assert evening(at, 0) == local(day_number(day), 18)
    assert micros(wall) == at


@given(DAYS, st.integers(4, 22))
def test_daytime_keeps_the_day_and_the_order(day: date, hour: int) -> None:
    early, late = (daytime(local(day_number(day), at)) for at in (hour, hour + 1))
    assert early < late
    assert day_of(early) == day_of(late) == day_number(day)
    assert local(day_number(day), 8) < early < late < local(day_number(day), 18)


def test_holidays_and_working_days() -> None:
    assert [day.isoformat() for day in holidays(2025, 2025)] == [
        "2025-01-01",
        "2025-04-21",
        "2025-05-01",
        "2025-05-08",
        "2025-05-29",
        "2025-06-09",
        "2025-07-14",
        "2025-08-15",
        "2025-11-01",
        "2025-11-11",
        "2025-12-25",
    ]
    assert working_day(day_number(date(2025, 11, 10))) == day_number(date(2025, 11, 10))
    assert working_day(day_number(date(2025, 11, 9))) == day_number(date(2025, 11, 10))
    # From the Friday before Easter Monday, one working day later is Tuesday.
    friday = local(day_number(date(2025, 4, 18)), 10, 30)
    assert working_days_later(friday, 1) == local(day_number(date(2025, 4, 22)), 10, 30)
    assert working_day(day_number(date(2025, 4, 19))) == day_number(date(2025, 4, 22))
    # The clocks change in between.
    friday = local(day_number(date(2025, 3, 28)), 10, 30)
    assert working_days_later(friday, 5) == local(day_number(date(2025, 4, 4)), 10, 30)


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (datetime(2026, 3, 1, tzinfo=UTC), "2026-03-01T00:00:00Z"),
        (datetime(2026, 3, 1, 0, 0, 0, 250_000, tzinfo=UTC), "2026-03-01T00:00:00.25Z"),
        (datetime(2026, 3, 1, 0, 0, 0, 1, tzinfo=UTC), "2026-03-01T00:00:00.000001Z"),
    ],
)
def test_instants(at: datetime, written: str) -> None:
    assert instant_to_text(moment(micros(at))) == written
    assert moment(micros(at)) == at
    assert moment(micros(at) + HOUR) == at + timedelta(hours=1)
