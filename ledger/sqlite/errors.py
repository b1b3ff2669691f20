"""SQLite's errors in the ledger's words."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from types import TracebackType

from eventsourcing.persistence import (
    ConnectionPoolClosedError,
    ConnectionUnavailableError,
    PersistenceError,
)

from ledger.errors import (
    Busy,
    CannotWrite,
    Closed,
    Damaged,
    LedgerError,
    NotALedger,
)
from ledger.sqlite.lock_holders import writers

# The low byte of SQLite's result codes is the kind (https://www.sqlite.org/rescode.html).
_KIND = 0xFF


class Explained:
    """Raises what goes wrong in its block with the ledger at ``path`` as a ``LedgerError``: what
    was expected, what was seen and what to do. ``patience`` is how long a lock is waited for, in
    seconds. (A class, since it stands around all that is done, several times a decision.)"""

    __slots__ = ("_path", "_patience")

    def __init__(self, path: Path, patience: float) -> None:
        self._path, self._patience = path, patience

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None and (told := _told(self._path, self._patience, error)) is not None:
            raise told from error


def _told(path: Path, patience: float, error: BaseException) -> LedgerError | None:
    match error:
        case ConnectionPoolClosedError():
            return Closed("an open ledger", f"that {path} was closed before", "open it again")
        case ConnectionUnavailableError():
            return Busy(
                f"one of this process's connections to {path} to be free within {patience:g} s",
                "that all are in use",
                "read with fewer threads at once",
            )
        case sqlite3.Error():
            return _explain(path, patience, error)
        case PersistenceError() if isinstance(error.__cause__, sqlite3.Error):
            return _explain(path, patience, error.__cause__)
        case UnicodeDecodeError():
            # SQLite's message quotes what it can't read, and that is no text.
            return _damaged(path)
        case _:
            return None


def _explain(path: Path, patience: float, error: sqlite3.Error) -> LedgerError:
    # Errors of the sqlite3 module itself have no code.
    match getattr(error, "sqlite_errorcode", 0) & _KIND:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return _busy(path, patience)
        case sqlite3.SQLITE_NOTADB:
            return NotALedger(
                "a ledger, which is a SQLite database",
                f"that {path} is something else",
                "it was left as it is: name another file, or move this one away",
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_CANTOPEN:
            # Readers come here too, if no writer has the ledger open: see file.address_to_read.
            return CannotWrite(
                f"to open {path} and the two files that SQLite keeps beside it",
                "that this user may not, or the disk may only be read",
                "nothing was written: allow writing to the file and its folder; to read, copying"
                " the folder to where you may write will do",
            )
        case sqlite3.SQLITE_FULL:
            return CannotWrite(
                f"room for more facts in {path}",
                "that the disk is full",
                "none of these facts was written: free some space on that disk, then try again",
            )
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_ERROR | sqlite3.SQLITE_CONSTRAINT:
            # Of constraints: an id is in the table that no fact has.
            return _damaged(path)
        case 0 if str(error).startswith("Could not decode"):
            # A text that is none; the message quotes it.
            return _damaged(path)
        case _:
            return LedgerError(
                f"SQLite to work on {path}",
                str(error),
                "if it happens again, check the disk, then the ledger",
            )


def _busy(path: Path, patience: float) -> Busy:
    holders = ", ".join(writers(path)) or "another process, unknown which"
    return Busy(
        f"to get the write lock of {path} within {patience:g} s",
        f"that it is held by {holders}",
        "nothing was written: let that process finish, or end it, then try again",
    )


def _damaged(path: Path) -> Damaged:
    return Damaged(
        f"all of {path} as it was written",
        "parts that can't be read, or do not agree",
        "keep that file; put the last sound copy in its place and emit again what came"
        " after it: what is there already counts as a duplicate",
    )
