"""The pages of families and of journeys: each number with its question, and the curve of times."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from application.metrics import metrics
from domain.measures.score import ces, nps
from entrypoints.pages.definitions import name as called
from entrypoints.pages.definitions import texts
from entrypoints.pages.language import language
from entrypoints.pages.routes.families import STEPS, thinned
from entrypoints.pages.values import reading
from tests.pages.test_pages import page

#: What of a definition nobody reads as text.
_FOR_PROGRAMS = frozenset({"measured_in", "version", "hash"})


@pytest.mark.parametrize("family", ["trust", "resolution", "cooperation"])
def test_a_family_tells_each_of_its_numbers(browser: TestClient, family: str) -> None:
    found = page(browser, f"/families/{family}")
    for one in metrics(family)["metrics"]:
        assert one["question"] in found.text
        assert f"/metrics/{one['name']}" in found.links
        gamed_by = texts(one["name"], one["definition"], language("en"))["gamed_by"]
        assert gamed_by is not None
        assert " ".join(gamed_by.split()) in found.text


def test_people_read_the_names_of_metrics_as_people_call_them() -> None:
    known = metrics()["metrics"]
    for one in known:
        told = texts(one["name"], one["definition"], language("en"))
        said = " ".join(told[key] or "" for key in one["definition"] if key not in _FOR_PROGRAMS)
        for other in known:
            assert "_" not in other["name"] or other["name"] not in said, one["name"]
    read = texts("around_due", _definition("around_due"), language("en"))["gamed_by"]
    assert read is not None
    assert read.endswith(f"and in “{called('slip_gap', language('en'))}”.")
    # A word that is the name of a metric besides is left alone where it is only a word.
    undated = texts("kept_agreed", _definition("kept_agreed"), language("en"))["left_out"]
    assert undated is not None
    assert undated.startswith("undated ones")


def _definition(name: str) -> dict[str, str | None]:
    return dict(next(one for one in metrics()["metrics"] if one["name"] == name)["definition"])


def test_a_table_of_many_columns_has_the_whole_width(browser: TestClient) -> None:
    found = browser.get("/families/resolution").text
    kinds = {
        (one.group(1), one.group(2).partition("</thead>")[0].count("<th ") > 5)
        for one in re.finditer(r'<article class="([^"]*)"(.*?)</article>', found, re.DOTALL)
        if "<figure>" not in one.group(2)
    }
    assert kinds == {("told-metric", False), ("told-metric broad", True)}


def test_journeys_are_told_with_the_graph_of_departments(browser: TestClient) -> None:
    found = page(browser, "/journeys")
    assert "steps from one fact of a journey to the next" in found.text
    assert "not kept: after whom" in found.text
    assert "/metrics/kept_whole" in found.links


def test_a_time_of_which_nothing_has_ended_says_so(browser: TestClient) -> None:
    assert "Nothing has ended yet" in page(browser, "/families/trust").text


def test_money_is_written_as_the_language_writes_numbers(browser: TestClient) -> None:
    assert "42.00 EUR" in page(browser, "/families/trust").text
    assert "42,00 EUR" in page(browser, "/families/trust", "fr").text


@given(st.lists(st.tuples(st.floats(0, 9), st.floats(0, 1)), max_size=1_000))
def test_a_long_curve_is_drawn_in_few_steps(steps: Sequence[tuple[float, float]]) -> None:
    few = thinned(steps)
    assert len(few) <= STEPS + 1
    assert few[-1:] == list(steps[-1:])


def test_a_score_is_told_with_its_scale_and_never_as_a_part_of_its_answers() -> None:
    of_ten = nps([(10, 0, 10, 20), (0, 0, 10, 10), (8, 0, 10, 6)])
    of_seven = ces([(5, 1, 7, 50), (6, 1, 7, 6)])
    told = [
        reading(name, value, {}, language("en"))
        for name, value in (("nps", of_ten), ("ces", of_seven))
    ]
    assert [(one.text, one.rests_on) for one in told] == [
        ("28", "on a scale from −100 to 100, over 36 answers"),
        ("5.11", "on a scale from 1 to 7, over 56 answers"),
    ]


@pytest.mark.parametrize(
    ("metric", "says"),
    [
        ("unlinked_amount", "Amount"),
        ("time_to_link", "How long"),
        ("departments_per_journey", "Unit"),
    ],
)
def test_units_that_have_no_page_lead_to_whom_they_are_about(
    browser: TestClient, metric: str, says: str
) -> None:
    found = page(browser, f"/metrics/{metric}/units")
    assert says in found.text
    led = [one for one in found.links if one.startswith("/search?q=")]
    assert led
    for one in led:
        assert browser.get(one, follow_redirects=False).status_code == 303


def test_units_are_written_in_what_they_are_measured_in(browser: TestClient) -> None:
    assert "42.00 EUR" in page(browser, "/metrics/unlinked_amount/units").text
    assert "1 month 21 days" in page(browser, "/metrics/unowned_time/units").text
