"""Numbers and instants along an axis."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrypoints.pages.pictures.glyphs import fitted, width
from entrypoints.pages.pictures.scales import Scale, TimeScale, span, ticks, time_ticks

NUMBERS = st.floats(-1e12, 1e12).map(lambda number: round(number, 6))
INSTANTS = st.datetimes(timezones=st.just(UTC))


@given(NUMBERS, NUMBERS, st.integers(2, 10))
def test_ticks_hold_what_they_are_for_and_are_few(low: float, high: float, most: int) -> None:
    found = ticks(low, high, most)
    assert found[0] <= min(low, found[-1])
    if low < high:
        assert found[-1] >= high - abs(high) * 1e-9 - 1e-9
    assert 2 <= len(found) <= most + 2


@pytest.mark.parametrize(
    ("low", "high", "marks"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (0, 5e-324, [0, 1e-12]),
        (0, 32, [0, 10, 20, 30, 40]),
        (0.52, 0.97, [0.5, 0.6, 0.7, 0.8, 0.9, 1.0]),
        (-17, 956, [-200, 0, 200, 400, 600, 800, 1000]),
    ],
)
def test_ticks_are_round(low: float, high: float, marks: list[float]) -> None:
    assert ticks(low, high, 6) == pytest.approx(marks, abs=1e-13)


def test_whole_numbers_have_whole_ticks() -> None:
    assert ticks(0, 2, 6, whole=True) == [0, 1, 2]
    assert ticks(0, 0, 6, whole=True) == [-1, 0, 1]
    assert ticks(0, 5e-324, 6, whole=True) == [0, 1]


@given(INSTANTS, INSTANTS)
def test_time_ticks_lie_within_and_are_few(one: datetime, other: datetime) -> None:
    first, last = sorted((one, other))
    found = time_ticks(first, last)
    assert len(found) <= 9
    assert all(first <= tick.at <= last for tick in found)
    assert all(one.at < later.at for one, later in pairwise(found))


@pytest.mark.parametrize(
    ("days", "unit", "at"),
    [
        (1, "hour", "06:00 03 Mar"),
        (6, "day", "00:00 03 Mar"),
        (40, "day", "00:00 10 Mar"),
        (150, "month", "00:00 01 Apr"),
        (4000, "year", "00:00 01 Jan"),
    ],
)
def test_time_ticks_begin_what_people_call_by_name(days: int, unit: str, at: str) -> None:
    first = datetime(2025, 3, 3, tzinfo=UTC)
    found = time_ticks(first, first + timedelta(days=days))
    assert {tick.unit for tick in found} == {unit}
    assert at in [f"{tick.at:%H:%M %d %b}" for tick in found]


@given(st.lists(INSTANTS, min_size=1, max_size=5))
def test_a_span_holds_all(instants: list[datetime]) -> None:
    first, last = span(instants)
    assert first <= min(instants) <= max(instants) <= last
    scale = TimeScale(first, last, 10, 20)
    assert all(10 <= scale(at) <= 20 for at in instants)


def test_what_lies_beyond_lies_at_an_end() -> None:
    scale = Scale(0, 10, 100, 0)
    assert (scale(-5), scale(0), scale(5), scale(10), scale(15)) == (100, 100, 50, 0, 0)
    assert Scale(3, 3, 0, 10)(3) == 5


@given(st.text(max_size=40), st.floats(0, 300))
def test_what_is_fitted_fits(text: str, room: float) -> None:
    assert width(fitted(text, room)) <= room or not fitted(text, room)
