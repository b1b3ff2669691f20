"""The contract of a home of views. Every home is held to it: DuckDB's file now.

A class of tests for each thing that a home promises; the test module of a home derives from it and
gives the fixture ``open_home``, which opens the one home of a test once more each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Protocol
from uuid import UUID

import pytest

from consumers import projector
from consumers.projector import keep_up, rebuild
from domain.facts import Fact
from projections import folding
from projections.duckdb_home import DuckDBHome, DuckDBSession, read_state, write_position
from tests.domain.given import chased, fact, honoured, made, moved, retracts
from tests.projections.holding import expect_rows_in
from tests.projections.stores import MemoryLedger, arrived


class OpenHome(Protocol):
    """Opens the home of a test: another handle, as another process would have."""

    def __call__(
        self, *, patience_s: float = ..., on_wait: Callable[[str], None] = ...
    ) -> DuckDBHome:
        """See ``DuckDBHome``."""


class Interruption(BaseException):
    """As sudden as Ctrl-C."""


#: Small, and with something in every view.
STORY: list[Fact] = arrived(
    [
        made(0, due_at=None),
        moved(1, 9),
        chased(2),
        honoured(3),
        fact("commitment.honoured", 3, commitment_id="NEVER MADE"),
        fact("payment.captured", 4),
        fact("touchpoint.occurred", 5, refs=("order:1",)),
        fact("touchpoint.occurred", 6),
        fact("identity.linked", 6, party_a="customer:1", party_b="customer:2"),
        fact("touchpoint.occurred", 7, refs=("order:1",), of="customer:2"),
        retracts(UUID(int=1), 8),
    ]
)
HALF = 5


def commitments(home: DuckDBHome) -> int:
    """How many facts about commitments a reader finds."""
    with home.reading() as session:
        ((count,),) = session.rows("SELECT count(*) FROM commitment_history")
    return int(count)


class KeepsViews:
    """What is built and kept up, and what a failure leaves."""

    def test_there_is_nothing_at_first(self, open_home: OpenHome) -> None:
        assert open_home().state() is None

    def test_building_gives_rows_and_says_what_they_stand_for(self, open_home: OpenHome) -> None:
        assert rebuild(MemoryLedger(STORY), open_home()) == len(STORY)
        home = open_home()
        state = home.state()
        assert state is not None
        assert (state.position, state.definition) == (len(STORY), home.definition)
        assert state.fact_id == str(STORY[-1].id)
        expect_rows_in(home, STORY)

    def test_an_empty_ledger_has_empty_views(self, open_home: OpenHome) -> None:
        assert keep_up(MemoryLedger([]), open_home()) == 0
        expect_rows_in(open_home(), [])
        assert keep_up(MemoryLedger(STORY), open_home()) == len(STORY)
        expect_rows_in(open_home(), STORY)

    def test_keeping_up_takes_in_what_is_new(self, open_home: OpenHome) -> None:
        for position in (HALF, HALF, HALF + 1, len(STORY)):
            assert keep_up(MemoryLedger(STORY[:position]), open_home()) == position
            expect_rows_in(open_home(), STORY[:position])

    def test_progress_is_told_up_to_the_end(self, open_home: OpenHome) -> None:
        told: list[tuple[int, int]] = []
        keep_up(MemoryLedger(STORY[:HALF]), open_home(), lambda *done: told.append(done))
        keep_up(MemoryLedger(STORY), open_home(), lambda *done: told.append(done))
        assert told == [(HALF, HALF), (len(STORY) - HALF, len(STORY) - HALF)]

    def test_a_transaction_that_fails_leaves_rows_and_position(self, open_home: OpenHome) -> None:
        keep_up(MemoryLedger(STORY), open_home())
        home = open_home()

        def interrupted(session: DuckDBSession) -> None:
            with session.transaction():
                session.execute("DELETE FROM commitment_history")
                write_position(session, 3)
                raise Interruption

        with home.writing("a test") as session:
            with pytest.raises(Interruption):
                interrupted(session)
            assert read_state(session).position == len(STORY)
        expect_rows_in(open_home(), STORY)

    @pytest.mark.parametrize("step", ["fold_fresh", "write_position"])
    def test_keeping_up_that_fails_leaves_what_was(
        self, open_home: OpenHome, step: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keep_up(MemoryLedger(STORY[:HALF]), open_home())
        with failing_after(monkeypatch, step), pytest.raises(Interruption):
            keep_up(MemoryLedger(STORY), open_home())
        state = open_home().state()
        assert state is not None
        assert state.position == HALF
        expect_rows_in(open_home(), STORY[:HALF])
        assert keep_up(MemoryLedger(STORY), open_home()) == len(STORY)
        expect_rows_in(open_home(), STORY)

    @pytest.mark.parametrize("step", ["fold_all", "write_position"])
    def test_a_rebuild_that_fails_leaves_what_was(
        self, open_home: OpenHome, step: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rebuild(MemoryLedger(STORY[:HALF]), open_home())
        with failing_after(monkeypatch, step), pytest.raises(Interruption):
            rebuild(MemoryLedger(STORY), open_home())
        expect_rows_in(open_home(), STORY[:HALF])
        assert keep_up(MemoryLedger(STORY), open_home()) == len(STORY)
        expect_rows_in(open_home(), STORY)


class BuildsAnew:
    """Views that don't stand for the ledger, as this program would build them, are built again."""

    def test_another_definition(self, open_home: OpenHome, monkeypatch: pytest.MonkeyPatch) -> None:
        keep_up(MemoryLedger(STORY), open_home())
        built = builds(monkeypatch)
        home = open_home()
        home.definition = "that of tomorrow"
        assert keep_up(MemoryLedger(STORY), home) == len(STORY)
        assert keep_up(MemoryLedger(STORY), home) == len(STORY)
        assert len(built) == 1
        expect_rows_in(open_home(), STORY)

    def test_a_ledger_that_is_shorter(self, open_home: OpenHome) -> None:
        keep_up(MemoryLedger(STORY), open_home())
        assert keep_up(MemoryLedger(STORY[:HALF]), open_home()) == HALF
        expect_rows_in(open_home(), STORY[:HALF])

    def test_a_ledger_of_other_facts(self, open_home: OpenHome) -> None:
        keep_up(MemoryLedger(STORY[:HALF]), open_home())
        other = arrived([made(1, commitment_id=f"OTHER {number}") for number in range(20)])
        assert keep_up(MemoryLedger(other), open_home()) == len(other)
        expect_rows_in(open_home(), other)

    def test_many_facts_at_once(self, open_home: OpenHome, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(projector, "MANY", 3)
        keep_up(MemoryLedger(STORY[:HALF]), open_home())
        built = builds(monkeypatch)
        assert keep_up(MemoryLedger(STORY[: HALF + 3]), open_home()) == HALF + 3
        assert not built
        assert keep_up(MemoryLedger(STORY[: HALF + 3 + 3]), open_home()) == HALF + 3 + 3
        assert keep_up(MemoryLedger(STORY[:1]), open_home()) == 1
        assert keep_up(MemoryLedger(STORY), open_home()) == len(STORY)
        assert len(built) == 2
        expect_rows_in(open_home(), STORY)


class LetsReadersBe:
    """A rebuild stops no reader, and no reader stops a rebuild."""

    def test_a_reader_goes_on_with_what_it_has_opened(self, open_home: OpenHome) -> None:
        rebuild(MemoryLedger(STORY[:HALF]), open_home())
        before = commitments(open_home())
        with open_home().reading() as session:
            thread = Thread(target=rebuild, args=(MemoryLedger(STORY[:1]), open_home()))
            thread.start()
            thread.join(timeout=60)
            assert not thread.is_alive(), "the rebuild waits for a reader"
            ((after,),) = session.rows("SELECT count(*) FROM commitment_history")
            assert after == before
        assert commitments(open_home()) == 1 < before

    def test_asking_goes_on_while_views_are_built(self, open_home: OpenHome) -> None:
        rebuild(MemoryLedger(STORY[:HALF]), open_home())
        before = commitments(open_home())
        home = open_home()
        with home.alone(), home.building() as building:
            ((empty,),) = building.rows("SELECT count(*) FROM commitment_history")
            assert empty == 0
            assert commitments(open_home()) == before
            assert keep_up(MemoryLedger(STORY), open_home()) == len(STORY)


@contextmanager
def failing_after(monkeypatch: pytest.MonkeyPatch, step: str) -> Iterator[None]:
    """The projector is interrupted after that step."""
    with monkeypatch.context() as patch:
        whole = getattr(projector, step)

        def interrupted(*args: object, **named: object) -> None:
            whole(*args, **named)
            raise Interruption

        patch.setattr(projector, step, interrupted)
        yield


def builds(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Something in here for each time that views are built from nothing."""
    built: list[object] = []
    whole = folding.fold_all

    def counted(*args: object, **named: object) -> None:
        built.append(args)
        whole(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(projector, "fold_all", counted)
    return built
