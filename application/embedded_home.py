"""The embedded home: a folder with the facts in SQLite and the views in DuckDB."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from application.errors import NoHome, Unknown
from application.home import (
    ACCESS_FILE,
    AS_USUAL,
    BEFORE_FACTS,
    DESK_FILE,
    IMPORT_PATIENCE_S,
    LEDGER_FILE,
    OnProgress,
    OnWait,
    Progress,
    Rebuilding,
    Rebuilt,
    held_alone,
    silent,
    unseen,
)
from application.left_out import read_left_out, write_left_out
from application.under_way import UnderWay
from consumers.runtime import Runtime
from projections.file_names import expect_nameable

if TYPE_CHECKING:
    import pyarrow as pa

    from application.desk import Desk
    from ledger.sqlite.access import SQLiteAccess
    from ledger.sqlite.ledger import SQLiteLedger
    from projections.duckdb.session import DuckDBSession
    from projections.duckdb.store import DuckDBStore, State

#: How long one relay waits for another, in seconds.
RELAY_PATIENCE_S = 30.0


#: What an import of a snapshot locks.
IMPORT_LOCK = "import.lock"


class EmbeddedHome:
    """The embedded home in one folder. Files are opened when they are needed. Raises ``Wrong`` for
    a folder in which facts could be kept and never be asked about."""

    def __init__(
        self, folder: Path, runtime: Runtime, on_wait: OnWait, progress: Progress = unseen
    ) -> None:
        self.folder = folder
        self._runtime = runtime
        self._on_wait = on_wait
        self._progress = progress
        self._views: DuckDBStore | None = None
        self._questions = UnderWay()
        expect_nameable(folder)

    @contextmanager
    def writing(
        self, *, trust_clock: bool = False, new_topic: bool = False
    ) -> Iterator[SQLiteLedger]:
        """The ledger, made where it is not there yet. Raises ``Lost`` where it is shorter than its
        views are known to be: other facts would come in the place of those that they are of."""
        del new_topic  # a file is no topic
        from domain.instants import to_microseconds
        from ledger.sqlite.ledger import SQLiteLedger
        from projections.duckdb.told import told

        try:
            make_private(self.folder)
        except (FileExistsError, NotADirectoryError):
            raise NoHome(
                "a folder for the home",
                f"a file on the way to {str(self.folder)!r}",
                "{name another home}",
            ) from None
        if not self.made():
            self._expect_no_views(self.made)
        clock = self._runtime.clock
        known = told(self.folder)  # before the head: others may append, and take that in
        with self._opened(
            lambda: SQLiteLedger(
                self.folder / LEDGER_FILE,
                lambda: to_microseconds(clock()),
                without=self.left_out(),
                trust_clock=trust_clock,
            )
        ) as ledger:
            head = ledger.head()
            if not head:
                self._expect_no_views(lambda: ledger.head() > 0)
            elif known > head:
                self._expect_whole(ledger)
            yield ledger

    def _expect_no_views(self, begun: Callable[[], bool]) -> None:
        """Raise ``Lost`` where views of facts lie beside a ledger that has not begun: what they are
        of would be covered by other facts."""
        from ledger.errors import Lost

        state = self.views().state()
        if state is None or not state.position or begun():  # by another process, in the meantime
            return
        raise Lost(
            f"the {state.position:,} facts that the views in {str(self.folder)!r} are of",
            "no ledger, or one without facts",
            "nothing was written. Put back ledger.sqlite with its -wal file, or a copy that has"
            " them; to begin anew without them, delete views.duckdb or {name another home}",
        )

    def _expect_whole(self, ledger: SQLiteLedger) -> None:
        """Raise ``Lost`` where the views, which are opened for it, are of more facts than there
        are."""
        from consumers.embedded_projector import expect_whole

        if (state := self.views().state()) is not None:
            expect_whole(self.views(), state, ledger)

    @contextmanager
    def reading(self, without: tuple[int, ...] | None = None) -> Iterator[SQLiteLedger]:
        """The ledger of a home that is there, which passes over the facts that are left out, or
        over those at the positions ``without``. Raises NoHome where there is none."""
        if self._empty():
            with self.writing() as ledger:
                yield ledger
            return
        self._expect_made()
        from ledger.sqlite.ledger import SQLiteLedger

        path = self.folder / LEDGER_FILE
        passed = self.left_out() if without is None else without
        with self._opened(lambda: SQLiteLedger.open_readonly(path, without=passed)) as ledger:
            yield ledger

    def _opened(self, opening: Callable[[], SQLiteLedger]) -> SQLiteLedger:
        """The ledger, brought to this version first where it is of an earlier one and can be."""
        from ledger.errors import CannotWrite, Outdated

        try:
            return opening()
        except Outdated as outdated:
            from ledger.sqlite.migration import migrate

            make_private(self.folder)
            with self._progress("bringing the ledger to a new version") as on_progress:
                try:
                    migrate(self.folder / LEDGER_FILE, on_progress)
                except CannotWrite:
                    raise outdated from None
            return opening()

    def left_out(self) -> tuple[int, ...]:
        """The positions of the facts that are left out of the views, in their order; not those
        where another fact stands than the one that was to be left out."""
        told = read_left_out(self.folder)
        if not told:
            return ()
        now = self._fingerprints(told)
        return tuple(position for position, number in told.items() if now[position] == number)

    def _fingerprints(self, positions: Collection[int]) -> dict[int, int]:
        from ledger.sqlite.fingerprints import fingerprints

        return fingerprints(self.folder / LEDGER_FILE, positions)

    def made(self) -> bool:
        """Whether there is a ledger."""
        return (self.folder / LEDGER_FILE).exists()

    def _expect_made(self) -> None:
        if not self.made():
            raise NoHome(
                "a home with a ledger",
                f"none in {str(self.folder)!r}",
                "{name a home}, or make one with {emit} or {demo}",
            )

    def _empty(self) -> bool:
        """Whether the folder is there and waits for its first fact."""
        return (
            self.folder.is_dir() and {each.name for each in self.folder.iterdir()} <= BEFORE_FACTS
        )

    def views(self) -> DuckDBStore:
        """The views, as they are. Made once: their version is of everything that folds."""
        if self._views is None:
            from consumers.embedded_projector import catalogue_of_types
            from projections.duckdb.store import DuckDBStore

            self._views = DuckDBStore(self.folder, catalogue_of_types(), on_wait=self._on_wait)
        return self._views

    @property
    def building(self) -> tuple[int, int] | None:
        """None: who asks first takes facts in, and nobody else is kept waiting for it."""
        return None

    def definition(self) -> str:
        """A fingerprint of everything that decides what the rows of the views are."""
        return self.views().definition

    def catch_up(self, on_progress: OnProgress, seen: State | None = None) -> int:
        """Bring the views up to the head of the ledger, and return that position. ``seen`` is what
        they were just seen to stand for."""
        from consumers.embedded_projector import keep_up

        without = self.left_out()
        with self.reading(without) as ledger:
            make_private(self.folder)
            return keep_up(ledger, self.views(), on_progress, without, seen)

    @contextmanager
    def asking(self, on_progress: OnProgress) -> Iterator[tuple[DuckDBSession, int]]:
        """A session on the views, and the position that they stand for: the head that the ledger
        has now, or a later one."""
        from consumers.embedded_projector import stands
        from projections.duckdb.store import read_state

        views, seen, without = self.views(), None, self.left_out()
        with self.reading(without) as ledger, views.found() as found:
            if found is not None:
                session, seen = found
                if stands(views, ledger, seen, without):
                    with self._questions.noted(session):
                        yield session, seen.position
                    return
        head = self.catch_up(on_progress, seen)
        while True:
            with self.views().reading() as session:
                position = read_state(session).position
                if position >= head:
                    with self._questions.noted(session):
                        yield session, position
                    return
            # A rebuild that had begun before put its views, which stand for less, in their place.
            self.catch_up(on_progress)

    def interrupt(self, thread: int) -> None:
        """Have the question that a thread is asking fail, if it asks one."""
        self._questions.interrupt(thread)

    def take_in(self, on_progress: OnProgress) -> None:
        """Bring the views up to the head of the ledger."""
        self.catch_up(on_progress)

    def importing(self) -> AbstractContextManager[object]:
        """To be the only one who imports a snapshot into this folder, which is there."""
        lock = self.folder / IMPORT_LOCK
        return held_alone(lock, "importing a snapshot", IMPORT_PATIENCE_S, self._on_wait)

    def select(self, sql: str, on_progress: OnProgress, timeout_s: float) -> pa.Table:
        """The rows of one query of the data teams' own, in DuckDB's SQL. Raises ``QueryRefused``
        and ``TooSlow``."""
        from projections.duckdb.adhoc_sql import query

        with self.asking(on_progress) as (session, _):
            return query(session, sql, timeout_s)

    def rebuild(self, on_progress: OnProgress, how: Rebuilding = AS_USUAL) -> Rebuilt:
        """Build every view anew, beside the live ones, and swap. Raises ``Lost`` where the ledger
        lacks facts that the views have, unless they are to be forgotten, and ``Unknown`` for a
        position that the ledger does not have."""
        from consumers.embedded_projector import rebuild

        before = self.left_out()
        left = self._to_leave_out(before, how)
        with self.reading(left) as ledger:
            make_private(self.folder)
            position = rebuild(ledger, self.views(), on_progress, left, forget_lost=how.forget_lost)
        # Only now: where it could not be built, the home stays as it was. A crash between leaves
        # views of other facts than the file tells; the next question makes them again.
        if left != before:
            write_left_out(self.folder, self._fingerprints(left))
        return Rebuilt(position, position)

    @contextmanager
    def desk(self, on_progress: OnProgress = silent, *, begin: bool = True) -> Iterator[Desk]:
        """The desk, whose decisions lie in a file of their own beside the ledger. What the ledger
        gets from others meanwhile is weighed too. Raises ``NoHome`` where there is none, unless it
        may ``begin`` with a decision."""
        from application.desk import Desk
        from application.desk_facts import EmbeddedFacts
        from consumers.relay import relay
        from ledger.decisions import Decisions
        from ledger.sqlite.decisions import SQLiteDecisions
        from projections.file_locks import lockable

        if not begin:
            self._expect_made()
        lock = self.folder / f"{DESK_FILE}.lock"
        with (
            self.writing() as ledger,
            closing(SQLiteDecisions(self.folder / DESK_FILE)) as records,
            lockable(
                lock, patience_s=RELAY_PATIENCE_S, on_wait=self._on_wait, what="the relay"
            ) as alone,
        ):
            decisions = Decisions(records)
            yield Desk(
                decisions,
                EmbeddedFacts(self, ledger, on_progress),
                lambda: relay(decisions, ledger, alone),
                lambda position: position,
                self._runtime.clock,
                {},
            )

    @contextmanager
    def access(self, *, begin: bool = False) -> Iterator[SQLiteAccess]:
        """Keys, sessions and access records, which lie in a file of their own beside the ledger.
        Raises ``NoHome`` where there is none, unless it may ``begin`` with a key."""
        from ledger.sqlite.access import SQLiteAccess

        if not self.made():
            if not begin and not self._empty():
                self._expect_made()
            with self.writing():  # so that the folder is a home, and not one with other files
                pass
        make_private(self.folder)
        with closing(SQLiteAccess(self.folder / ACCESS_FILE)) as store:
            yield store

    def decisions_waiting(self) -> int:
        """How many decisions of the desk the ledger may not have yet."""
        from ledger.sqlite.decisions import SQLiteDecisions

        path = self.folder / DESK_FILE
        if not path.exists():
            return 0
        with closing(SQLiteDecisions(path, readonly=True)) as records:
            return records.waiting()

    def _to_leave_out(self, before: tuple[int, ...], how: Rebuilding) -> tuple[int, ...]:
        """The positions to leave out from now on, where these were left out before."""
        if not how.without and not how.taken_back:
            return before
        with self.reading() as ledger:
            head = ledger.head()
        for position in how.without:
            if not 0 < position <= head:
                raise Unknown(
                    f"positions from 1 to {head:,}, to leave their facts out",
                    f"{position:,}",
                    "name those that the error named",
                )
        for position in how.taken_back:
            if position not in before:
                raise Unknown(
                    "positions whose facts are left out, to take them in again",
                    f"{position:,}, which is not",
                    "{status} names them",
                )
        return tuple(sorted({*before, *how.without} - {*how.taken_back}))


def make_private(folder: Path) -> None:
    """Make a home's folder for its owner alone; take from others what they may do with one that is
    there, and with its files. What its group may do is left as somebody set it."""
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
        return
    for path in (folder, *folder.iterdir()):
        with suppress(OSError):  # another's: it is not ours to change
            mode = path.stat().st_mode
            if mode & 0o007 and not path.is_symlink():
                path.chmod(mode & 0o770)
