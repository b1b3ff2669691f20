"""A home: a ledger and the views over it, wired together.

The embedded home is here: a folder with both. ``entrypoints/server.py`` has the other one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from entrypoints.calls import CallError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    import pyarrow as pa

    from domain.positions import Reach
    from entrypoints.emitting import Appending
    from ledger.sqlite import SQLiteLedger
    from projections.duckdb_home import DuckDBHome, DuckDBSession
    from projections.session import Session
    from schemas.catalogue import Field

LEDGER_FILE = "ledger.sqlite"

#: Told the facts folded so far, and those to fold in all.
OnProgress = Callable[[int, int], None]


class Rebuilding(NamedTuple):
    """How a server home is to build its views: ``forget_lost``, although the ledger lacks facts
    that it had; with its scratch file in a folder of its own ``within`` another; ``memory`` (as
    DuckDB takes it: ``4GB``) bounds what the fold holds of it."""

    forget_lost: bool = False
    within: Path | None = None
    memory: str | None = None


AS_USUAL = Rebuilding()


class Rebuilt(NamedTuple):
    """What a rebuild did: the facts it folded, and how far the views stand."""

    facts: int
    reach: Reach


class AnyHome(Protocol):
    """What the commands need of a home."""

    def writing(self) -> AbstractContextManager[Appending]:
        """The ledger, to append to."""

    def asking(self, on_progress: OnProgress) -> AbstractContextManager[tuple[Session, Reach]]:
        """A session on the views, and how far they stand for the ledger."""

    def select(self, sql: str, on_progress: OnProgress) -> pa.Table:
        """The rows of one query of the data teams' own. Raises QueryRefused."""

    def rebuild(self, on_progress: OnProgress, how: Rebuilding = AS_USUAL) -> Rebuilt:
        """Build every view anew, beside the live ones, and swap."""


class Home:
    """The embedded home in one folder. Files are opened when they are needed."""

    def __init__(
        self, folder: Path, clock: Callable[[], int], on_wait: Callable[[str], None]
    ) -> None:
        self.folder = folder
        self._clock = clock
        self._on_wait = on_wait
        self._views: DuckDBHome | None = None

    @contextmanager
    def writing(self) -> Iterator[SQLiteLedger]:
        """The ledger, made where it is not there yet."""
        from ledger.sqlite import SQLiteLedger

        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise CallError(
                f"expected a folder for the home, saw a file on the way to {str(self.folder)!r};"
                " name another with --home or PLEDGER_HOME"
            ) from None
        with SQLiteLedger(self.folder / LEDGER_FILE, self._clock) as ledger:
            yield ledger

    @contextmanager
    def reading(self) -> Iterator[SQLiteLedger]:
        """The ledger of a home that is there. Raises CallError where there is none."""
        if self._empty():
            with self.writing() as ledger:
                yield ledger
            return
        path = self.folder / LEDGER_FILE
        if not self.made():
            raise CallError(
                f"expected a home with a ledger, saw none in {str(self.folder)!r}; name it with"
                " --home or PLEDGER_HOME, or make one with './pledger emit' or './pledger demo'"
            )
        from ledger.sqlite import SQLiteLedger

        with SQLiteLedger.open_readonly(path) as ledger:
            yield ledger

    def made(self) -> bool:
        """Whether there is a ledger."""
        return (self.folder / LEDGER_FILE).exists()

    def _empty(self) -> bool:
        """Whether the folder is there and waits for its first fact."""
        return self.folder.is_dir() and not any(self.folder.iterdir())

    def views(self) -> DuckDBHome:
        """The views, as they are. Made once: their fingerprint is of everything that folds."""
        if self._views is not None:
            return self._views
        from consumers.projector import catalogue_of_types
        from projections.duckdb_home import DuckDBHome

        types: Mapping[str, Sequence[Field]] = catalogue_of_types()
        self._views = DuckDBHome(self.folder, types, on_wait=self._on_wait)
        return self._views

    def catch_up(self, on_progress: OnProgress) -> int:
        """Bring the views up to the head of the ledger, and return that position."""
        from consumers.projector import keep_up

        with self.reading() as ledger:
            return keep_up(ledger, self.views(), on_progress)

    @contextmanager
    def asking(self, on_progress: OnProgress) -> Iterator[tuple[DuckDBSession, int]]:
        """A session on the views, and the position that they stand for: the head that the ledger
        has now, or a later one."""
        from projections.duckdb_home import read_state

        head = self.catch_up(on_progress)
        while True:
            with self.views().reading() as session:
                position = read_state(session).position
                if position >= head:
                    yield session, position
                    return
            # A rebuild that had begun before put its views, which stand for less, in their place.
            self.catch_up(on_progress)

    def select(self, sql: str, on_progress: OnProgress) -> pa.Table:
        """The rows of one query of the data teams' own, in DuckDB's SQL. Raises QueryRefused."""
        from projections.asks.freely import query

        with self.asking(on_progress) as (session, _):
            return query(session, sql)

    def rebuild(self, on_progress: OnProgress, how: Rebuilding = AS_USUAL) -> Rebuilt:
        """Build every view anew, and swap. A ledger in one file has all that it had, and the new
        views lie beside the old ones."""
        del how
        from consumers.projector import rebuild

        with self.reading() as ledger:
            position = rebuild(ledger, self.views(), on_progress)
        return Rebuilt(position, position)
