"""The kinds against the packages that statisticians use: lifelines, scikit-survival and
statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines import AalenJohansenFitter, KaplanMeierFitter
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from domain.measures.agreement import pillar_agreement
from domain.measures.difference import difference
from domain.measures.incidence import DAY_S, DAYS, time_to_honour
from domain.measures.share import share
from domain.measures.survival import time

#: Days of which many are equal, so that endings and those who wait fall together.
DURATIONS = st.lists(st.integers(0, 40).map(lambda days: days * DAY_S), max_size=25)
COUNTS = st.integers(1, 5000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@given(COUNTS)
def test_wilson(counted: tuple[int, int]) -> None:
    found = share(*counted)
    expected = proportion_confint(*counted, alpha=0.05, method="wilson")
    assert (found["low"], found["high"]) == pytest.approx(expected, abs=1e-12)


@given(COUNTS, COUNTS)
def test_newcombe(a: tuple[int, int], b: tuple[int, int]) -> None:
    found = difference(share(*a), share(*b))
    expected = confint_proportions_2indep(*a, *b, method="newcomb", compare="diff", alpha=0.05)
    assert (found["low"], found["high"]) == pytest.approx(expected, abs=1e-12)


@given(DURATIONS, DURATIONS)
def test_kaplan_meier(ended: list[int], waiting: list[int]) -> None:
    if not ended:
        return  # lifelines wants somebody; that all wait has examples of its own
    observed = [True] * len(ended) + [False] * len(waiting)
    curve = KaplanMeierFitter().fit([*ended, *waiting], observed).survival_function_.iloc[:, 0]
    found = time(ended, waiting)
    for level, duration in ((0.5, found["median"]), (0.1, found["p90"])):
        # What it multiplies is rounded on the way, so a half may be missed by little.
        reached = [at for at, survival in curve.items() if survival <= level + 1e-9]
        assert duration == (min(reached) if reached else None)


@given(DURATIONS, DURATIONS, DURATIONS, DURATIONS)
def test_aalen_johansen(
    honoured: list[int], released: list[int], abandoned: list[int], waiting: list[int]
) -> None:
    # 0 is one that waits. lifelines moves equal durations apart by chance, so each gets a place of
    # its own: endings before those who wait, in any order among themselves.
    causes = enumerate((honoured, released, abandoned, waiting), 1)
    units = sorted(
        ((took, cause % 4) for cause, durations in causes for took in durations),
        key=lambda unit: (unit[0], unit[1] == 0),
    )
    if not any(cause for _, cause in units):
        return
    found = time_to_honour(honoured, released, abandoned, waiting)["rows"]
    places = range(1, len(units) + 1)
    for number, cause in enumerate(("honoured", "released", "abandoned"), 1):
        fitter = AalenJohansenFitter(calculate_variance=False)
        fitter.fit(places, [cause for _, cause in units], event_of_interest=number)
        curve = fitter.cumulative_density_.iloc[:, 0]
        for days, row in zip(DAYS, found, strict=True):
            if days * DAY_S <= units[-1][0]:
                seen = sum(took <= days * DAY_S for took, _ in units)
                assert dict(row)[cause] == pytest.approx(curve[seen], abs=1e-12)


@given(*[DURATIONS.filter(bool)] * 3, DURATIONS)
def test_aalen_johansen_at_equal_durations(
    honoured: list[int], released: list[int], abandoned: list[int], waiting: list[int]
) -> None:
    """scikit-survival knows equal durations; it wants one ending of every cause. A package that it
    needs has no wheel for the newest Python, so it is left out there."""
    nonparametric = pytest.importorskip("sksurv.nonparametric")
    durations = [*honoured, *released, *abandoned, *waiting]
    causes = [1] * len(honoured) + [2] * len(released) + [3] * len(abandoned)
    events = np.array([*causes, *[0] * len(waiting)])
    durations_s = np.array(durations, float)
    at, incidence = nonparametric.cumulative_incidence_competing_risks(events, durations_s)
    for row in time_to_honour(honoured, released, abandoned, waiting)["rows"]:
        seen = np.searchsorted(at, row["days"] * DAY_S, side="right")
        if row["open"] is not None:
            found = [1 - row["open"], row["honoured"], row["released"], row["abandoned"]]
            expected = incidence[:, seen - 1] if seen else np.zeros(4)
            assert found == pytest.approx(list(expected), abs=1e-12)


@given(st.lists(st.lists(st.integers(0, 20), min_size=6, max_size=6), min_size=6, max_size=6))
def test_cohens_kappa(table: list[list[int]]) -> None:
    pairs = [(str(a), str(b), n) for a, row in enumerate(table) for b, n in enumerate(row)]
    found = pillar_agreement(pairs, excluded=0)
    if found["value"] is not None:
        assert found["value"] == pytest.approx(cohens_kappa(table).kappa, abs=1e-12)
