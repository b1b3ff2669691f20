"""The table of facts, as eventsourcing's SQLite recorder knows it.

Each fact is one stored event: ``originator_id`` is the fact's id, ``originator_version`` is 1,
``topic`` its type and ``state`` its wire bytes; the rest of the envelope lies in further columns.
So eventsourcing's own readers (notifications, ``select_events``) see every fact, and what it does
not know about costs no second row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from eventsourcing.persistence import ProgrammingError, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor, SQLiteDatastore

from ledger.extensions import extensions_to_text
from ledger.port import EventData

#: "Pldg": marks a ledger among SQLite files. VERSION is that of the table.
APPLICATION_ID = 0x506C6467
VERSION = 1

# rowid by name: SQLite renumbers unnamed rowids on VACUUM, and they are positions. state comes
# last: what it spills to further pages is then not read to see the rest.
_COLUMNS = """
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
"""


#: What is read of a fact, in the order of ``ledger.port.RecordedEvent``.
STORED = (
    "rowid, recorded_at, originator_id, topic, source, subject, time, state,"
    " correlationid, causationid, sequence, extensions"
)


class FactRecorder(SQLiteApplicationRecorder):
    """Keeps facts with their envelopes. ``clock`` gives the time in UTC microseconds."""

    def __init__(self, datastore: SQLiteDatastore, clock: Callable[[], int]) -> None:
        super().__init__(datastore)
        self._clock = clock

    def construct_create_table_statements(self) -> list[str]:
        """The statements that make an empty ledger, all run in one transaction."""
        table = self.events_table_name
        return [
            f"CREATE TABLE IF NOT EXISTS {table} ({_COLUMNS})",
            *(
                f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'a ledger is only appended to'); END"
                for verb in ("update", "delete")
            ),
            f"PRAGMA application_id = {APPLICATION_ID}",
            f"PRAGMA user_version = {VERSION}",
        ]

    def insert_facts(self, c: SQLiteCursor, facts: Sequence[EventData]) -> Sequence[int]:
        """Append facts, none of whose ids is known, within a transaction that holds the write
        lock; return their positions.

        One ``executemany``: eventsourcing's own loop makes a call for each event.
        """
        head, last = self.tip(c)
        recorded_at = max(self._clock(), last)
        c.executemany(
            f"INSERT INTO {self.events_table_name} VALUES (?,?,1,?,?,?,?,?,?,?,?,?,?)",
            (
                (
                    position,
                    id,
                    type,
                    source,
                    subject,
                    time,
                    recorded_at,
                    correlationid,
                    causationid,
                    sequence,
                    extensions_to_text(extensions) if extensions else None,
                    body,
                )
                for position, (
                    id,
                    type,
                    source,
                    subject,
                    time,
                    body,
                    correlationid,
                    causationid,
                    sequence,
                    extensions,
                ) in enumerate(facts, head + 1)
            ),
        )
        return range(head + 1, head + 1 + len(facts))

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int]:
        """eventsourcing's way in: ``envelopes``, the whole fact of each event, brings what an
        event does not know. (``insert_facts`` does without events: to make one for each fact
        takes a tenth of the time of an append.)"""
        facts: Sequence[EventData] = kwargs.get("envelopes", ())
        if [stored_event(fact) for fact in facts] != list(stored_events):
            raise ProgrammingError(
                "expected envelopes=…, the fact of each event; seen others or none: "
                "append facts through SQLiteLedger.append"
            )
        return self.insert_facts(c, facts)

    def tip(self, c: SQLiteCursor) -> tuple[int, int]:
        """The last position and when it was recorded; zeros for an empty ledger."""
        c.execute(
            f"SELECT rowid, recorded_at FROM {self.events_table_name} ORDER BY rowid DESC LIMIT 1"
        )
        position, recorded_at = c.fetchone() or (0, 0)
        return position, recorded_at


def stored_event(fact: EventData) -> StoredEvent:
    """A fact in eventsourcing's words."""
    return StoredEvent(fact.id, 1, fact.type, fact.body)
