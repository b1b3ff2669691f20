"""The projector keeps a file of views up, and builds anew what does not stand for the ledger."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consumers import embedded_projector
from consumers.embedded_projector import keep_up, rebuild
from domain.facts import Fact
from ledger.errors import Lost
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


def test_the_digest_at_the_last_position_is_remembered(open_file: OpenFile) -> None:
    ledger = MemoryLedger(STORY)
    rebuild(ledger, open_file())
    state = open_file().state()
    assert state is not None
    assert state.digest == ledger.digest(len(STORY)) != ledger.digest(HALF)
    keep_up(MemoryLedger(STORY), open_file())
    assert open_file().state() == state


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


@pytest.mark.parametrize("definition", ["", "that of tomorrow"])
@pytest.mark.parametrize("left", [0, HALF, len(STORY) - 1])
def test_a_ledger_that_has_lost_facts(open_file: OpenFile, left: int, definition: str) -> None:
    """Its views are the last trace of them: they stay until somebody says otherwise."""
    keep_up(MemoryLedger(STORY), open_file())
    shorter = MemoryLedger(STORY[:left])
    home = open_file()
    home.definition = definition or home.definition
    since = STORY[left].recorded_at.isoformat()
    for attempt in (keep_up, rebuild):
        with pytest.raises(Lost) as lost:
            attempt(shorter, home)
        assert f"expected the {len(STORY)} facts that the views are of" in str(lost.value)
        assert f"saw {left}: those after position {left}, recorded since {since}" in str(lost.value)
        assert lost.value.actions == ["rebuild", "forget lost"]
    expect_rows_in(open_file(), STORY)
    assert keep_up(MemoryLedger(STORY), open_file()) == len(STORY), "they were put back"
    assert rebuild(shorter, open_file(), forget_lost=True) == left
    assert keep_up(shorter, open_file()) == left
    expect_rows_in(open_file(), STORY[:left])


def test_others_may_have_taken_in_more_meanwhile(open_file: OpenFile) -> None:
    class Behind(MemoryLedger):
        heads = iter([HALF])

        def head(self) -> int:
            return next(self.heads, len(self.facts))

    keep_up(MemoryLedger(STORY), open_file())
    assert keep_up(Behind(STORY), open_file()) == HALF
    expect_rows_in(open_file(), STORY)


OTHERS = arrived([made(1, commitment_id=f"OTHER {number}") for number in range(20)])
#: The same ids, with other content of one of them; and the same last one after others.
CORRECTED = [replace(STORY[0], source="/corrected/by-hand"), *STORY[1:]]
SAME_END = [*OTHERS[: len(STORY) - 1], STORY[-1]]


@pytest.mark.parametrize("other", [OTHERS, SAME_END])
def test_a_ledger_that_has_lost_facts_and_grown_again(
    open_file: OpenFile, other: list[Fact]
) -> None:
    other = [replace(fact, position=at) for at, fact in enumerate(other, 1)]
    keep_up(MemoryLedger(STORY), open_file())
    kept = {fact.id for fact in other}
    lost = sum(fact.id not in kept for fact in STORY)
    for attempt in (keep_up, rebuild):
        with pytest.raises(Lost, match=f"that {lost} of them, recorded from 2") as refused:
            attempt(MemoryLedger(other), open_file())
        assert refused.value.actions == ["rebuild", "forget lost"]
    expect_rows_in(open_file(), STORY)
    assert rebuild(MemoryLedger(other), open_file(), forget_lost=True) == len(other)
    expect_rows_in(open_file(), other)


@pytest.mark.parametrize("other", [CORRECTED, [*CORRECTED, OTHERS[-1]]])
def test_a_ledger_of_other_facts(open_file: OpenFile, other: list[Fact]) -> None:
    other = [replace(fact, position=at) for at, fact in enumerate(other, 1)]
    keep_up(MemoryLedger(STORY), open_file())
    said: list[str] = []
    assert keep_up(MemoryLedger(other), open_file(on_wait=said.append)) == len(other)
    expect_rows_in(open_file(), other)
    (sentence,) = said
    assert "are not those that the views were made of" in sentence
    assert keep_up(MemoryLedger(other), open_file(on_wait=said.append)) == len(other)
    assert len(said) == 1


def test_many_facts_at_once(open_file: OpenFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_projector, "MANY", 3)
    keep_up(MemoryLedger(STORY[:HALF]), open_file())
    built = builds(monkeypatch)
    assert keep_up(MemoryLedger(STORY[: HALF + 3]), open_file()) == HALF + 3
    assert not built
    assert keep_up(MemoryLedger(STORY[: HALF + 3 + 3]), open_file()) == HALF + 3 + 3
    assert rebuild(MemoryLedger(STORY[:1]), open_file(), forget_lost=True) == 1
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
