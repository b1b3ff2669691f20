"""A home: a ledger and the views over it, wired together.

The embedded home is here: a folder with both. ``application/server_home.py`` has the other one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from application.errors import NoHome
from consumers.runtime import Runtime

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    import pyarrow as pa

    from application.server_home import ServerHome
    from domain.positions import Reach
    from ledger.port import EventData, Receipt
    from ledger.sqlite.ledger import SQLiteLedger
    from projections.duckdb.store import DuckDBSession, DuckDBStore
    from projections.session import Session

__all__ = [
    "AS_USUAL",
    "LEDGER_FILE",
    "SERVER_FILE",
    "Appending",
    "EmbeddedHome",
    "Home",
    "OnProgress",
    "OnWait",
    "Rebuilding",
    "Rebuilt",
    "Runtime",
    "held_alone",
    "open_home",
    "open_server_home",
    "silent",
]

LEDGER_FILE = "ledger.sqlite"
#: A folder with this file is a server home.
SERVER_FILE = "pledger.toml"

#: Told the facts folded so far, and those to fold in all.
OnProgress = Callable[[int, int], None]
#: Told once, in a sentence, that something is awaited.
OnWait = Callable[[str], None]


def silent(done: int, total: int) -> None:
    """For callers that show no progress."""


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


class Appending(Protocol):
    """What use cases need of a ledger to write to (see ``ledger.port.Ledger``)."""

    def append(self, facts: Sequence[EventData], *, all_or_nothing: bool = False) -> list[Receipt]:
        """Keep a batch; one receipt a fact."""

    def head(self) -> Reach:
        """How far the ledger goes."""


class Home(Protocol):
    """What use cases need of a home."""

    folder: Path

    def writing(self) -> AbstractContextManager[Appending]:
        """The ledger, to append to."""

    def asking(self, on_progress: OnProgress) -> AbstractContextManager[tuple[Session, Reach]]:
        """A session on the views, and how far they stand for the ledger."""

    def select(self, sql: str, on_progress: OnProgress) -> pa.Table:
        """The rows of one query of the data teams' own. Raises QueryRefused."""

    def rebuild(self, on_progress: OnProgress, how: Rebuilding = AS_USUAL) -> Rebuilt:
        """Build every view anew, beside the live ones, and swap."""


def open_home(
    folder: Path, runtime: Runtime, environment: Mapping[str, str], on_wait: OnWait
) -> EmbeddedHome | ServerHome:
    """The home in a folder, whatever its kind: a folder with a ``pledger.toml`` is a server home.
    ``environment`` has the secrets that such a file names."""
    if (folder / SERVER_FILE).exists():
        return open_server_home(folder, runtime, environment, on_wait)
    return EmbeddedHome(folder, runtime, on_wait)


def open_server_home(
    folder: Path, runtime: Runtime, environment: Mapping[str, str], on_wait: OnWait
) -> ServerHome:
    """The server home in a folder. Raises NoHome where there is none, and WrongSettings."""
    from application.server_home import ServerHome

    if not (folder / SERVER_FILE).exists():
        raise NoHome(
            f"a server home, whose folder holds a {SERVER_FILE}",
            f"none in {str(folder)!r}",
            "{name a home}",
        )
    return ServerHome(folder, runtime, environment, on_wait)


def held_alone(
    path: Path, purpose: str, patience_s: float, on_wait: OnWait
) -> AbstractContextManager[None]:
    """A lock between processes. Raises ``Unavailable`` where another holds it for so long."""
    from projections.locks import locked

    return locked(path, exclusive=True, purpose=purpose, patience_s=patience_s, on_wait=on_wait)


class EmbeddedHome:
    """The embedded home in one folder. Files are opened when they are needed."""

    def __init__(self, folder: Path, runtime: Runtime, on_wait: OnWait) -> None:
        self.folder = folder
        self._runtime = runtime
        self._on_wait = on_wait
        self._views: DuckDBStore | None = None

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
            from consumers.projector import catalogue_of_types
            from projections.duckdb.store import DuckDBStore

            self._views = DuckDBStore(self.folder, catalogue_of_types(), on_wait=self._on_wait)
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
        from projections.duckdb.store import read_state

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
        from projections.duckdb.adhoc_sql import query

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
