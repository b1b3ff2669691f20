"""The embedded home of the views: one DuckDB file in a folder.

DuckDB lets one process write at a time, and nobody read meanwhile. So every use of the file goes
through a lock beside it: readers share it, a writer waits for them and they for it, for a while.
A rebuild writes a file of its own and takes the place of the old one in one rename.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from projections import tables, views
from projections.locks import Busy, OnWait, locked
from projections.session import Row

FILE = "views.duckdb"
BUILDING = "views.building.duckdb"
PATIENCE_S = 60.0
MEMORY_LIMIT = "4GB"


class DuckDBSession:
    """A session on one DuckDB connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        ((self.home,),) = self.rows("SELECT current_database() || '.main'")

    def shadow(self) -> None:
        """Put a database in memory in front of the file."""
        self.execute("ATTACH IF NOT EXISTS ':memory:' AS replay (READ_WRITE)")
        self.execute(f"SET search_path = 'replay.main,{self.home}'")

    def execute(self, sql: str, parameters: Mapping[str, object] | None = None) -> None:
        """Run one statement."""
        self.connection.execute(sql, parameters)

    def rows(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[Row]:
        """Run one query."""
        return self.connection.execute(sql, parameters).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What is done in the block becomes visible together, or not at all if it fails."""
        self.execute("BEGIN TRANSACTION")
        try:
            yield
        except BaseException:
            self.connection.rollback()
            raise
        self.connection.commit()

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Add rows, through Arrow: DuckDB takes single rows slowly."""
        if not rows:
            return
        import pyarrow as pa

        values = {
            name: pa.array([_plain(value) for value in column])
            for name, column in zip(columns, zip(*rows, strict=True), strict=True)
        }
        self.connection.register("incoming", pa.table(values))
        names = ", ".join(columns)
        try:
            self.connection.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM incoming")
        finally:
            self.connection.unregister("incoming")


def _plain(value: object) -> object:
    """Arrow knows no UUID; DuckDB casts its text."""
    return str(value) if hasattr(value, "hex") and hasattr(value, "int") else value


@dataclass(frozen=True)
class State:
    """What a file of views stands for: the last position folded in, and the definition of the
    views that it was built with."""

    position: int
    definition: str


class DuckDBHome:
    """The views of one home folder.

    ``catalogue`` gives the columns of each type; ``on_wait`` hears once that a lock is awaited.
    """

    def __init__(
        self,
        folder: Path,
        catalogue: tables.Catalogue,
        *,
        on_wait: OnWait = lambda sentence: None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.folder = folder
        self.catalogue = catalogue
        self.path = folder / FILE
        self.definition = views.definition(tables.statements(catalogue))
        self._on_wait = on_wait
        self._patience_s = patience_s

    def state(self) -> State | None:
        """What the file stands for; None where there is no file yet."""
        if not self.path.exists():
            return None
        with self.reading() as session:
            return read_state(session)

    @contextmanager
    def reading(self) -> Iterator[DuckDBSession]:
        """A session that only reads. It may go on while a rebuild takes the file's place."""
        with self._lock(exclusive=False, purpose="reading"), self._open(read_only=True) as session:
            yield session

    @contextmanager
    def writing(self, purpose: str) -> Iterator[DuckDBSession]:
        """A session that alone may use the file. What it changes, it changes in transactions."""
        with self._lock(exclusive=True, purpose=purpose), self._open(read_only=False) as session:
            yield session

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Only one process builds at a time; the others wait here. Asking goes on meanwhile."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._lock(exclusive=True, purpose="rebuild", name="rebuild.lock"):
            yield

    @contextmanager
    def building(self) -> Iterator[DuckDBSession]:
        """A session on a new, empty file beside the live one, which it replaces at the end of the
        block. Where the block fails the live file stays as it was. Call it ``alone``."""
        beside = self.folder / BUILDING
        _remove(beside)
        try:
            with _connected(beside, read_only=False) as session:
                create(session, self.catalogue, self.definition)
                yield session
                session.execute("CHECKPOINT")
            with self._lock(exclusive=True, purpose="rebuild"):
                # The log of the old file must not be replayed into the new one. A crash between
                # the two lines leaves the old file at its last checkpoint: older, but whole, and
                # the next ask brings it up to date.
                _wal(self.path).unlink(missing_ok=True)
                beside.replace(self.path)
        finally:
            _remove(beside)

    @contextmanager
    def _lock(self, *, exclusive: bool, purpose: str, name: str = "views.lock") -> Iterator[None]:
        with locked(
            self.folder / name,
            exclusive=exclusive,
            purpose=purpose,
            patience_s=self._patience_s,
            on_wait=self._on_wait,
        ):
            yield

    @contextmanager
    def _open(self, *, read_only: bool) -> Iterator[DuckDBSession]:
        """Open the file. Others may hold it without asking our lock (a notebook, DuckDB's own
        shell): wait for those too."""
        start = time.monotonic()
        while True:
            try:
                connection = _connect(self.path, read_only=read_only)
            except duckdb.IOException as error:
                if "lock" not in str(error).lower():
                    raise
                if time.monotonic() - start > self._patience_s:
                    raise Busy(
                        f"expected {self.path.name} to be free, but another program holds it;"
                        f" close it there and ask again (DuckDB says: {error})"
                    ) from error
                time.sleep(0.1)
            else:
                break
        try:
            yield DuckDBSession(connection)
        finally:
            connection.close()


def create(session: DuckDBSession, catalogue: tables.Catalogue, definition: str) -> None:
    """Make all tables in an empty database."""
    for statement in tables.statements(catalogue):
        session.execute(statement)
    views.create_touched(session)
    views.create_views(session)
    session.execute("CREATE TABLE pledger_state (position BIGINT, definition VARCHAR)")
    session.execute("INSERT INTO pledger_state VALUES (0, $definition)", {"definition": definition})


def read_state(session: DuckDBSession) -> State:
    """What the views of this session stand for."""
    position, definition = session.rows("SELECT position, definition FROM pledger_state")[0]
    return State(position, definition)


def write_position(session: DuckDBSession, position: int) -> None:
    """Say up to which position facts are folded in; part of the caller's transaction."""
    session.execute("UPDATE pledger_state SET position = $position", {"position": position})


def _connect(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        str(path),
        read_only=read_only,
        config={
            "memory_limit": MEMORY_LIMIT,
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )
    connection.execute("SET TimeZone = 'UTC'")
    return connection


@contextmanager
def _connected(path: Path, *, read_only: bool) -> Iterator[DuckDBSession]:
    connection = _connect(path, read_only=read_only)
    try:
        yield DuckDBSession(connection)
    finally:
        connection.close()


def _wal(path: Path) -> Path:
    return path.with_name(path.name + ".wal")


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    _wal(path).unlink(missing_ok=True)
