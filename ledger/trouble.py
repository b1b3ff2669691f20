"""SQLite's errors in the ledger's words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
from ledger.holders import writers

# The low byte of SQLite's result codes is the kind (https://www.sqlite.org/rescode.html).
_KIND = 0xFF


@contextmanager
def explained(path: Path, patience: float) -> Iterator[None]:
    """Raise what goes wrong with the ledger at ``path`` as a ``LedgerError`` that says what was
    expected, what was seen and what to do. ``patience`` is how long a lock is waited for, in
    seconds."""
    try:
        yield
    except ConnectionPoolClosedError as error:
        raise Closed(
            f"expected an open ledger; seen: {path} was closed before. Open it again."
        ) from error
    except ConnectionUnavailableError as error:
        raise Busy(
            f"expected one of this process's connections to {path} to be free within "
            f"{patience:g} s; seen: all are in use. Read with fewer threads at once."
        ) from error
    except sqlite3.Error as error:
        raise _explain(path, patience, error) from error
    except PersistenceError as error:
        if not isinstance(error.__cause__, sqlite3.Error):
            raise
        raise _explain(path, patience, error.__cause__) from error


def _explain(path: Path, patience: float, error: sqlite3.Error) -> LedgerError:
    # Errors of the sqlite3 module itself have no code.
    match getattr(error, "sqlite_errorcode", 0) & _KIND:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            holders = ", ".join(writers(path)) or "another process, unknown which"
            return Busy(
                f"expected to get the write lock of {path} within {patience:g} s; seen: it is "
                f"held by {holders}. Nothing was written. Let that process finish, or end it, "
                "then try again."
            )
        case sqlite3.SQLITE_NOTADB:
            return NotALedger(
                f"expected a ledger, which is a SQLite database; seen: {path} is something else. "
                "It was left as it is. Name another file, or move this one away."
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_CANTOPEN:
            # Readers come here too, if no writer has the ledger open: see file.address_to_read.
            return CannotWrite(
                f"expected to open {path} and the two files that SQLite keeps beside it; seen: "
                f"{error}. Nothing was written. Allow writing to the file and its folder; to "
                "read, copying the folder to where you may write will do."
            )
        case sqlite3.SQLITE_FULL:
            return CannotWrite(
                f"expected room for more facts in {path}; seen: {error}. Nothing was written. "
                "Free some space on that disk, then try again."
            )
        case sqlite3.SQLITE_CORRUPT:
            return Damaged(
                f"expected a sound ledger; seen: {path}: {error}. Take the last sound copy and "
                "emit again what came after it: what is there already counts as a duplicate."
            )
        case _:
            return LedgerError(
                f"expected SQLite to work on {path}; seen: {error}. If it happens again, check "
                "the disk, then the ledger."
            )
