"""Which ids are known, in a file of its own: a set in memory would grow with the ledger. For
callers that append to a ledger that does not look ids up."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import UUID

from ledger.port import RecordedEvent

#: What the file keeps in memory, in KiB.
CACHE = 64 * 1024

# Nothing of it outlives the command, so nothing need be safe on the disk.
_MAKE = (
    "PRAGMA journal_mode = OFF",
    "PRAGMA synchronous = OFF",
    f"PRAGMA cache_size = -{CACHE}",
    "CREATE TABLE known (id BLOB PRIMARY KEY) WITHOUT ROWID",
    "CREATE TEMP TABLE incoming (id BLOB PRIMARY KEY) WITHOUT ROWID",
)
_NEW = """
SELECT i.id FROM incoming AS i
WHERE NOT EXISTS (SELECT 1 FROM known AS k WHERE k.id = i.id)
"""


class Known:
    """Ids that were seen: ``fresh`` returns those facts of a batch that were not, each id once."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        for statement in _MAKE:
            connection.execute(statement)

    def meet_all(self, batches: Iterable[Sequence[RecordedEvent]]) -> None:
        """Take the ids of all facts for known."""
        for batch in batches:
            self._meet(batch)

    def fresh(self, batch: Sequence[RecordedEvent]) -> list[RecordedEvent]:
        """The facts whose ids were not known, in their order; they are from now on."""
        new = self._meet(batch)
        first = []
        for fact in batch:
            if (key := UUID(fact.id).bytes) in new:
                new.remove(key)
                first.append(fact)
        return first

    def _meet(self, batch: Sequence[RecordedEvent]) -> set[bytes]:
        run = self._connection
        ids = [(UUID(fact.id).bytes,) for fact in batch]
        run.executemany("INSERT OR IGNORE INTO incoming VALUES (?)", ids)
        new = {key for (key,) in run.execute(_NEW)}
        run.execute("INSERT OR IGNORE INTO known SELECT id FROM incoming ORDER BY id")
        run.execute("DELETE FROM incoming")
        run.commit()
        return new


@contextmanager
def known_ids(folder: Path) -> Iterator[Known]:
    """No ids, to begin with. They lie in a new file in a folder, some 25 bytes each."""
    with closing(sqlite3.connect(folder / "ids")) as connection:
        yield Known(connection)
