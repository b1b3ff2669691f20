"""The embedded home of the views: one DuckDB file in a folder.

DuckDB lets one process write at a time, and none read meanwhile. So every use of the file goes
through a lock beside it: readers share it, a writer waits for them and they for it, for a while. A
rebuild writes a file of its own and takes the place of the old one in one rename.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

# DuckDB itself. The package around it, which makes relations and takes in Arrow's tables, takes as
# long to import as most asks take: what needs it imports it.
import _duckdb as duckdb

from domain.instants import from_microseconds
from projections import fact_tables, view_registry
from projections.duckdb.errors import HELD, explained
from projections.duckdb.session import DuckDBSession
from projections.duckdb.shared_sessions import SharedSessions, use
from projections.duckdb.told import tell, told
from projections.errors import Busy, Damaged
from projections.file_locks import NOTICE_S, PAUSE_S, OnWait, is_locked, locked, never

FILE = "views.duckdb"
BUILDING = "views.building.duckdb"
#: What lay in the place of the views and could not be read as views.
ASIDE = "views.aside.duckdb"
#: What those who use the views share or have alone, and what who waits to have them alone holds.
LOCK, WANTED = "views.lock", "views.wanted"
PATIENCE_S = 60.0
MEMORY_LIMIT = "4GB"
#: Rows that are looked at together, or skipped together: views lie in the order of their keys, and
#: a look-up reads a group or two. DuckDB's own 122,880 make it read much more.
ROW_GROUP = 16_384
QUOTE = "'"


@dataclass(frozen=True)
class State:
    """What a file of views stands for: the last position folded in, the definition of the views
    that it was built with, the ledger's running digest at that position, by which its content is
    known again, and the positions of the facts that were left out."""

    position: int
    definition: str
    digest: int | None
    without: tuple[int, ...] = ()


class DuckDBStore:
    """The views of one home folder.

    ``catalogue`` gives the columns of each type; ``on_wait`` is called once when a lock is awaited.
    """

    def __init__(
        self,
        folder: Path,
        catalogue: fact_tables.Catalogue,
        *,
        on_wait: OnWait = lambda sentence: None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.folder = folder
        self.catalogue = catalogue
        self.path = folder / FILE
        self.definition = view_registry.definition(fact_tables.statements(catalogue))
        self._on_wait = on_wait
        self._patience_s = patience_s
        self._idle: list[duckdb.DuckDBPyConnection] = []

    def state(self) -> State | None:
        """What the file stands for; None where there is no file yet, or one that is damaged or no
        file of views. A caller that gets None builds the views anew: the ledger is the truth."""
        with self.found() as found:
            return None if found is None else found[1]

    @contextmanager
    def found(self) -> Iterator[tuple[DuckDBSession, State] | None]:
        """A session that only reads, and what the file stands for; None where ``state`` is."""
        with ExitStack() as opened:
            found = None
            if self.path.exists():
                with suppress(duckdb.Error, Damaged):
                    session = opened.enter_context(self.reading())
                    found = session, read_state(session)
            yield found

    def note(self, sentence: str) -> None:
        """Say at once, beside the answer, what is the matter."""
        self._on_wait(sentence)

    def recorded(self, after: int, upto: int) -> tuple[str, str]:
        """When the first and the last of the facts in (after, upto] were recorded, as text; what
        the views know of them."""
        with self.reading() as session:
            ((first, last),) = session.rows(
                "SELECT epoch_us(min(f.recorded_at)), epoch_us(max(f.recorded_at)) FROM fact AS f"
                " WHERE f.position > $after AND f.position <= $upto",
                {"after": after, "upto": upto},
            )
        unknown = "a time unknown"
        return (
            unknown if first is None else from_microseconds(first).isoformat(),
            unknown if last is None else from_microseconds(last).isoformat(),
        )

    @contextmanager
    def reading(self) -> Iterator[DuckDBSession]:
        """A session that only reads. It may go on while a rebuild takes the file's place."""
        with self._lock(exclusive=False, purpose="reading"), self._open(read_only=True) as session:
            yield session

    @contextmanager
    def reading_by_many(self) -> Iterator[Callable[[], AbstractContextManager[DuckDBSession]]]:
        """What opens sessions that only read, as many at once as there are threads, on a file that
        stays open for as long as the block lasts. Nobody writes meanwhile: what one session learns
        ``once``, all know. Who has it leaves the block when another process ``is_awaited``, and
        then waits here until that one has had its turn."""
        with ExitStack() as held:
            with self._lock(exclusive=False, purpose="reading", name=WANTED):
                held.enter_context(self._lock(exclusive=False, purpose="reading"))
            database = held.enter_context(_database(self.path))
            with explained(self.path):
                self._attach(database, read_only=True)
            sessions = SharedSessions(database, self.path)
            held.callback(sessions.close)
            yield sessions.opened

    def is_awaited(self) -> bool:
        """Whether a process waits to have the file alone."""
        return is_locked(self.folder / WANTED)

    @contextmanager
    def writing(self, purpose: str) -> Iterator[DuckDBSession]:
        """A session that alone may use the file. What it changes, it changes in transactions."""
        with self._lock(exclusive=True, purpose=purpose), self._open(read_only=False) as session:
            yield session

    @contextmanager
    def taking_in(self, upto: int) -> Iterator[DuckDBSession | None]:
        """As ``writing``; None if another process tells, while this one waits for it, that the
        views are up to a position or beyond. Many who ask wait for one that way, and need not
        open the file each for themselves to see that there is nothing left to do."""
        before = told(self.folder)
        with self._lock(
            exclusive=True,
            purpose="taking in new facts",
            unless=lambda: upto <= told(self.folder) != before,
        ) as ours:
            if not ours:
                yield None
                return
            with self._open(read_only=False) as session:
                yield session
                position = read_state(session).position
            # A crash before leaves what was told before, and the others see for themselves.
            tell(self.folder, position)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Only one process builds at a time; the others wait here. Readers go on meanwhile."""
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
                position = read_state(session).position
            self._put_aside_what_is_not_ours()
            # Shared: no writer may be at work on the old file, but readers may. They go on with
            # the file that they have opened.
            with self._lock(exclusive=False, purpose="rebuild"):
                # The log of the old file must not be replayed into the new one. A crash between the
                # two lines leaves the old file at its last checkpoint: older, but whole, and the
                # next question brings it up to date.
                _wal(self.path).unlink(missing_ok=True)
                beside.replace(self.path)
            tell(self.folder, position)
        finally:
            _remove(beside)

    def _put_aside_what_is_not_ours(self) -> None:
        """What is not known to be views may be another program's database, which must not be
        dropped."""
        if self.path.exists() and not self._is_ours():
            self.path.replace(self.folder / ASIDE)
            self._on_wait(
                f"{self.path} could not be read as views; it is kept as {ASIDE} beside, and the"
                " views were built again from the ledger"
            )

    def _is_ours(self) -> bool:
        ours = "SELECT 1 FROM duckdb_tables() WHERE table_name = 'pledger_state'"
        try:
            with self.reading() as session:
                return bool(session.rows(ours))
        except (duckdb.Error, Damaged):
            return False

    @contextmanager
    def _lock(
        self,
        *,
        exclusive: bool,
        purpose: str,
        name: str = LOCK,
        unless: Callable[[], bool] = never,
    ) -> Iterator[bool]:
        with ExitStack() as wanted:
            if exclusive and name == LOCK:  # those who keep the file open see that it is wanted
                own = self._lock(exclusive=True, purpose="", name=WANTED, unless=unless)
                if not wanted.enter_context(own):
                    yield False
                    return
            with locked(
                self.folder / name,
                exclusive=exclusive,
                purpose=purpose,
                patience_s=self._patience_s,
                on_wait=self._on_wait,
                unless=unless,
            ) as ours:
                wanted.close()
                yield ours

    @contextmanager
    def _open(self, *, read_only: bool) -> Iterator[DuckDBSession]:
        """A session of its own, with its own temporary tables, on the file."""
        database = self._idle.pop() if self._idle else _database(self.path)
        try:
            with explained(self.path), database.cursor() as connection:
                self._attach(connection, read_only=read_only)
                session = DuckDBSession(connection)
                try:
                    yield session
                finally:
                    with suppress(duckdb.Error):  # what failed is told by who asked
                        session.let_go()
        finally:
            self._let_go(database)

    def _attach(self, connection: duckdb.DuckDBPyConnection, *, read_only: bool) -> None:
        """Others may hold the file without this lock (a notebook, DuckDB's own shell): wait for
        those too."""
        start = time.monotonic()
        noticed = False
        while True:
            try:
                _attach(connection, self.path, read_only=read_only)
            except duckdb.IOException as error:
                if HELD not in str(error):
                    raise
                waited = time.monotonic() - start
                if waited > self._patience_s:
                    raise Busy(
                        f"{self.path} to be free",
                        f"that another program has held it for more than {self._patience_s:.0f} s"
                        f" ({error})",
                        "close it there and ask again",
                    ) from error
                if not noticed and waited > NOTICE_S:
                    self._on_wait(f"waiting for another program to close the views ({error}) ...")
                    noticed = True
                time.sleep(PAUSE_S)
            else:
                return

    def _let_go(self, database: duckdb.DuckDBPyConnection) -> None:
        """Let go of the file. What is left is an empty database in memory, which takes longer to
        make than to keep: the next session of this process is one of it, unless this one has
        locked its settings."""
        try:
            database.execute("DETACH DATABASE IF EXISTS views")
            found = database.execute("SELECT current_setting('lock_configuration')").fetchone()
        except duckdb.Error:
            found = None
        if found == (False,):
            self._idle.append(database)
        else:
            database.close()


def create(session: DuckDBSession, catalogue: fact_tables.Catalogue, definition: str) -> None:
    """Make all tables in an empty database. Together: a commit waits for the disk, and there would
    be a hundred."""
    with session.transaction():
        for statement in fact_tables.statements(catalogue):
            session.execute(statement)
        view_registry.create_touched(session)
        view_registry.create_views(session)
        session.execute(
            "CREATE TABLE pledger_state"
            " (position BIGINT, definition VARCHAR, digest BIGINT, without BIGINT[])"
        )
        session.execute(
            "INSERT INTO pledger_state VALUES (0, $definition, 0, [])", {"definition": definition}
        )


def read_state(session: DuckDBSession) -> State:
    """What the views of this session stand for."""
    position, definition, digest, without = session.rows(
        "SELECT position, definition, digest, without FROM pledger_state"
    )[0]
    return State(position, definition, digest, tuple(without))


def write_position(session: DuckDBSession, position: int, digest: int | None) -> None:
    """Record up to which position facts are folded in, and the ledger's digest there; part of the
    caller's transaction."""
    session.execute(
        "UPDATE pledger_state SET position = $position, digest = $digest",
        {"position": position, "digest": digest},
    )


def write_without(session: DuckDBSession, positions: Sequence[int]) -> None:
    """Record which facts are left out; part of the caller's transaction."""
    session.execute("UPDATE pledger_state SET without = $positions", {"positions": [*positions]})


def _database(path: Path) -> duckdb.DuckDBPyConnection:
    """A database in memory, to which the file at ``path`` can be attached."""
    return duckdb.connect(
        config={
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": f"{path}.tmp",
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )


def _attach(connection: duckdb.DuckDBPyConnection, path: Path, *, read_only: bool) -> None:
    how = "READ_ONLY" if read_only else f"ROW_GROUP_SIZE {ROW_GROUP}"
    connection.execute(f"ATTACH '{str(path).replace(QUOTE, QUOTE * 2)}' AS views ({how})")
    use(connection)


@contextmanager
def _connected(path: Path, *, read_only: bool) -> Iterator[DuckDBSession]:
    with explained(path), _database(path) as connection:
        _attach(connection, path, read_only=read_only)
        yield DuckDBSession(connection)


def _wal(path: Path) -> Path:
    return path.with_name(path.name + ".wal")


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    _wal(path).unlink(missing_ok=True)
