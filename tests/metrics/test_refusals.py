"""What a metric is not asked: exit status 2, with what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers import ask, emit, run

MADE = {
    "specversion": "1.0",
    "id": "0195b1d8-8c00-7000-8000-000000000001",
    "type": "commitment.made",
    "source": "/care/mail",
    "subject": "customer:1",
    "time": "2026-01-01T09:00:00Z",
    "data": {
        "commitment_id": "ROSE",
        "about": "replacement",
        "due_at": "2026-01-05T09:00:00Z",
        "labels": ["priority:P1", "priority:P0"],
    },
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    emit(folder, [MADE])
    return folder


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["metric", "kept_agred"], "did you mean kept_agreed or "),
        (["metric", "slip"], "did you mean slip_gap? './pledger metrics' lists all"),
        (["metric", "kept"], "did you mean kept_first or kept_agreed or kept_latest or "),
        (
            ["metric", "happiness"],
            "saw 'happiness'; './pledger metrics' lists all 94: kept_first, ",
        ),
        (["metric", ""], "saw ''; './pledger metrics' lists all"),
        (["metric", "chased", "--by", "owner"], "department, about, channel"),
        (["metric", "chased", "--by", "label:"], "label:NAME"),
        (["metric", "chased", "--by", "label:Prio"], "label:NAME"),
        (["metric", "chased", "--where", "colour=red"], "department, about, channel"),
        (["metric", "chased", "--where", "about"], "KEY=VALUE"),
        (["metric", "efforts_shown", "--by", "about"], "(department, month)"),
        (["metric", "chased", "--timezone", "Mars/Olympus"], "Europe/Paris"),
        (["metric", "closed_loop", "--within", "P1M"], "months and years have none"),
        (["metric", "closed_loop", "--within", "P1Y"], "months and years have none"),
        (["metric", "closed_loop", "--within", "soon"], "ISO 8601"),
        (["metric", "chased", "--within", "P14D"], "nothing has to happen in time"),
        (["metric", "chased", "--limit", "3"], "--units"),
        (["metric", "chased", "--after", "x"], "--units"),
        (["metric", "chased", "--units", "--after", "x"], "cursor"),
        (["metric", "load", "--from", "2026-01-01T00:00:00Z"], "a window"),
        (
            ["metric", "chased", "--from", "2026-02-01T00:00:00Z", "--to", "2026-01-01T00:00:00Z"],
            "an end at or after the start",
        ),
        (["metrics", "--family", "words"], "word, ownership, trust"),
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_is_refused(home: Path, argv: list[str], told: str) -> None:
    outcome = run(home if argv[0] == "metric" else None, argv)
    assert outcome.code == 2, outcome
    assert told in outcome.err
    assert not outcome.out


def test_a_label_is_a_key_and_the_first_by_text_counts(home: Path) -> None:
    argv = ["metric", "chased", "--by", "label:priority", "--as-of", "2026-02-01T00:00:00Z"]
    (group,) = ask(home, argv)["groups"]
    assert group["key"] == {"label:priority": "P0"}


def test_the_registry_needs_no_home() -> None:
    outcome = run(None, ["metrics", "--json"])
    assert outcome.code == 0, outcome
