"""What became of promises, and how soon."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.measures.incidence import DAYS, IncidenceRow, time_to_honour

DAY = 86_400
CAUSES = ("honoured", "released", "abandoned")

#: Whole days and a little more, around those of the rows; some before the promise was made.
DURATIONS = st.lists(
    st.builds(
        lambda days, seconds: days * DAY + seconds,
        st.sampled_from((-1, 0, 1, 2, 7, 8, 29, 30, 90, 364, 365, 366)),
        st.sampled_from((0, 1)),
    ),
    max_size=12,
)


def nothing(days: int) -> IncidenceRow:
    return IncidenceRow(days=days, honoured=None, released=None, abandoned=None, open=None)


def shares(row: IncidenceRow) -> list[float]:
    """The figures of a row that has them."""
    found = [row["honoured"], row["released"], row["abandoned"], row["open"]]
    return [share for share in found if share is not None]


def estimate(days: int, ended: list[list[int]], waiting: list[int]) -> list[Fraction]:
    """Aalen and Johansen's sums, exact, one duration after the other: of each cause, and what is
    left of survival."""
    everyone = [max(0, one) for durations in (*ended, waiting) for one in durations]
    survival, incidence = Fraction(1), [Fraction(0) for _ in ended]
    for duration in sorted({one for one in everyone if one <= days * DAY}):
        at_risk = sum(one >= duration for one in everyone)
        here = [sum(max(0, one) == duration for one in durations) for durations in ended]
        for cause, endings in enumerate(here):
            incidence[cause] += survival * Fraction(endings, at_risk)
        survival *= 1 - Fraction(sum(here), at_risk)
    return [*incidence, survival]


def test_without_a_promise_every_row_is_there_and_says_nothing() -> None:
    found = time_to_honour([], [], [], [])
    assert found == {"kind": "table", "n": 0, "rows": [nothing(days) for days in DAYS]}
    assert list(found) == ["kind", "n", "rows"]
    assert list(found["rows"][0]) == ["days", *CAUSES, "open"]


def test_about_what_nobody_has_waited_for_nothing_is_said() -> None:
    found = time_to_honour([DAY // 2, 5 * DAY], [10 * DAY], [20 * DAY], [40 * DAY])
    assert found["n"] == 5
    assert [shares(row) for row in found["rows"]] == [
        pytest.approx([0.2, 0, 0, 0.8]),
        pytest.approx([0.4, 0, 0, 0.6]),
        pytest.approx([0.4, 0.2, 0.2, 0.2]),
        [],
        [],
    ]


@pytest.mark.parametrize(("longest", "rows"), [(DAY - 1, 0), (DAY, 1), (7 * DAY, 2)])
def test_a_row_is_known_once_somebody_was_watched_for_so_long(longest: int, rows: int) -> None:
    for ended, waiting in (([longest], []), ([], [longest])):
        found = time_to_honour(ended, [], [], waiting)["rows"]
        assert [bool(shares(row)) for row in found] == [True] * rows + [False] * (5 - rows)


def test_while_all_wait_all_is_open() -> None:
    assert shares(time_to_honour([], [], [], [DAY, 2 * DAY])["rows"][0]) == [0, 0, 0, 1]


def test_once_all_have_ended_nothing_is_open() -> None:
    row = time_to_honour([1, 2, 3], [1], [DAY], [])["rows"][0]
    assert shares(row) == pytest.approx([0.6, 0.2, 0.2, 0])
    assert row["open"] == 0


def test_what_came_before_the_promise_came_at_once() -> None:
    early = time_to_honour([-DAY, -5, 2 * DAY], [-1], [], [-1, 3 * DAY])
    assert early == time_to_honour([0, 0, 2 * DAY], [0], [], [0, 3 * DAY])


def test_at_equal_durations_endings_come_first() -> None:
    assert shares(time_to_honour([DAY], [], [], [DAY])["rows"][0]) == [0.5, 0, 0, 0.5]


@given(DURATIONS, DURATIONS, DURATIONS, DURATIONS)
def test_a_row_is_what_the_sums_say(
    honoured: list[int], released: list[int], abandoned: list[int], waiting: list[int]
) -> None:
    ended = [honoured, released, abandoned]
    longest = max((0, *waiting, *honoured, *released, *abandoned))
    found = time_to_honour(honoured, released, abandoned, waiting)
    assert found["n"] == sum(map(len, (*ended, waiting)))
    for days, row in zip(DAYS, found["rows"], strict=True):
        assert row["days"] == days
        if found["n"] and days * DAY <= longest:
            assert shares(row) == pytest.approx(
                [float(share) for share in estimate(days, ended, waiting)], abs=1e-12
            )
            assert sum(shares(row)) == pytest.approx(1, abs=1e-12)
        else:
            assert row == nothing(days)
