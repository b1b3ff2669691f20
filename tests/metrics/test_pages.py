"""Every metric has a page for people: the number, what it is made of, and how it lies."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import pytest

from projections.metrics.registry import metrics
from tests.entrypoints.small import AS_OF, in_batches
from tests.helpers import ask, emit, run

NAMES = list(metrics())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    emit(folder, list(chain.from_iterable(in_batches())))
    return folder


def page(home: Path | None, *argv: str, width: int = 100) -> str:
    """A page for people, without its layout."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        outcome = run(home, argv)
    assert outcome.code == 0, outcome
    # A cursor alone stays whole, so that it can be copied.
    lines = [line for line in outcome.out.splitlines() if not line.startswith("  --after ")]
    assert max(map(len, lines)) <= width, outcome.out
    return " ".join(outcome.out.split())


def broken_words(home: Path, *argv: str) -> set[str]:
    """The words of a page of 80 columns that a wide one lacks, but for the names of what stands in
    a column there, or in other forms."""
    wide, narrow = (set(page(home, *argv, width=width).split()) for width in (1_000, 80))
    names = {name for metric in metrics().values() for name in metric.by}
    return {word for word in narrow - wide - names if not set(word) <= set("▕█▓▒░▏─·")}


@pytest.mark.parametrize("name", NAMES)
def test_a_number_comes_with_what_it_is_and_how_it_lies(home: Path, name: str) -> None:
    metric = metrics()[name]
    by = [word for key in metric.by[:1] for word in ("--by", key)]
    seen = page(home, "metric", name, *by, "--as-of", AS_OF)
    for text in ("question", "gamed_by", "harmful_use"):
        assert (metric.texts[text] or "") in seen


@pytest.mark.parametrize("name", NAMES)
def test_no_word_is_broken_on_a_narrow_terminal(home: Path, name: str) -> None:
    by = [word for key in metrics()[name].by[:1] for word in ("--by", key)]
    assert not broken_words(home, "metric", name, *by, "--as-of", AS_OF)
    assert not broken_words(home, "metric", name, "--units", "--limit", "4", "--as-of", AS_OF)


@pytest.mark.parametrize("name", NAMES)
def test_its_units_have_a_page(home: Path, name: str) -> None:
    seen = page(home, "metric", name, "--units", "--limit", "3", "--as-of", AS_OF)
    assert "No unit fits." in seen or " unit" in seen.partition("─")[0]


def test_what_nobody_reports_is_said(home: Path) -> None:
    for units in ([], ["--units", "--limit", "3"], ["--units", "--where", "about=nil"]):
        seen = page(home, "metric", "closed_loop", *units, "--as-of", AS_OF)
        assert "nobody reports commitment.confirmed: the number may say nothing" in seen


def test_what_a_number_does_not_depend_on_may_be_unreported(home: Path) -> None:
    argv = ["metric", "uncovered", "--as-of", AS_OF]
    assert "issue.resolved" in ask(home, argv)["evidence"]
    assert "issue.resolved" not in page(home, *argv)


def test_the_registry_is_listed_by_family() -> None:
    seen = page(None, "metrics")
    assert all(metric.name in seen for metric in metrics().values())
