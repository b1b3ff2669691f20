"""The projector keeps a file of views up, and builds anew what does not stand for the ledger."""

from __future__ import annotations

import pytest

from consumers import embedded_projector
from consumers.embedded_projector import keep_up, rebuild
from projections.fold import run as fold_run
from tests.domain.given import made
from tests.projections.comparison import expect_rows_in
from tests.projections.contract import HALF, STORY
from tests.projections.stores import MemoryLedger, OpenFile, arrived

#: The fingerprint of views that were built when it was one of source files.
BEFORE = "26a2e787138663a3"


def test_progress_is_told_up_to_the_end(open_file: OpenFile) -> None:
    told: list[tuple[int, int]] = []
    keep_up(MemoryLedger(STORY[:HALF]), open_file(), lambda *done: told.append(done))
    keep_up(MemoryLedger(STORY), open_file(), lambda *done: told.append(done))
    assert told == [(HALF, HALF), (len(STORY) - HALF, len(STORY) - HALF)]


def test_the_last_fact_is_remembered(open_file: OpenFile) -> None:
    rebuild(MemoryLedger(STORY), open_file())
    state = open_file().state()
    assert state is not None
    assert state.fact_id == str(STORY[-1].id)


def test_another_definition(open_file: OpenFile, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_up(MemoryLedger(STORY), open_file())
    built = builds(monkeypatch)
    home = open_file()
    home.definition = "that of tomorrow"
    assert keep_up(MemoryLedger(STORY), home) == len(STORY)
    assert keep_up(MemoryLedger(STORY), home) == len(STORY)
    assert len(built) == 1
    expect_rows_in(open_file(), STORY)


def test_what_the_version_before_has_built(
    open_file: OpenFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_up(MemoryLedger(STORY), open_file())
    with open_file().writing("a test") as session:
        session.execute(f"UPDATE pledger_state SET definition = '{BEFORE}'")
        session.execute("DELETE FROM commitment")
    built = builds(monkeypatch)
    assert keep_up(MemoryLedger(STORY), open_file()) == len(STORY)
    assert len(built) == 1
    expect_rows_in(open_file(), STORY)


def test_a_ledger_that_is_shorter(open_file: OpenFile) -> None:
    keep_up(MemoryLedger(STORY), open_file())
    assert keep_up(MemoryLedger(STORY[:HALF]), open_file()) == HALF
    expect_rows_in(open_file(), STORY[:HALF])


def test_a_ledger_of_other_facts(open_file: OpenFile) -> None:
    keep_up(MemoryLedger(STORY[:HALF]), open_file())
    other = arrived([made(1, commitment_id=f"OTHER {number}") for number in range(20)])
    assert keep_up(MemoryLedger(other), open_file()) == len(other)
    expect_rows_in(open_file(), other)


def test_many_facts_at_once(open_file: OpenFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_projector, "MANY", 3)
    keep_up(MemoryLedger(STORY[:HALF]), open_file())
    built = builds(monkeypatch)
    assert keep_up(MemoryLedger(STORY[: HALF + 3]), open_file()) == HALF + 3
    assert not built
    assert keep_up(MemoryLedger(STORY[: HALF + 3 + 3]), open_file()) == HALF + 3 + 3
    assert keep_up(MemoryLedger(STORY[:1]), open_file()) == 1
    assert keep_up(MemoryLedger(STORY), open_file()) == len(STORY)
    assert len(built) == 2
    expect_rows_in(open_file(), STORY)


def builds(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Something in here for each time that views are built from nothing."""
    built: list[object] = []
    whole = fold_run.fold_all

    def counted(*args: object, **named: object) -> None:
        built.append(args)
        whole(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(embedded_projector, "fold_all", counted)
    return built
