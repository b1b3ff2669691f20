"""Ids that are there more than once, in ledgers larger than memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import groupby
from operator import itemgetter

# A database without a name lies in memory, and on the disk what does not fit into its cache. It is
# gone when it is closed.
_SOMEWHERE = ""
_REPEATED = """
SELECT s.id, s.position FROM seen AS s
WHERE s.id IN (SELECT id FROM seen GROUP BY id HAVING count(*) > 1)
ORDER BY s.id, s.position
"""


class SeenIds:
    """Takes ids with their positions, and says which came more than once."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("CREATE TABLE seen (id BLOB, position INTEGER)")

    def add(self, ids: Sequence[bytes], positions: Sequence[int]) -> None:
        """Take ids in, whatever their bytes."""
        rows = zip(ids, positions, strict=True)
        self._connection.executemany("INSERT INTO seen VALUES (?, ?)", rows)

    def repeated(self) -> Iterator[list[int]]:
        """For each id that came more than once, its positions, from the lowest on."""
        rows = self._connection.execute(_REPEATED)
        for _, some in groupby(rows, key=itemgetter(0)):
            yield [position for _, position in some]


@contextmanager
def seen_ids() -> Iterator[SeenIds]:
    """No ids, to begin with."""
    with closing(sqlite3.connect(_SOMEWHERE, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        yield SeenIds(connection)
