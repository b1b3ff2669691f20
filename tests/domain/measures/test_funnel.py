"""The funnel plot and over-dispersion, against scipy, published numbers, and by their
properties."""

from __future__ import annotations

from math import log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from domain.measures.dispersion import dispersion, phi, tau_squared, winsorised
from domain.measures.funnel import INNER, OUTER, exact, funnel

TARGETS = st.floats(0.01, 0.99)
SIZES = st.integers(1, 5000)
WITHIN = st.sampled_from([INNER, OUTER])
UNITS = st.lists(
    st.integers(1, 400).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))), max_size=15
)


@given(TARGETS, SIZES, WITHIN)
def test_the_lower_limit_is_interpolated_as_in_the_paper(
    target: float, of: int, within: float
) -> None:
    """Spiegelhalter 2005, A.1.1: r is the smallest count with P(R ≤ r) > p, and the limit
    (r - a) / n, with a = (P(R ≤ r) - p) / P(R = r)."""
    tail = (1 - within) / 2
    r = int(binom.ppf(tail, of, target))
    if binom.cdf(r, of, target) <= tail:
        r += 1
    part = (binom.cdf(r, of, target) - tail) / binom.pmf(r, of, target)
    assert exact(target, of, within).low == pytest.approx(max(0.0, (r - part) / of), abs=1e-6)


@given(TARGETS, SIZES, WITHIN, st.data())
def test_beyond_a_limit_is_what_chance_makes_less_often_than_the_tail(
    target: float, of: int, within: float, data: st.DataObject
) -> None:
    tail, band = (1 - within) / 2, exact(target, of, within)
    count = data.draw(st.integers(0, of))
    at_most, at_least = binom.cdf(count, of, target), binom.sf(count - 1, of, target)
    if abs(at_most - tail) > 1e-9:
        assert (count / of < band.low) == (at_most < tail)
    if abs(at_least - tail) > 1e-9:
        assert (count / of > band.high) == (at_least < tail)


@given(TARGETS, SIZES)
def test_outer_limits_hold_the_inner_ones_and_these_the_target(target: float, of: int) -> None:
    inner, outer = exact(target, of, INNER), exact(target, of, OUTER)
    assert 0 <= outer.low <= inner.low <= target <= inner.high <= outer.high <= 1


def test_a_large_unit_costs_no_more_than_its_spread() -> None:
    band = exact(0.8, 1_000_000, INNER)
    assert (band.low, band.high) == pytest.approx((0.7992155, 0.8007845), abs=1e-6)


def test_one_of_one_is_nothing_unusual() -> None:
    found = funnel([(1, 1), (899, 999)])
    assert found is not None
    assert [unit.place for unit in found.units] == [0, 0]


#: What FunnelPlotR of the NHS-R community gives for these six observed and expected numbers, by
#: its tests (tests/testthat/test-classes_methods.R), with log ratios as the SHMI has them.
OBSERVED, EXPECTED = (100, 150, 180, 80, 120, 225), (108, 112, 165, 95, 100, 220)
SCORES = [sqrt(e) * log(o / e) for o, e in zip(OBSERVED, EXPECTED, strict=True)]
PHI = 2.948033


def test_phi_is_that_of_another_package() -> None:
    assert round(phi(SCORES), 6) == PHI
    found = dispersion(SCORES, [1 / sqrt(e) for e in EXPECTED])
    assert round(found.phi, 6) == PHI  # a tenth of six is nobody
    assert found.over


def test_tau_squared_is_that_of_dersimonian_and_laird() -> None:
    """By the formula of the SHMI's specification, from numbers that are put in by hand."""
    total, squares = sum(EXPECTED), sum(e * e for e in EXPECTED)
    expected = (6 * PHI - 5) / (total - squares / total)
    found = tau_squared(PHI, [1 / sqrt(e) for e in EXPECTED])
    assert found == pytest.approx(expected, rel=1e-6)


def test_a_tenth_at_each_end_is_drawn_in() -> None:
    assert winsorised([10, 1, 2, 3, 4, 5, 6, 7, 8, -9]) == [8, 1, 2, 3, 4, 5, 6, 7, 8, 1]
    assert winsorised([3, 1, 2]) == [3, 1, 2]


def test_units_that_differ_widen_the_limits_and_it_is_said() -> None:
    apart = funnel([(95, 100), (60, 100), (90, 100), (55, 100), (85, 100), (70, 100)])
    assert apart is not None
    assert apart.dispersion is not None
    assert apart.dispersion.over
    for unit in apart.units:
        assert unit.widened is not None
        assert unit.widened[0].low < unit.inner.low
        assert unit.widened[0].high > unit.inner.high
        assert unit.place == 0


def test_units_that_chance_alone_moves_keep_theirs() -> None:
    alike = funnel([(80, 100), (78, 100), (83, 100), (79, 100), (81, 100)])
    assert alike is not None
    assert alike.dispersion is not None
    assert not alike.dispersion.over
    assert [unit.widened for unit in alike.units] == [None] * 5
    assert alike.widened(100) is None


def test_an_odd_unit_is_found_by_exact_limits() -> None:
    found = funnel([(80, 100)] * 12 + [(50, 100), (97, 100), (85, 100)])
    assert found is not None
    assert found.dispersion is not None
    assert [unit.place for unit in found.units][-3:] == [-2, 2, 0]


def test_nothing_counted_has_no_funnel_and_all_or_none_no_dispersion() -> None:
    assert funnel([]) is None
    for count in (0, 9):
        found = funnel([(count, 9), (count, 9)])
        assert found is not None
        assert found.dispersion is None
        assert [unit.place for unit in found.units] == [0, 0]


@given(UNITS)
def test_every_unit_is_placed(units: list[tuple[int, int]]) -> None:
    found = funnel(units)
    if found is not None:
        assert [(unit.count, unit.of) for unit in found.units] == units
        assert all(-2 <= unit.place <= 2 for unit in found.units)
        assert found.dispersion is None or found.dispersion.tau_squared >= 0
