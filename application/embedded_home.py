"""The embedded home: a folder with the facts in SQLite and the views in DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from application.errors import NoHome
from application.home import AS_USUAL, LEDGER_FILE, OnProgress, OnWait, Rebuilding, Rebuilt
from consumers.runtime import Runtime
from projections.file_names import expect_nameable

if TYPE_CHECKING:
    import pyarrow as pa

    from ledger.sqlite.ledger import SQLiteLedger
    from projections.duckdb.store import DuckDBSession, DuckDBStore, State


class EmbeddedHome:
    """The embedded home in one folder. Files are opened when they are needed. Raises ``Wrong`` for
    a folder in which facts could be kept and never be asked about."""

    def __init__(self, folder: Path, runtime: Runtime, on_wait: OnWait) -> None:
        self.folder = folder
        self._runtime = runtime
        self._on_wait = on_wait
        self._views: DuckDBStore | None = None
        expect_nameable(folder)

    @contextmanager
    def writing(self) -> Iterator[SQLiteLedger]:
        """The ledger, made where it is not there yet."""
        from domain.instants import to_microseconds
        from ledger.sqlite.ledger import SQLiteLedger

        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise NoHome(
                "a folder for the home",
                f"a file on the way to {str(self.folder)!r}",
                "{name another home}",
            ) from None
        clock = self._runtime.clock
        with SQLiteLedger(self.folder / LEDGER_FILE, lambda: to_microseconds(clock())) as ledger:
            yield ledger

    @contextmanager
    def reading(self) -> Iterator[SQLiteLedger]:
        """The ledger of a home that is there. Raises NoHome where there is none."""
        if self._empty():
            with self.writing() as ledger:
                yield ledger
            return
        if not self.made():
            raise NoHome(
                "a home with a ledger",
                f"none in {str(self.folder)!r}",
                "{name a home}, or make one with {emit} or {demo}",
            )
        from ledger.sqlite.ledger import SQLiteLedger

        with SQLiteLedger.open_readonly(self.folder / LEDGER_FILE) as ledger:
            yield ledger

    def made(self) -> bool:
        """Whether there is a ledger."""
        return (self.folder / LEDGER_FILE).exists()

    def _empty(self) -> bool:
        """Whether the folder is there and waits for its first fact."""
        return self.folder.is_dir() and not any(self.folder.iterdir())

    def views(self) -> DuckDBStore:
        """The views, as they are. Made once: their version is of everything that folds."""
        if self._views is None:
            from consumers.embedded_projector import catalogue_of_types
            from projections.duckdb.store import DuckDBStore

            self._views = DuckDBStore(self.folder, catalogue_of_types(), on_wait=self._on_wait)
        return self._views

    def catch_up(self, on_progress: OnProgress, seen: State | None = None) -> int:
        """Bring the views up to the head of the ledger, and return that position. ``seen`` is what
        they were just seen to stand for."""
        from consumers.embedded_projector import keep_up

        with self.reading() as ledger:
            return keep_up(ledger, self.views(), on_progress, seen)

    @contextmanager
    def asking(self, on_progress: OnProgress) -> Iterator[tuple[DuckDBSession, int]]:
        """A session on the views, and the position that they stand for: the head that the ledger
        has now, or a later one."""
        from consumers.embedded_projector import stands
        from projections.duckdb.store import read_state

        views, seen = self.views(), None
        with self.reading() as ledger, views.found() as found:
            if found is not None:
                session, seen = found
                if stands(views, ledger, seen):
                    yield session, seen.position
                    return
        head = self.catch_up(on_progress, seen)
        while True:
            with self.views().reading() as session:
                position = read_state(session).position
                if position >= head:
                    yield session, position
                    return
            # A rebuild that had begun before put its views, which stand for less, in their place.
            self.catch_up(on_progress)

    def select(self, sql: str, on_progress: OnProgress, timeout_s: float) -> pa.Table:
        """The rows of one query of the data teams' own, in DuckDB's SQL. Raises ``QueryRefused``
        and ``TooSlow``."""
        from projections.duckdb.adhoc_sql import query

        with self.asking(on_progress) as (session, _):
            return query(session, sql, timeout_s)

    def rebuild(self, on_progress: OnProgress, how: Rebuilding = AS_USUAL) -> Rebuilt:
        """Build every view anew, and swap. A ledger in one file has all that it had, and the new
        views lie beside the old ones."""
        del how
        from consumers.embedded_projector import rebuild

        with self.reading() as ledger:
            position = rebuild(ledger, self.views(), on_progress)
        return Rebuilt(position, position)
