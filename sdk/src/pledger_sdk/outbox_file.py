"""Opening the outbox's database, and saying in words what can go wrong with it."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from pledger_sdk.errors import OutboxInUse, OutboxTrouble, PledgerError

#: "PldO" in the file's header says what it is.
_APPLICATION = 0x506C644F
_VERSION = 1
_LAYOUT = f"""
BEGIN IMMEDIATE;
CREATE TABLE fact (
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    source TEXT NOT NULL,
    subject TEXT NOT NULL,
    time INTEGER NOT NULL,
    body BLOB NOT NULL,
    correlationid TEXT,
    causationid TEXT,
    sequence TEXT,
    extensions TEXT,
    size INTEGER NOT NULL
);
CREATE INDEX fact_by_subject ON fact (subject, place);
CREATE TABLE counted (source TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {_VERSION};
COMMIT;
"""


def open_database(path: Path | None, *, fsync: bool) -> sqlite3.Connection:
    """The database at ``path``, made if it is not there, and locked for this connection alone; a
    new one in memory without a path. Raises ``OutboxInUse``, ``OutboxTrouble``."""
    if path is not None:
        _make_file(path)
    database = None
    try:
        database = sqlite3.connect(
            ":memory:" if path is None else path,
            timeout=0,  # a file that is in use stays so
            isolation_level=None,
            check_same_thread=False,
        )
        # Held until the connection is closed or the process ends, however it ends. No process
        # shares memory with another for it.
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        if _is_new(database, path):
            database.execute("PRAGMA journal_mode = WAL")
            # A crash before its end leaves an empty database, which the next opening lays out.
            database.executescript(_LAYOUT)
        database.execute(f"PRAGMA synchronous = {'FULL' if fsync else 'NORMAL'}")
        # Takes the lock, where laying out has not.
        database.executescript("BEGIN EXCLUSIVE; COMMIT;")
    except BaseException as problem:
        if database is not None:
            database.close()
        if isinstance(problem, sqlite3.Error):
            raise explained(problem, path) from None
        raise
    return database


def explained(problem: BaseException, path: Path | None) -> PledgerError:
    """What went wrong, in words for those who run the service."""
    if isinstance(problem, PledgerError):
        return problem
    code = getattr(problem, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return OutboxInUse(
            f"expected the outbox {path} for this emitter alone, saw it in use by another: give"
            " each process a file of its own, and each process one emitter"
        )
    if primary == sqlite3.SQLITE_FULL:
        return OutboxTrouble(
            f"expected room on the disk for the outbox {path}, saw none: the fact was not kept;"
            " make room and emit it again"
        )
    if primary in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return OutboxTrouble(
            f"expected an outbox at {path}, saw another kind of file or a damaged one"
            f" ({problem}): move it away to look at it, and emit what it held again"
        )
    return OutboxTrouble(
        f"expected to read and write the outbox {path}, saw: {problem}: the fact was not kept; see"
        " to the file, its folder, the rights on both, and the disk"
    )


def _make_file(path: Path) -> None:
    """Makes the file so that nobody else may read it; SQLite gives its log the same rights. A file
    that is there is not touched: the system forgets a process's locks on a file when the process
    closes it, even if it was opened twice."""
    try:
        made = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    except FileExistsError:
        if path.is_dir():
            raise OutboxTrouble(
                f"expected a file for the outbox at {path}, saw a folder: name a file in it"
            ) from None
        return
    except OSError as problem:
        raise OutboxTrouble(
            f"expected a file for the outbox at {path}, in a folder that is there, saw:"
            f" {problem.strerror}: make the folder, or name another file"
        ) from None
    os.close(made)


def _is_new(database: sqlite3.Connection, path: Path | None) -> bool:
    """Whether the database is empty. Raises ``OutboxTrouble`` for somebody else's."""
    (application,) = database.execute("PRAGMA application_id").fetchone()
    (version,) = database.execute("PRAGMA user_version").fetchone()
    (tables,) = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if (application, version) == (_APPLICATION, _VERSION):
        return False
    if (application, version, tables) == (0, 0, 0):
        return True
    raise OutboxTrouble(
        f"expected an outbox of version {_VERSION} at {path}, saw "
        + (f"version {version}" if application == _APPLICATION else "another kind of database")
        + ": name another file, or use the version of this package that wrote it"
    )
