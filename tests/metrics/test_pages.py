"""Every metric has a page for people: the number, what it is made of, and how it lies."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import pytest

from projections.metrics.registry import metrics
from tests.entrypoints.small import AS_OF, in_batches
from tests.helpers import emit, run

NAMES = list(metrics())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    emit(folder, list(chain.from_iterable(in_batches())))
    return folder


def page(home: Path | None, *argv: str) -> str:
    """A page for people, without its layout."""
    outcome = run(home, argv)
    assert outcome.code == 0, outcome
    assert max(map(len, outcome.out.splitlines())) <= 100, outcome.out
    return " ".join(outcome.out.split())


@pytest.mark.parametrize("name", NAMES)
def test_a_number_comes_with_what_it_is_and_how_it_lies(home: Path, name: str) -> None:
    metric = metrics()[name]
    by = [word for key in metric.by[:1] for word in ("--by", key)]
    seen = page(home, "metric", name, *by, "--as-of", AS_OF)
    for text in ("question", "gamed_by", "harmful_use"):
        assert (metric.texts[text] or "") in seen


@pytest.mark.parametrize("name", NAMES)
def test_its_units_have_a_page(home: Path, name: str) -> None:
    seen = page(home, "metric", name, "--units", "--limit", "3", "--as-of", AS_OF)
    assert "No unit fits." in seen or "at unit" in seen


def test_what_nobody_reports_is_said(home: Path) -> None:
    seen = page(home, "metric", "closed_loop", "--as-of", AS_OF)
    assert "nobody reports commitment.confirmed: the number may say nothing" in seen


def test_the_registry_is_listed_by_family() -> None:
    seen = page(None, "metrics")
    assert all(metric.name in seen for metric in metrics().values())
