"""The contract of a home of views. Every home is held to it: DuckDB's file and PostgreSQL.

A class of tests for each thing that a home promises; the test module of a home derives from it and
gives the fixture ``open_home``, which opens the one home of a test once more each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from threading import Thread
from types import ModuleType
from typing import Any, Protocol
from uuid import UUID

import pytest

from domain.facts import Fact
from projections.session import Session
from tests.domain.given import chased, fact, honoured, made, moved, retracts
from tests.projections.comparison import expect_rows_of
from tests.projections.rows import Row
from tests.projections.stores import MemoryLedger, arrived

#: Where a home's own code takes a step, and the step's name there.
Step = tuple[ModuleType, str]


class Keeper(Protocol):
    """A home with whoever keeps it up, as the tests handle any of them."""

    @property
    def definition(self) -> str:
        """The fingerprint of what this program would build."""

    def position(self) -> int | None:
        """Up to which position of a ledger of one partition the views stand; None for no views."""

    def built_by(self) -> str | None:
        """The fingerprint of what built the views."""

    def keep_up(self, ledger: MemoryLedger) -> int:
        """Take in what is new; answers the position."""

    def rebuild(self, ledger: MemoryLedger) -> int:
        """Build everything anew; answers the position."""

    def reading(self) -> AbstractContextManager[Session]:
        """A session that reads."""

    def writing(self) -> AbstractContextManager[Any]:
        """A session that writes, with ``transaction()``."""

    def building(self) -> AbstractContextManager[Session]:
        """A session on new, empty views, which take the place of the live ones at the end."""

    def rows(self, view: str) -> Sequence[Row]:
        """All rows of a view, as a reader sees them."""

    def write_position(self, session: Any, position: int) -> None:
        """Say up to which position facts are folded in."""


class OpenHome(Protocol):
    """Opens the home of a test: another handle, as another process would have."""

    def __call__(self) -> Keeper:
        """The home."""


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


def commitments(home: Keeper) -> int:
    """How many facts about commitments a reader finds."""
    return len(home.rows("commitment_history"))


class KeepsViews:
    """What is built and kept up, and what a failure leaves. ``steps`` are those of keeping up, and
    ``steps_of_a_rebuild`` those of building anew."""

    steps: Sequence[Step]
    steps_of_a_rebuild: Sequence[Step]

    def test_there_is_nothing_at_first(self, open_home: OpenHome) -> None:
        assert open_home().position() is None
        assert open_home().built_by() is None

    def test_building_gives_rows_and_says_what_they_stand_for(self, open_home: OpenHome) -> None:
        assert open_home().rebuild(MemoryLedger(STORY)) == len(STORY)
        home = open_home()
        assert (home.position(), home.built_by()) == (len(STORY), home.definition)
        expect_rows_of(home, STORY)

    def test_an_empty_ledger_has_empty_views(self, open_home: OpenHome) -> None:
        assert open_home().keep_up(MemoryLedger([])) == 0
        expect_rows_of(open_home(), [])
        assert open_home().keep_up(MemoryLedger(STORY)) == len(STORY)
        expect_rows_of(open_home(), STORY)

    def test_keeping_up_takes_in_what_is_new(self, open_home: OpenHome) -> None:
        for position in (HALF, HALF, HALF + 1, len(STORY)):
            assert open_home().keep_up(MemoryLedger(STORY[:position])) == position
            assert open_home().position() == position
            expect_rows_of(open_home(), STORY[:position])

    def test_a_transaction_that_fails_leaves_rows_and_position(self, open_home: OpenHome) -> None:
        open_home().keep_up(MemoryLedger(STORY))
        home = open_home()

        def interrupted(session: Any) -> None:
            with session.transaction():
                session.execute("DELETE FROM commitment_history")
                home.write_position(session, 3)
                raise Interruption

        with home.writing() as session, pytest.raises(Interruption):
            interrupted(session)
        assert open_home().position() == len(STORY)
        expect_rows_of(open_home(), STORY)

    def test_keeping_up_that_fails_leaves_what_was(
        self, open_home: OpenHome, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        open_home().keep_up(MemoryLedger(STORY[:HALF]))
        for step in self.steps:
            with failing_after(monkeypatch, step), pytest.raises(Interruption):
                open_home().keep_up(MemoryLedger(STORY))
            assert open_home().position() == HALF
            expect_rows_of(open_home(), STORY[:HALF])
        assert open_home().keep_up(MemoryLedger(STORY)) == len(STORY)
        expect_rows_of(open_home(), STORY)

    def test_a_rebuild_that_fails_leaves_what_was(
        self, open_home: OpenHome, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        open_home().rebuild(MemoryLedger(STORY[:HALF]))
        for step in self.steps_of_a_rebuild:
            with failing_after(monkeypatch, step), pytest.raises(Interruption):
                open_home().rebuild(MemoryLedger(STORY))
            assert open_home().position() == HALF
            expect_rows_of(open_home(), STORY[:HALF])
        assert open_home().keep_up(MemoryLedger(STORY)) == len(STORY)
        expect_rows_of(open_home(), STORY)


class LetsReadersBe:
    """A rebuild stops no reader, and no reader stops a rebuild."""

    def test_a_reader_goes_on_with_what_it_has_opened(self, open_home: OpenHome) -> None:
        open_home().rebuild(MemoryLedger(STORY[:HALF]))
        before = commitments(open_home())
        with open_home().reading() as session:
            thread = Thread(target=open_home().rebuild, args=(MemoryLedger(STORY[:1]),))
            thread.start()
            thread.join(timeout=60)
            assert not thread.is_alive(), "the rebuild waits for a reader"
            ((after,),) = session.rows("SELECT count(*) FROM commitment_history")
            assert after == before
        assert commitments(open_home()) == 1 < before

    def test_asking_goes_on_while_views_are_built(self, open_home: OpenHome) -> None:
        open_home().rebuild(MemoryLedger(STORY[:HALF]))
        before = commitments(open_home())
        with open_home().building() as building:
            ((empty,),) = building.rows("SELECT count(*) FROM commitment_history")
            assert empty == 0
            assert commitments(open_home()) == before
            assert open_home().keep_up(MemoryLedger(STORY)) == len(STORY)


@contextmanager
def failing_after(monkeypatch: pytest.MonkeyPatch, step: Step) -> Iterator[None]:
    """Whoever keeps the views is interrupted after that step."""
    module, name = step
    with monkeypatch.context() as patch:
        whole = getattr(module, name)

        def interrupted(*args: object, **named: object) -> None:
            whole(*args, **named)
            raise Interruption

        patch.setattr(module, name, interrupted)
        yield
