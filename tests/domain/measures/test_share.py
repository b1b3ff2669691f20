"""Shares, and how far two of them are apart."""

from __future__ import annotations

from math import hypot

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.measures.difference import difference
from domain.measures.share import Share, share


@st.composite
def shares(draw: st.DrawFn) -> Share:
    of = draw(st.integers(0, 10**6))
    return share(draw(st.integers(0, of)), of)


def interval(found: Share) -> tuple[float, float, float]:
    """Low, rate and high of a share that has them."""
    low, rate, high = found["low"], found["rate"], found["high"]
    assert low is not None
    assert rate is not None
    assert high is not None
    return low, rate, high


def test_a_share_says_its_keys_in_their_order() -> None:
    assert list(share(2, 5)) == ["kind", "count", "of", "rate", "low", "high"]
    assert list(share(2, 5, maturing=0))[6:] == ["maturing"]
    assert list(share(2, 5, waiting=0))[6:] == ["waiting"]


def test_no_denominator_no_rate() -> None:
    nothing = {"kind": "share", "count": 0, "of": 0, "rate": None, "low": None, "high": None}
    assert share(0, 0) == nothing
    assert share(0, 0, maturing=3) == {**nothing, "maturing": 3}


@given(shares())
def test_a_rate_lies_in_its_interval_and_that_in_0_to_1(found: Share) -> None:
    if found["of"]:
        low, rate, high = interval(found)
        assert rate == found["count"] / found["of"]
        assert 0 <= low <= rate <= high <= 1


@given(shares())
def test_what_counts_and_what_does_not_mirror_each_other(found: Share) -> None:
    if found["of"]:
        low, rate, high = interval(found)
        others = interval(share(found["of"] - found["count"], found["of"]))
        assert others == pytest.approx((1 - high, 1 - rate, 1 - low), abs=1e-12)


# Differences


def test_a_difference_says_its_keys_in_their_order() -> None:
    found = difference(share(3, 3), share(1, 3, maturing=2))
    assert list(found) == ["kind", "a", "b", "difference", "low", "high"]
    assert (found["a"], found["b"]) == (share(3, 3), share(1, 3, maturing=2))


@pytest.mark.parametrize(
    ("a", "b", "apart", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17, table II, method 10, to four digits.
        ((56, 70), (48, 80), 0.2000, 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.6000, 0.1705, 0.8090),
        ((10, 10), (0, 20), 1.0000, 0.6791, 1.0000),
        ((0, 10), (0, 20), 0.0000, -0.1611, 0.2775),
    ],
)
def test_known_differences(
    a: tuple[int, int], b: tuple[int, int], apart: float, low: float, high: float
) -> None:
    found = difference(share(*a), share(*b))
    assert (found["difference"], found["low"], found["high"]) == pytest.approx(
        (apart, low, high), abs=5e-5
    )


@pytest.mark.parametrize(("a", "b"), [((0, 0), (1, 2)), ((1, 2), (0, 0)), ((0, 0), (0, 0))])
def test_without_either_rate_there_is_no_difference(a: tuple[int, int], b: tuple[int, int]) -> None:
    found = difference(share(*a), share(*b))
    assert (found["a"], found["b"]) == (share(*a), share(*b))
    assert found["difference"] is found["low"] is found["high"] is None


def test_shares_of_the_same_units_have_a_difference_without_an_interval() -> None:
    found = difference(share(4, 5), share(2, 5), independent=False)
    assert found["difference"] == 0.4
    assert found["low"] is found["high"] is None


@given(shares(), shares())
def test_a_difference_lies_in_its_interval_and_that_in_its_bounds(a: Share, b: Share) -> None:
    found = difference(a, b)
    if found["difference"] is not None:
        assert found["low"] is not None
        assert found["high"] is not None
        assert -1 - 1e-12 <= found["low"] <= found["difference"] <= found["high"] <= 1 + 1e-12
        low_a, p, high_a = interval(a)
        low_b, q, high_b = interval(b)
        assert found["low"] == pytest.approx(p - q - hypot(p - low_a, high_b - q), abs=1e-12)
        assert found["high"] == pytest.approx(p - q + hypot(high_a - p, q - low_b), abs=1e-12)


@given(shares(), shares())
def test_the_other_way_round_is_its_negative(a: Share, b: Share) -> None:
    found, other = difference(a, b), difference(b, a)
    if found["difference"] is None:
        assert other["difference"] is None
        return
    assert found["low"] is not None
    assert found["high"] is not None
    assert (other["difference"], other["low"], other["high"]) == pytest.approx(
        (-found["difference"], -found["high"], -found["low"]), abs=1e-12
    )
