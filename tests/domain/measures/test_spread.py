"""Quantiles by nearest rank."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.measures.spread import HALF, NINE_TENTHS, nearest_rank, spread

NUMBERS = st.lists(st.integers(-20, 20) | st.floats(-1e9, 1e9), min_size=1)


def test_nothing_has_no_spread() -> None:
    nothing = {"kind": "spread", "n": 0, "median": None, "p90": None, "max": None, "mean": None}
    assert spread([]) == nothing
    assert list(spread([1])) == list(nothing)


def test_one_number_is_all_its_figures() -> None:
    assert list(spread([-7]).values())[1:] == [1, -7, -7, -7, -7]


@pytest.mark.parametrize(
    ("n", "median", "p90"),
    [(2, 1, 2), (3, 2, 3), (4, 2, 4), (9, 5, 9), (10, 5, 9), (11, 6, 10), (20, 10, 18)],
)
def test_a_quantile_is_one_of_the_numbers(n: int, median: int, p90: int) -> None:
    found = spread(range(n, 0, -1))
    assert (found["median"], found["p90"], found["max"]) == (median, p90, n)


def test_a_mean_does_not_depend_on_the_order() -> None:
    numbers = [1e16, 1.0, -1e16, 1.0] * 10
    assert spread(numbers)["mean"] == spread(sorted(numbers))["mean"] == 0.5


@given(NUMBERS, st.sampled_from((HALF, NINE_TENTHS)))
def test_a_quantile_is_the_smallest_with_at_least_so_many_up_to_it(
    numbers: list[float], part: Fraction
) -> None:
    """The definition, number by number."""
    enough = [x for x in numbers if sum(y <= x for y in numbers) >= part * len(numbers)]
    assert nearest_rank(sorted(numbers), part) == min(enough)


@given(NUMBERS)
def test_a_spread_is_of_all_its_numbers(numbers: list[float]) -> None:
    found = spread(numbers)
    assert (found["n"], found["max"]) == (len(numbers), max(numbers))
    exact = sum(map(Fraction, numbers)) / len(numbers)
    assert found["mean"] == pytest.approx(float(exact), rel=1e-12, abs=1e-12)
