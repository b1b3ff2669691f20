"""The spans of a zone's months against what its clocks show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from projections.queries.months import INSTANT, month_of, spans

NAMES = sorted(available_timezones() - {"localtime", "posixrules", "Factory"})

instants = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.just(UTC))
lately = st.datetimes(datetime(1900, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


def utc_month(instant: datetime) -> str:
    return f"{instant.year:04}-{instant.month:02}"


def expect_shown(zone: ZoneInfo, instant: datetime) -> None:
    (found,) = (
        one for one in spans(zone, [utc_month(instant)]) if one.since <= instant <= one.until
    )
    shown = instant.astimezone(zone)
    assert found.month == f"{shown.year:04}-{shown.month:02}"


# Clocks were put back at a minute past midnight, on the first of a month.
@example(name="America/St_Johns", instant=datetime(2009, 11, 1, 2, 30, 30, tzinfo=UTC))
@example(name="America/St_Johns", instant=datetime(2009, 11, 1, 3, tzinfo=UTC))
@example(name="CET", instant=datetime(2026, 7, 31, 22, 30, tzinfo=UTC))
@example(name="Africa/Casablanca", instant=datetime(2026, 9, 30, 23, 30, tzinfo=UTC))
@example(name="Pacific/Apia", instant=datetime(2011, 12, 30, 12, tzinfo=UTC))
@given(name=st.sampled_from(NAMES), instant=instants | lately)
def test_an_instant_is_in_the_month_that_clocks_show(name: str, instant: datetime) -> None:
    expect_shown(ZoneInfo(name), instant)


@given(name=st.sampled_from(NAMES), instant=lately)
def test_the_bounds_are_exact(name: str, instant: datetime) -> None:
    zone = ZoneInfo(name)
    for before, after in pairwise(spans(zone, [utc_month(instant)])):
        assert before.until + INSTANT == after.since
        assert before.month != after.month
        expect_shown(zone, before.until)
        expect_shown(zone, after.since)


@pytest.mark.parametrize(
    ("utc", "zone", "shown"),
    [
        ("0001-01", "America/New_York", ["0000-12", "0001-01"]),
        ("0001-01", "Asia/Tokyo", ["0001-01", "0001-02"]),
        ("9999-12", "America/New_York", ["9999-11", "9999-12"]),
        ("9999-12", "Asia/Tokyo", ["9999-12", "10000-01"]),
        ("2026-02", "UTC", ["2026-02"]),
        ("2009-11", "America/St_Johns", ["2009-10", "2009-11", "2009-10", "2009-11"]),
    ],
)
def test_months_of_a_month(utc: str, zone: str, shown: list[str]) -> None:
    assert [one.month for one in spans(ZoneInfo(zone), [utc])] == shown


def test_a_clock_beyond_the_calendar() -> None:
    hour = timedelta(hours=1)
    assert month_of(datetime(1, 1, 1, tzinfo=UTC), -hour) == "0000-12"
    assert month_of(datetime.max.replace(tzinfo=UTC), hour) == "10000-01"
