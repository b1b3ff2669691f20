"""The curve of who still waits after how long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter

from domain.measures.survival import curve, time

SECONDS = st.lists(st.integers(0, 50), max_size=30)


@given(SECONDS.filter(bool), SECONDS)
def test_the_curve_is_that_of_kaplan_and_meier(ended: list[int], waiting: list[int]) -> None:
    fitter = KaplanMeierFitter()
    seen = [1] * len(ended) + [0] * len(waiting)
    fitter.fit([*ended, *waiting], event_observed=seen)
    for after, left in curve(ended, waiting):
        assert left == pytest.approx(fitter.predict(after), abs=1e-9)


@given(SECONDS, SECONDS)
def test_the_curve_comes_to_a_half_at_the_median(ended: list[int], waiting: list[int]) -> None:
    steps = curve(ended, waiting)
    assert [after for after, _ in steps] == sorted(set(ended))
    halved = [after for after, left in steps if left <= 0.5 + 1e-12]
    assert (halved[0] if halved else None) == time(ended, waiting)["median"]
