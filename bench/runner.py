"""The plain way to fill a table: eventsourcing's own projection runner, as its documentation tells.

A ``Projection`` is run by ``ProjectionRunner``; its view is an ``SQLiteTrackingRecorder``, which
writes the row and the tracking of an event in one transaction. SQLite's application recorder does
not support subscriptions (``subscribe`` raises ``NotImplementedError``), so the events come from
the recorder in memory (``eventsourcing.popo``), which is also the quickest. Only the types that
bear on the table are subscribed to, and every fact of the ledger counts as done.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import (
    ApplicationRecorder,
    JSONTranscoder,
    Mapper,
    StoredEvent,
    Tracking,
)
from eventsourcing.popo import POPOApplicationRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from eventsourcing.sqlite import SQLiteTrackingRecorder

from bench.commitments import COLUMNS, Cell, digest
from bench.known import Known
from bench.material import sealed
from bench.measured import Measured, Watch
from bench.plain import stored
from domain.events import BODIES
from domain.facts import Fact
from domain.instants import EPOCH
from schemas import catalogue, codec

IN_MEMORY = "file:bench?mode=memory&cache=shared"
_OTHERS = (
    "calendar.published",
    "fact.retracted",
    "identity.linked",
    "identity.unlinked",
    "policy.published",
)
#: The types that bear on a commitment's row.
TOPICS = tuple(
    type
    for type in catalogue.TYPES
    if type in _OTHERS or any(field.name == "commitment_id" for field in catalogue.fields(type))
)


class FactMapper(Mapper[UUID]):
    """Makes facts of stored events, which hold the envelope and the wire bytes."""

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """The fact of an event, its body a model of ``domain.events``."""
        envelope, _, wire = stored_event.state.partition(b"\n")
        source, subject, micros, *further = json.loads(envelope)
        type, body = codec.decode(wire)
        time = EPOCH + timedelta(microseconds=micros)
        model = BODIES[type].model_validate(body)
        id = UUID(str(stored_event.originator_id))
        attributes = further[0] if further else {}
        return Fact(
            id, type, source, subject, time, model, position=1, recorded_at=time, **attributes
        )


class Facts(Application[UUID]):
    """The application whose events are projected: its recorder holds them all from the start."""

    filled: ClassVar[ApplicationRecorder]

    def construct_mapper(self) -> Mapper[UUID]:
        """The mapper of facts."""
        return FactMapper(JSONTranscoder())

    def construct_recorder(self) -> ApplicationRecorder:
        """The recorder with the facts."""
        return self.filled


class CommitmentTable(SQLiteTrackingRecorder):
    """The view: a table of commitments beside eventsourcing's own table of tracking."""

    upsert = f"INSERT OR REPLACE INTO commitment VALUES ({', '.join('?' * len(COLUMNS))})"

    def construct_create_table_statements(self) -> list[str]:
        """The tables of the view."""
        columns = ", ".join(COLUMNS)
        return [
            *super().construct_create_table_statements(),
            f"CREATE TABLE commitment ({columns}, PRIMARY KEY (commitment_id)) WITHOUT ROWID",
        ]

    def write(
        self, rows: Sequence[Sequence[Cell]], gone: Sequence[str], tracking: Tracking
    ) -> None:
        """Put rows in the place of those of the same commitments, and take away others."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            for row in rows:
                cursor.execute(self.upsert, row)
            for name in gone:
                cursor.execute("DELETE FROM commitment WHERE commitment_id = ?", (name,))

    def digest(self) -> str:
        """A digest of the table."""
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(f"SELECT {', '.join(COLUMNS)} FROM commitment")
            return digest(tuple(row) for row in cursor.fetchall())


class Commitments(Projection[CommitmentTable]):
    """Folds the commitment that a fact is about, by the same rules as our views, and writes it."""

    name = "commitments"
    topics = TOPICS
    last: ClassVar[int]
    finished: ClassVar[threading.Event]

    def __init__(self, view: CommitmentTable) -> None:
        super().__init__(view)
        self._known = Known()

    def process_event(self, domain_event: Fact, tracking: Tracking) -> None:
        """One event: one transaction."""
        rows, gone = [], []
        for name in self._known.take(domain_event):
            row = self._known.row(name)
            if row is None:
                gone.append(name)
            else:
                rows.append([row[column] for column in COLUMNS])
        self.view.write(rows, gone, tracking)
        if tracking.notification_id == self.last:
            self.finished.set()


def in_file(folder: Path) -> Measured:
    """The table in a file."""
    with TemporaryDirectory(dir=folder) as place:
        return _projected(folder, str(Path(place) / "commitments.sqlite"))


def in_memory(folder: Path) -> Measured:
    """The table in SQLite's memory, which nothing survives: no disk is waited for."""
    return _projected(folder, IN_MEMORY)


def _projected(folder: Path, database: str) -> Measured:
    facts = sealed(folder)
    Facts.filled = POPOApplicationRecorder()
    Facts.filled.insert_events([stored(fact) for fact in facts])
    Commitments.last = max(at for at, fact in enumerate(facts, 1) if fact.type in TOPICS)
    Commitments.finished = threading.Event()
    environment = {
        "COMMITMENTS_PERSISTENCE_MODULE": "eventsourcing.sqlite",
        "COMMITMENTS_SQLITE_DBNAME": database,
    }
    watch = Watch()
    with ExitStack() as stack:
        with watch.lap():
            runner = stack.enter_context(
                ProjectionRunner(
                    application_class=Facts,
                    projection_class=Commitments,
                    view_class=CommitmentTable,
                    env=environment,
                )
            )
            # An error in the runner's thread is raised when the block is left.
            while not (Commitments.finished.wait(1.0) or runner.is_interrupted.is_set()):
                pass
        measured = watch.measured(len(facts))
        return replace(measured, digest=runner.view.digest())
