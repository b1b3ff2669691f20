"""How long something takes, while some still wait."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from domain.measures.survival import time

DURATIONS = st.lists(st.integers(0, 12), max_size=40)


def first_at(level: Fraction, ended: list[int], waiting: list[int]) -> int | None:
    """The product of Kaplan and Meier, exact, one duration after the other."""
    survival = Fraction(1)
    for duration in sorted({*ended, *waiting}):
        at_risk = sum(one >= duration for one in (*ended, *waiting))
        survival *= 1 - Fraction(ended.count(duration), at_risk)
        if duration in ended and survival <= level:
            return duration
    return None


def test_a_time_says_its_keys_in_their_order() -> None:
    keys = ["kind", "n", "ended", "waiting", "median", "p90", "longest_waiting"]
    assert list(time([], [])) == list(time([1], [2])) == keys


def test_nobody_took_any_time() -> None:
    assert list(time([], []).values()) == ["time", 0, 0, 0, None, None, None]


def test_one_that_ended_is_all_there_is_to_say() -> None:
    assert list(time([60], []).values()) == ["time", 1, 1, 0, 60, 60, None]


def test_of_those_that_all_wait_only_the_longest_is_known() -> None:
    assert list(time([], [5, 9, 2]).values()) == ["time", 3, 0, 3, None, None, 9]


def test_a_half_is_reached_by_the_half_itself() -> None:
    found = time([7200, 14400], [])
    assert (found["median"], found["p90"]) == (7200, 14400)


def test_those_who_wait_push_the_median_out() -> None:
    assert time([86400, 432000], [259200, 300000])["median"] == 432000
    assert time([86400, 432000], [432000] * 3)["median"] is None


def test_at_equal_durations_endings_come_first() -> None:
    """Of two at risk one ends: a half. Had the other been lost before, nobody would be left."""
    assert time([5], [5])["median"] == 5
    assert time([5], [5])["p90"] is None
    assert time([5], [4])["p90"] == 5


@given(DURATIONS, DURATIONS)
def test_a_time_is_what_the_product_says(ended: list[int], waiting: list[int]) -> None:
    found = time(ended, waiting)
    assert found["n"] == found["ended"] + found["waiting"] == len(ended) + len(waiting)
    assert found["median"] == first_at(Fraction(1, 2), ended, waiting)
    assert found["p90"] == first_at(Fraction(1, 10), ended, waiting)
    assert found["longest_waiting"] == max(waiting, default=None)
