"""DuckDB's errors about a file of views, in words of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import _duckdb as duckdb

from projections.errors import CannotWrite, Damaged

#: DuckDB's messages for a file that another process has open, for a disk that is full, and for a
#: file that is not as it was left.
HELD = "Could not set lock"
FULL = ("No space left on device", "Disk quota exceeded", "File too large")
DAMAGED = ("Corrupt", "Could not read enough bytes", "not a valid DuckDB database")


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Raise what goes wrong in the block as an error of ours, where it is the file of views at
    ``path`` or its disk."""
    try:
        yield
    except duckdb.Error as error:
        if any(word in str(error) for word in FULL):
            raise CannotWrite(
                f"room on the disk of {path.parent} for the views",
                "none left",
                "the views are as they were, and the ledger has every fact: free some space, then"
                " ask again",
            ) from error
        if any(word in str(error) for word in DAMAGED):
            raise Damaged(
                f"{path} to be as it was left",
                "parts that are not",
                "the views can be thrown away: {rebuild} makes them anew",
            ) from error
        raise
