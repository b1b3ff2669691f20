"""Ledgers of version 1, as the program of that version wrote them, and a process that brings one to
this version until it is done or killed:

    python -m tests.ledger.version_1 PATH BATCH
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from ledger.extensions import extensions_to_text
from ledger.port import RecordedEvent
from ledger.sqlite import migration
from ledger.sqlite.recorder import APPLICATION_ID

_MADE = f"""
PRAGMA page_size = 8192;
PRAGMA journal_mode = WAL;
CREATE TABLE stored_events (
    rowid INTEGER PRIMARY KEY,
    originator_id TEXT NOT NULL,
    originator_version INTEGER NOT NULL,
    topic TEXT NOT NULL,
    source TEXT NOT NULL,
    subject TEXT NOT NULL,
    time INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    correlationid TEXT,
    causationid TEXT,
    sequence TEXT,
    extensions TEXT,
    state BLOB NOT NULL,
    UNIQUE (originator_id)
);
CREATE TRIGGER stored_events_no_update BEFORE UPDATE ON stored_events
BEGIN SELECT RAISE(ABORT, 'a ledger is only appended to'); END;
CREATE TRIGGER stored_events_no_delete BEFORE DELETE ON stored_events
BEGIN SELECT RAISE(ABORT, 'a ledger is only appended to'); END;
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = 1;
"""


def write_version_1(path: Path, facts: Sequence[RecordedEvent]) -> None:
    """Make a ledger of version 1, or add to one."""
    with closing(sqlite3.connect(path)) as database:
        if not path.stat().st_size:
            database.executescript(_MADE)
        database.executemany(
            "INSERT INTO stored_events VALUES (?,?,1,?,?,?,?,?,?,?,?,?,?)",
            [
                (
                    *(fact.position, fact.id, fact.type, fact.source, fact.subject, fact.time),
                    *(fact.recorded_at, fact.correlationid, fact.causationid, fact.sequence),
                    extensions_to_text(fact.extensions) if fact.extensions else None,
                    fact.body,
                )
                for fact in facts
            ],
        )
        database.commit()


def main(path: str, batch: str) -> None:
    migration.BATCH = int(batch)

    def tell(done: int, total: int) -> None:
        sys.stdout.write(f"{done}/{total}\n")
        sys.stdout.flush()

    migration.migrate(Path(path), tell)
    sys.stdout.write("done\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
