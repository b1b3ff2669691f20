"""Appending to a file, in equal batches that are each durable before the next one starts; Python's
collector set as a process that emits has it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from bench.material import sealed
from bench.measured import Measured, Watch, now
from bench.plain import appended, stored
from entrypoints.collector import collecting_rarely
from ledger.sqlite.ledger import SQLiteLedger


def pledger(folder: Path, batch: int, limit: int | None = None) -> Measured:
    """Our ledger, with the first ``limit`` facts. Closing is part of it: what lies in the log moves
    to the file then."""
    facts = sealed(folder, limit)
    batches = [facts[start : start + batch] for start in range(0, len(facts), batch)]
    watch = Watch()
    with TemporaryDirectory(dir=folder) as place:
        ledger = SQLiteLedger(Path(place) / "ledger.sqlite", now)
        with collecting_rarely(), watch.lap():
            for each in batches:
                ledger.append(each)
            ledger.close()
    return watch.measured(len(facts))


def eventsourcing(folder: Path, batch: int, limit: int | None = None) -> Measured:
    """eventsourcing's own recorder, with the same facts as its stored events."""
    events = [stored(fact) for fact in sealed(folder, limit)]
    batches = [events[start : start + batch] for start in range(0, len(events), batch)]
    watch = Watch()
    with TemporaryDirectory(dir=folder) as place, collecting_rarely():
        appended(Path(place) / "events.sqlite", batches, watch)
    return watch.measured(len(events))
