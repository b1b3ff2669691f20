"""The XmR chart, against published numbers and by its properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.measures.xmr import Limits, Rule, Stretch, limits, xmr

#: NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2, "Individuals Control Charts": ten
#: batches of a flow rate.
FLOW = (49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1)

VALUES = st.lists(st.floats(-1e6, 1e6), max_size=30)


def of(values: tuple[float, ...]) -> Limits:
    found = limits(values)
    assert found is not None
    return found


def test_the_limits_are_those_of_the_handbook() -> None:
    found = of(FLOW)
    assert found.mean == pytest.approx(50.81)
    assert found.moving_range == pytest.approx(1.8778, abs=5e-5)
    # The handbook divides by d2 = 1.128 where 2.66 is 3 / 1.128, rounded.
    assert (found.low, found.high) == pytest.approx((45.8159, 55.8041), abs=2e-3)
    assert found.range_high == pytest.approx(3.268 * 1.8778, abs=2e-4)
    assert xmr(FLOW).signals == ()


def test_a_share_has_limits_that_a_share_can_reach() -> None:
    found = limits([0.9, 1.0, 0.7, 1.0], least=0, greatest=1)
    assert found is not None
    assert found.high == 1
    assert found.low > 0


def rules(values: list[float], at: int = -1) -> set[Rule]:
    """By which rules the value at a place is a signal."""
    place = at % len(values)
    return {one.rule for one in xmr(values).signals if one.index == place}


CALM = [0.0, 1.0] * 12


def test_each_rule_has_its_example() -> None:
    # The mean is about half a unit, the mean moving range 1, so sigma is 0.89.
    assert rules([*CALM, 6.0]) == {"beyond_limits", "moving_range"}
    assert "two_of_three" in rules([*CALM, 3.1, 1.0, 3.1])
    assert "four_of_five" in rules([*CALM, 2.2, 2.2, 1.0, 2.2, 2.2])
    assert rules([*CALM * 3, *[1.0] * 8]) == {"eight_on_a_side"}
    assert rules([*CALM * 3, *[1.0] * 7, 0.0]) == set()


def test_only_what_lies_out_itself_is_a_signal() -> None:
    values = [*CALM, 3.1, 3.1, 0.5]
    assert rules(values, -2) >= {"two_of_three"}
    assert rules(values) == set()


def test_limits_begin_anew_at_a_break() -> None:
    values = [0.0, 1.0, 0.0, 1.0, 10.0, 11.0, 10.0, 11.0]
    chart = xmr(values, [4])
    assert [(one.start, one.end) for one in chart.stretches] == [(0, 4), (4, 8)]
    assert [one.limits and one.limits.mean for one in chart.stretches] == [0.5, 10.5]
    assert chart.signals == ()
    assert xmr(values).signals != ()


def test_breaks_outside_of_the_values_break_nothing() -> None:
    assert xmr([1.0, 2.0], [0, 2, 7, -1]).stretches == xmr([1.0, 2.0]).stretches


def test_one_value_has_no_limits_and_none_no_stretch_but_an_empty_one() -> None:
    assert xmr([3.0]).stretches == (Stretch(0, 1, None),)
    assert xmr([]).stretches == (Stretch(0, 0, None),)


def test_what_never_moves_is_no_signal() -> None:
    assert xmr([0.75] * 20).signals == ()


@given(VALUES, st.sets(st.integers(0, 30)))
def test_stretches_hold_every_value_once(values: list[float], breaks: set[int]) -> None:
    stretches = xmr(values, breaks).stretches
    assert [at for one in stretches for at in range(one.start, one.end)] == list(range(len(values)))


@given(VALUES)
def test_signals_do_not_depend_on_which_way_is_up(values: list[float]) -> None:
    assert xmr([-value for value in values]).signals == xmr(values).signals
