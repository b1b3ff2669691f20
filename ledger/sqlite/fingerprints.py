"""What is stored at some positions of a ledger, as one number each: by it a damaged fact is known
again, and known from another that was put in its place."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

from ledger.digest import START, extend
from ledger.sqlite.file import address_to_read

#: For what can't be read, or is not there.
NONE = START

_STORED = (
    "SELECT o.type, CASE WHEN o.mark IS NULL THEN o.source ELSE o.source || o.mark END, f.*"
    " FROM fact AS f LEFT JOIN origin AS o ON o.number = f.origin WHERE f.position = ?"
)


def fingerprints(path: Path, positions: Collection[int]) -> dict[int, int]:
    """The number of what is stored at each position: of the fact with its type, its source, its
    importer's mark and its digest, sound or not."""
    try:
        with closing(sqlite3.connect(address_to_read(path), uri=True)) as connection:
            connection.text_factory = bytes  # what was damaged may be no text
            return {position: _fingerprint(connection, position) for position in positions}
    except sqlite3.Error:
        return dict.fromkeys(positions, NONE)


def _fingerprint(connection: sqlite3.Connection, position: int) -> int:
    try:
        row = connection.execute(_STORED, (position,)).fetchone()
    except sqlite3.Error:
        return NONE
    return NONE if row is None else extend(START, repr(row).encode())
