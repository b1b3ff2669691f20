"""The plain way to append: eventsourcing's own SQLite recorder, as its documentation tells.

``SQLiteApplicationRecorder.insert_events`` takes a batch in one transaction. Durability is equal:
a write-ahead log with ``synchronous = FULL`` on both sides, which is checked. A stored event is a
whole fact: the envelope, with what further attributes the fact has, goes in front of the body.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from bench.measured import Watch
from ledger.port import EventData

#: What ``PRAGMA synchronous`` answers for FULL.
FULL = 2
#: The attributes that a fact need not have.
FURTHER = EventData._fields[6:]


def stored(fact: EventData) -> StoredEvent:
    """A fact as eventsourcing's recorders take it."""
    more = {name: value for name, value in zip(FURTHER, fact[6:], strict=True) if value}
    parts = [fact.source, fact.subject, fact.time, *([more] if more else [])]
    envelope = json.dumps(parts, ensure_ascii=False)
    return StoredEvent(fact.id, 1, fact.type, envelope.encode() + b"\n" + fact.body)


def appended(path: Path, batches: Sequence[Sequence[StoredEvent]], watch: Watch) -> None:
    """Append the batches to a new file, and close it."""
    recorder = recorder_in(path)
    with watch.lap():
        for each in batches:
            recorder.insert_events(each)
        recorder.datastore.close()


def recorder_in(path: Path) -> SQLiteApplicationRecorder:
    """The recorder of a new file. Raises ``RuntimeError`` unless a commit waits for the disk."""
    datastore = SQLiteDatastore(str(path), originator_id_type="text")
    recorder = SQLiteApplicationRecorder(datastore)
    recorder.create_table()
    with datastore.transaction(commit=False) as cursor:
        cursor.execute("PRAGMA synchronous")
        (durability,) = cursor.fetchone()
    if durability != FULL:
        raise RuntimeError(f"expected synchronous = {FULL} (FULL), saw {durability}")
    return recorder
