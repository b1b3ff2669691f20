"""An embedded home in a process that serves many: its ledger and its views stay open between
questions, which then take no longer than their queries.

Views can be open in many processes that read, or in one that writes. So this process lets go of
them as soon as another one waits to write, or new facts are there to be taken in: it waits for the
questions that are under way, and those that come meanwhile wait for it. Whoever comes first takes
the facts in, for all.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, NamedTuple

from application.embedded_home import EmbeddedHome
from application.errors import BeingBuilt
from application.home import LEDGER_FILE, OnProgress, OnWait, Progress, Runtime, unseen

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.sqlite.ledger import SQLiteLedger
    from projections.duckdb.session import DuckDBSession
    from projections.duckdb.store import State

#: How often it is looked whether another process waits, and how long one who asks waits for another
#: to take facts in, in seconds.
GLANCE_S, PATIENCE_S = 0.02, 20.0


class _Open(NamedTuple):
    """What is open: the ledger, what opens sessions on the views, what these stand for, which files
    both are, and what closes them."""

    ledger: SQLiteLedger
    session: Callable[[], AbstractContextManager[DuckDBSession]]
    state: State
    files: tuple[object, ...]
    closing: ExitStack


class ServingHome(EmbeddedHome):
    """The embedded home in one folder, whose questions may be asked by many threads at once."""

    def __init__(
        self, folder: Path, runtime: Runtime, on_wait: OnWait, progress: Progress = unseen
    ) -> None:
        super().__init__(folder, runtime, on_wait, progress)
        self._open: _Open | None = None
        #: How many questions are under way, and whether a thread is about to open or to close,
        #: which others wait for.
        self._under_way, self._moving = 0, False
        self._changed = threading.Condition()
        self._building: tuple[int, int] | None = None

    @property
    def building(self) -> tuple[int, int] | None:
        """See ``application.home.Home``."""
        return self._building

    @contextmanager
    def asking(self, on_progress: OnProgress) -> Iterator[tuple[DuckDBSession, int]]:
        """A session on the views, and the position that they stand for: the head that the ledger
        has now, or a later one. Whoever comes first takes new facts in, however long that takes;
        the others wait for that, and raise ``BeingBuilt`` after a while."""
        opened = self._enter(on_progress)
        try:
            with opened.session() as session, self._questions.noted(session):
                yield session, opened.state.position
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """Let go of ledger and views, once the questions that are under way are answered."""
        with self._alone():
            self._close()

    def _enter(self, on_progress: OnProgress) -> _Open:
        """What is open, once it stands for all that the ledger has now; counted as under way."""
        wanted: int | None = None
        while True:
            with self._changed:
                self._await_turn(PATIENCE_S)
                if (opened := self._open) is not None and self._in_place(opened):
                    wanted = opened.ledger.head() if wanted is None else wanted
                    if opened.state.position >= wanted:
                        self._under_way += 1
                        return opened
            with self._alone(PATIENCE_S):
                # Another thread may have done it while this one waited.
                if self._open is None or self._open is opened:
                    self._close()
                    self._open = self._caught_up(on_progress)
                    self._watch(self._open)

    def _await_turn(self, patience_s: float | None) -> None:
        """Return once no other thread is about to open or to close. Raises ``BeingBuilt`` where one
        takes facts in for longer than that."""
        while not self._changed.wait_for(lambda: not self._moving, patience_s):
            if self._building is not None:
                raise BeingBuilt(*self._building)

    @contextmanager
    def _alone(self, patience_s: float | None = None) -> Iterator[None]:
        """To be the only thread that opens or closes, and no question under way."""
        with self._changed:
            self._await_turn(patience_s)
            self._moving = True
            self._changed.wait_for(lambda: not self._under_way)
        try:
            yield
        finally:
            with self._changed:
                self._moving = False
                self._changed.notify_all()

    def _caught_up(self, on_progress: OnProgress) -> _Open:
        """Open ledger and views, after these have taken in what they lack."""
        from consumers.embedded_projector import stands
        from projections.duckdb.store import read_state

        seen = None
        while True:
            without = self.left_out()
            with ExitStack() as stack:
                ledger = stack.enter_context(self.reading(without))
                if self.views().path.exists():
                    session = stack.enter_context(self.views().reading_by_many())
                    with session() as first:
                        seen = read_state(first)
                    if stands(self.views(), ledger, seen, without):
                        files = self._files()
                        return _Open(ledger, session, seen, files, stack.pop_all())
            self._take_in(on_progress, seen)

    def _take_in(self, on_progress: OnProgress, seen: State | None) -> None:
        def told(done: int, total: int) -> None:
            self._building = done, total
            on_progress(done, total)

        self._building = 0, 0
        try:
            self.catch_up(told, seen)
        finally:
            self._building = None

    def _close(self) -> None:
        if (opened := self._open) is not None:
            self._open = None
            opened.closing.close()

    def _in_place(self, opened: _Open) -> bool:
        """Whether the files that are open are those of the home: it may have been put back from a
        copy, or built anew, by another process."""
        return opened.files == self._files()

    def _files(self) -> tuple[object, ...]:
        places = (self.folder / LEDGER_FILE, self.views().path)
        return (*map(_identity, places), self.left_out())

    def _watch(self, opened: _Open) -> None:
        """Let go of the views as soon as another process waits to write."""

        def watch() -> None:
            pause = threading.Event()
            while self._open is opened and not pause.wait(GLANCE_S):
                if self.views().is_awaited():
                    with self._alone():
                        if self._open is opened:
                            self._close()

        threading.Thread(target=watch, name="views", daemon=True).start()


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file lies at a place; None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
