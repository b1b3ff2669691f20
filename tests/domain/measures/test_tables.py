"""Tables by days and by weeks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from math import ceil
from statistics import median_low
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.durations import InstantOutOfRange
from domain.measures.load import WEEKS, load, weeks
from domain.measures.tables import Step, around_due, overdue_age

INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC))
ZONES = st.sampled_from(("UTC", "Europe/Paris", "America/Havana", "Asia/Beirut", "Pacific/Apia"))


# Ages


def test_all_ages_are_there_without_a_promise() -> None:
    found = overdue_age([])
    assert list(found) == ["kind", "rows"]
    assert [list(row.items()) for row in found["rows"]] == [
        [("age", age), ("count", 0)] for age in ("0-1", "2-7", "8-30", "31-90", "over 90")
    ]


@pytest.mark.parametrize(
    ("days", "age"),
    [
        (0.001, "0-1"),
        (1, "0-1"),
        (1.001, "2-7"),
        (7, "2-7"),
        (7.001, "8-30"),
        (30, "8-30"),
        (30.001, "31-90"),
        (90, "31-90"),
        (90.001, "over 90"),
        (5000, "over 90"),
    ],
)
def test_an_upper_bound_is_of_its_age(days: float, age: str) -> None:
    for exact in (days, ceil(days)):
        assert [row["age"] for row in overdue_age([(exact, 3)])["rows"] if row["count"]] == [age]


@given(st.lists(st.tuples(st.floats(0, 200), st.integers(1, 5))))
def test_every_promise_has_one_age(ages: list[tuple[float, int]]) -> None:
    found = overdue_age(ages)["rows"]
    assert sum(row["count"] for row in found) == sum(promises for _, promises in ages)
    assert found == overdue_age((ceil(days), promises) for days, promises in ages)["rows"]


# Around the agreed day


def test_all_days_are_there_without_a_fact() -> None:
    found = around_due([])
    assert list(found) == ["kind", "rows"]
    assert list(found["rows"][0]) == ["day", *get_args(Step)]
    assert [list(row.values()) for row in found["rows"]] == [
        [day, 0, 0, 0, 0] for day in range(-6, 8)
    ]


@given(st.lists(st.tuples(st.integers(-9, 9), st.sampled_from(get_args(Step)), st.integers(1, 3))))
def test_what_happened_on_a_day_is_added_up(steps: list[tuple[int, Step, int]]) -> None:
    for row in around_due(steps)["rows"]:
        found = (row["honoured"], row["released"], row["abandoned"], row["moved"])
        assert found == tuple(
            sum(n for day, what, n in steps if (day, what) == (row["day"], step))
            for step in get_args(Step)
        )


# Load


def test_weeks_begin_on_mondays_of_the_zone() -> None:
    found = weeks(datetime(2026, 3, 29, 22, 30, tzinfo=UTC), ZoneInfo("Europe/Paris"))
    assert len(found) == 2 * WEEKS
    # It is Monday in Paris already, since the clocks went forward.
    assert found[WEEKS] == (
        date(2026, 3, 30),
        datetime(2026, 3, 29, 22, tzinfo=UTC),
        datetime(2026, 4, 5, 22, tzinfo=UTC),
    )
    assert found[WEEKS - 1].until - found[WEEKS - 1].since == timedelta(days=7, hours=-1)


@given(INSTANTS, ZONES)
def test_weeks_follow_each_other_and_the_first_ahead_holds_the_instant(
    as_of: datetime, name: str
) -> None:
    zone: tzinfo = ZoneInfo(name)
    found = weeks(as_of, zone)
    assert found[WEEKS].since <= as_of < found[WEEKS].until
    for week, following in pairwise(found):
        assert week.until == following.since
        assert following.monday - week.monday == timedelta(weeks=1)
    for week in found:
        assert week.monday.weekday() == 0
        assert week.since.astimezone(zone).date() == week.monday
        before = week.since - timedelta(microseconds=1)
        assert before.astimezone(zone).date() < week.monday


@pytest.mark.parametrize("year", [1, 9999])
def test_there_are_no_weeks_beyond_the_calendar(year: int) -> None:
    with pytest.raises(InstantOutOfRange, match="8 weeks before and after"):
        weeks(datetime(year, 1 if year == 1 else 12, 20, tzinfo=UTC), UTC)


def test_a_week_with_more_than_usual_is_over() -> None:
    found = weeks(datetime(2026, 5, 6, 9, tzinfo=UTC), UTC)
    table = load(found, [0, 1, 0, 2, 1, 3, 0, 1], [2, 1, 0, 0, 0, 0, 0, 0], 1)
    assert list(table) == ["kind", "usual", "overdue", "rows"]
    assert (table["usual"], table["overdue"], len(table["rows"])) == (1, 1, 8)
    assert [list(row.items()) for row in table["rows"][:2]] == [
        [("week", "2026-05-04"), ("due", 2), ("over", True)],
        [("week", "2026-05-11"), ("due", 1), ("over", False)],
    ]
    assert table["rows"][7]["week"] == "2026-06-22"


@given(*[st.lists(st.integers(0, 9), min_size=WEEKS, max_size=WEEKS)] * 2)
def test_usual_is_the_lower_median_of_the_weeks_before(honoured: list[int], due: list[int]) -> None:
    table = load(weeks(datetime(2026, 5, 6, tzinfo=UTC), UTC), honoured, due, 0)
    assert table["usual"] == median_low(honoured)
    assert [row["over"] for row in table["rows"]] == [n > table["usual"] for n in due]
