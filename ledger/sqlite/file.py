"""The file of a ledger: how it is opened, and how it is known from other files."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from eventsourcing.persistence import ConnectionPoolClosedError
from eventsourcing.sqlite import (
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteTransaction,
)

from ledger.errors import CannotWrite, NoLedger, NotALedger, Outdated, UnknownVersion
from ledger.sqlite.recorder import APPLICATION_ID, OLD_VERSIONS, VERSION

# Ids come at random, so the pages that have them do too: with SQLite's 2 MB they are read over and
# over from a few hundred thousand facts on. The most that a connection takes:
CACHE_KIB = 64 * 1024
# Counts when the file is made. An append of few facts writes the last page whole: with larger pages
# it writes more.
PAGE_BYTES = 4 * 1024
# How far the -wal file grows before its pages move to the file itself, in pages, for batches of at
# least so many facts. Large batches change the same pages of ids again, which move once: 64 MiB is
# a fifth faster than SQLite's 4 MB. A small one waits for the disk above all, which takes half as
# long where the -wal file is used over again as where it grows.
CHECKPOINT_PAGES: tuple[tuple[int, int], ...] = ((1_000, 16 * 1024), (10, 1024), (1, 64))


class Kind(NamedTuple):
    """What a file that lies beside a ledger is known by: SQLite's application_id, the version of
    its tables, what is in it, and what to do where another file is in its place."""

    mark: int
    version: int
    holds: str
    remedy: str

    def marking(self) -> list[str]:
        """The statements that mark a file as one of this kind."""
        return [f"PRAGMA application_id = {self.mark}", f"PRAGMA user_version = {self.version}"]


class LedgerTransaction(SQLiteTransaction):
    """A transaction that takes the write lock when it begins, if it will write; rolled back if what
    is done in it or its commit fails.

    eventsourcing begins every transaction as a reading one. One that reads first and writes then,
    as an append does, is refused at once by SQLite when another process wrote in between, however
    long it was ready to wait.
    """

    def __enter__(self) -> SQLiteCursor:
        self._cursor = self.connection.cursor()
        self._cursor.execute("BEGIN IMMEDIATE" if self.commit else "BEGIN")
        return self._cursor

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._cursor.sqlite_cursor.close()
            super().__exit__(kind, error, trace)
        finally:
            # After a commit there is nothing to roll back. A commit that failed (a full disk)
            # would otherwise give the connection back to the pool with its transaction open.
            self.connection.rollback()


class RawConnection(sqlite3.Connection):
    """SQLite's connection, which knows how far it lets the -wal file grow, in pages."""

    checkpoint_pages = 0


class LedgerConnection(SQLiteConnection):
    """A connection to a ledger's file."""

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        """A transaction around a block."""
        with LedgerTransaction(self, commit=commit) as cursor:
            yield cursor

    def changes(self) -> int:
        """A number that is another one once some other connection has written."""
        ((number,),) = self._sqlite_conn.execute("PRAGMA data_version")
        return int(number)


class LedgerPool(SQLiteConnectionPool):
    """Connections to one ledger. ``patience`` is how long a lock is waited for, in seconds;
    ``synchronous`` is SQLite's setting of that name."""

    def __init__(self, address: str, patience: float, synchronous: str) -> None:
        super().__init__(db_name=address, pool_timeout=patience)
        self._patience = patience
        self._synchronous = synchronous

    def connect(self) -> LedgerConnection:
        """A connection that does not belong to the pool."""
        if self.closed:
            raise ConnectionPoolClosedError
        return self._create_connection()

    def _create_connection(self) -> LedgerConnection:
        raw = sqlite3.connect(
            self.db_name,
            uri=True,
            check_same_thread=False,
            isolation_level=None,
            timeout=self._patience,
            factory=RawConnection,
        )
        raw.execute(f"PRAGMA synchronous = {self._synchronous}")
        raw.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        raw.row_factory = sqlite3.Row
        return LedgerConnection(raw, max_age=None)


class LedgerDatastore(SQLiteDatastore):
    """eventsourcing's datastore over a ledger's connections: those of a pool to read, and one to
    write, which threads wait for. Other processes' writers wait for SQLite's lock. With ``single``
    that one reads too, and finds the pages in memory that it has written: for a file of which no
    thread reads long."""

    def __init__(
        self, address: str, patience: float, synchronous: str = "FULL", *, single: bool = False
    ) -> None:
        # FULL: what was acknowledged survives a power cut. Some builds of SQLite default to less.
        self._single = single
        self._writing = threading.Lock()
        self._writer: LedgerConnection | None = None
        super().__init__(address, originator_id_type="text")
        self.pool: LedgerPool = LedgerPool(address, patience, synchronous)

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        """A transaction for reading or (``commit``) for writing."""
        if not commit and not self._single:
            with super().transaction(commit=False) as cursor:
                yield cursor
            return
        # One that stays keeps the pages of the index that it has read; those of the pool would each
        # read them for themselves.
        with self._writing, LedgerTransaction(self._connected(), commit=commit) as cursor:
            yield cursor

    def _connected(self) -> LedgerConnection:
        if self._writer is None:
            self._writer = self.pool.connect()
        return self._writer

    def changes(self) -> int:
        """A number that is another one once some other connection has written, of this process or
        not. Takes a tenth of the time of looking for what is new."""
        with self._writing:
            return self._connected().changes()

    @contextmanager
    def get_connection(self, *, commit: bool) -> Iterator[SQLiteConnection]:
        """A connection of the pool."""
        # Not as a "writer" of the pool, whose lock would keep readers waiting too.
        del commit
        connection = self.pool.get_connection()
        try:
            yield connection
        finally:
            if not self.pool.closed:
                self.pool.put_connection(connection)

    def close(self) -> None:
        """Close all connections, once nobody writes."""
        super().close()
        with self._writing:
            if self._writer is not None:
                self._writer.close()
                self._writer = None


def address_to_write(path: Path) -> str:
    """The URI of a ledger to append to; made if it is not there, but not its folder."""
    if not path.parent.is_dir():
        raise NoLedger(
            f"the folder {path.parent} to make the ledger {path.name} in",
            "no such folder",
            "make it, or name another",
        )
    _expect_a_file(path)
    # SQLite would open it, and refuse at the first fact only.
    if path.exists() and not os.access(path, os.W_OK):
        raise CannotWrite(
            f"to write to {path}",
            "that this user may only read it, or the disk may only be read",
            "allow writing to the file and its folder, or only read",
        )
    if not path.exists():
        # For its owner alone, whatever the umask; SQLite gives the two files beside it the same.
        # A crash here leaves an empty file, as one before the first table does.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    return f"{path.absolute().as_uri()}?mode=rwc"


def address_to_read(path: Path) -> str:
    """The URI of a ledger to read from, which must be there."""
    if not path.exists():
        raise no_ledger(path, "no such file")
    _expect_a_file(path)
    address = f"{path.absolute().as_uri()}?mode=ro"
    # Even readers keep a shared file beside the ledger. Where none can be made, because nothing on
    # that disk can change, SQLite has to be opened for that. A -wal file there means a writer
    # elsewhere, or one that was killed, and its facts are to be read too.
    wal = path.with_name(path.name + "-wal")
    if not wal.exists() and os.statvfs(path).f_flag & os.ST_RDONLY:
        address += "&immutable=1"
    return address


def no_ledger(path: Path, seen: str) -> NoLedger:
    """There is nothing to read at that place."""
    remedy = "emit or import something first, or name another place"
    return NoLedger(f"a ledger at {path}", seen, remedy)


def is_made(connection: SQLiteConnection, path: Path) -> bool:
    """Whether the file holds a ledger; False if it is empty yet. Anything else is refused, and
    left as it is."""
    mark, version, tables = marks(connection)
    if mark == 0 and tables == 0:
        return False
    if mark != APPLICATION_ID:
        raise NotALedger(
            f"a ledger (application_id {APPLICATION_ID})",
            f"that {path} is a SQLite database of something else (application_id {mark})",
            "it was left as it is: name another file",
        )
    if version in OLD_VERSIONS:
        raise Outdated(
            f"a ledger of version {VERSION}",
            f"that {path} is of version {version}",
            "allow writing to the file and its folder, or copy the folder to where you may write:"
            " it is brought to the new version when it is used there",
        )
    if version != VERSION:
        raise UnknownVersion(
            f"a ledger of version {VERSION}",
            f"that {path} is of version {version}",
            "use the version of Pledger that wrote it, or a newer one",
        )
    return True


def is_of(connection: SQLiteConnection, path: Path, kind: Kind) -> bool:
    """Whether a file beside a ledger is of a kind; False if it is empty yet. Anything else is
    refused, and left as it is."""
    mark, version, tables = marks(connection)
    if mark == 0 and tables == 0:
        return False
    if mark != kind.mark:
        raise NotALedger(
            f"{kind.holds} (application_id {kind.mark})",
            f"that {path} is a SQLite database of something else (application_id {mark})",
            f"it was left as it is: {kind.remedy}",
        )
    if version != kind.version:
        raise UnknownVersion(
            f"{kind.holds} in version {kind.version}",
            f"that {path} is of version {version}",
            "use the version of Pledger that wrote it, or a newer one",
        )
    return True


def sync(path: Path) -> None:
    """Return when all that was committed to a file is durable. As SQLite does at the end of a
    commit, where it is to wait for the disk, the log of changes is synced. Without a log SQLite
    itself has synced the file; and to open and close that here would let go of the locks that this
    process has on it."""
    try:
        log = os.open(path.with_name(f"{path.name}-wal"), os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        os.fdatasync(log)
    finally:
        os.close(log)


def marks(connection: SQLiteConnection) -> tuple[int, int, int]:
    """What tells a file from others: its application_id, its version, and how much is in it."""
    with connection.transaction(commit=False) as c:
        mark, version, made = (
            _value(c, sql)
            for sql in (
                "PRAGMA application_id",
                "PRAGMA user_version",
                "SELECT count(*) FROM sqlite_master",
            )
        )
    return mark, version, made


def lay_out(connection: SQLiteConnection, path: Path) -> None:
    """Make an empty file one in which readers and a writer work at once. It stays so."""
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    mode = _value(cursor, "PRAGMA journal_mode = WAL")
    if mode != "wal":
        raise CannotWrite(
            "a disk on which SQLite can keep a write-ahead log",
            f"that {path} got journal_mode {mode}",
            "put the ledger on a local disk",
        )


def prepare_for(c: SQLiteCursor, facts: int) -> None:
    """Make the connection ready for a batch of so many facts."""
    pages = next(pages for least, pages in CHECKPOINT_PAGES if facts >= least)
    raw = c.sqlite_cursor.connection
    if isinstance(raw, RawConnection) and raw.checkpoint_pages != pages:
        c.execute(f"PRAGMA wal_autocheckpoint = {pages}")
        raw.checkpoint_pages = pages


def _expect_a_file(path: Path) -> None:
    if path.exists() and not path.is_file():
        raise NotALedger(f"{path} to be a ledger's file", "a folder or a device", "name a file")


def _value(cursor: SQLiteCursor, sql: str) -> Any:
    cursor.execute(sql)
    return cursor.fetchone()[0]
