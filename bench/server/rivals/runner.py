"""eventsourcing's projection runner on PostgreSQL: a projection whose view is a
``PostgresTrackingRecorder``, one transaction an event, with the durability that PostgreSQL has by
default.

It reads no Kafka: its events come from its own recorder's table in the same database, which is
filled from the topic before the clock starts. It subscribes only to the types that bear on the
table, and its rows are changed by one statement each, with no state beside them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar, cast
from uuid import UUID

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition
from eventsourcing.application import Application
from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent, Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL
from psycopg2.extensions import parse_dsn

from bench.measured import Measured, peak_kib
from bench.server.material import filled
from bench.server.place import fresh_database, fresh_name
from bench.server.rivals.store import CREATE, digest
from bench.server.rivals.table import STATES, Row, Said, said, step

BATCH = 10_000


class FactMapper(Mapper[UUID]):
    """Makes facts of stored events, which hold the time and the wire bytes."""

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """The type, time and body of an event."""
        time, _, wire = stored_event.state.partition(b"\n")
        return said([("ce_time", time)], wire)


class Facts(Application[UUID]):
    """The application whose events are projected."""

    def construct_mapper(self) -> Mapper[UUID]:
        """The mapper of facts."""
        return FactMapper(JSONTranscoder())


class Table(PostgresTrackingRecorder):
    """The view: the table beside eventsourcing's own table of tracking."""

    def __init__(self, datastore: Any, **options: Any) -> None:
        super().__init__(datastore, **options)
        self.sql_create_statements.append(SQL(CREATE).format())

    def take(self, fact: Said, tracking: Tracking) -> None:
        """Change the fact's row."""
        name = fact[2]["commitment_id"]
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(_SELECT, (name,))
            row = step(cast("Row | None", cursor.fetchone()), fact)
            cursor.execute(_UPSERT, tuple(row.values()))


_SELECT = (
    "SELECT commitment_id, state, due_at, honoured_at FROM commitment WHERE commitment_id = %s"
)
_UPSERT = (
    "INSERT INTO commitment VALUES (%s, %s, %s, %s) ON CONFLICT (commitment_id) DO UPDATE"
    " SET state = EXCLUDED.state, due_at = EXCLUDED.due_at, honoured_at = EXCLUDED.honoured_at"
)


class Commitments(Projection[Table]):
    """Writes what each fact says."""

    name = "commitments"
    topics = tuple(STATES)
    last: ClassVar[int]
    finished: ClassVar[threading.Event]

    def process_event(self, domain_event: Said, tracking: Tracking) -> None:
        """One event: one transaction."""
        self.view.take(domain_event, tracking)
        if tracking.notification_id == self.last:
            self.finished.set()


def project(folder: Path, broker: str, postgres: str) -> Measured:
    """From the start of the runner until all facts are done: those that bear on the table have
    their transaction, the others are passed over."""
    topic = filled(folder)
    with fresh_database(postgres) as dsn:
        place = parse_dsn(dsn)
        environment = {f"POSTGRES_{name.upper()}": str(value) for name, value in place.items()}
        environment["PERSISTENCE_MODULE"] = "eventsourcing.postgres"
        Commitments.last = _fill(environment, broker, topic.topic)
        Commitments.finished = threading.Event()
        with ExitStack() as stack:
            start = time.perf_counter()
            runner = stack.enter_context(
                ProjectionRunner(
                    application_class=Facts,
                    projection_class=Commitments,
                    view_class=Table,
                    env=environment,
                )
            )
            # An error in the runner's thread is raised when the block is left.
            while not (Commitments.finished.wait(1.0) or runner.is_interrupted.is_set()):
                pass
            seconds = time.perf_counter() - start
        return Measured([seconds], topic.facts, peak_kib(), digest(dsn))


def _fill(environment: dict[str, str], broker: str, topic: str) -> int:
    """Put the facts of a topic into the recorder; the number of the last that bears."""
    last, events = 0, []
    application = Facts(env=environment)
    for number, event in enumerate(_events(broker, topic), 1):
        events.append(event)
        if event.topic in STATES:
            last = number
        if len(events) == BATCH:
            application.recorder.insert_events(events)
            events.clear()
    application.recorder.insert_events(events)
    application.close()
    return last


def _events(broker: str, topic: str) -> Iterator[StoredEvent]:
    """The facts of a topic as eventsourcing stores events, a partition after the other."""
    consumer = Consumer(
        {"bootstrap.servers": broker, "group.id": fresh_name(), "enable.partition.eof": True}
    )
    partitions = consumer.list_topics(topic, timeout=30).topics[topic].partitions
    for partition in partitions:
        consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING)])
        while True:
            message = consumer.poll(30)
            if message is None:
                raise TimeoutError(f"expected messages from {topic}, saw none for 30 s")
            problem = message.error()
            if problem is not None and problem.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its public name
                break
            headers = dict(message.headers() or [])
            state = (headers["ce_time"] or b"") + b"\n" + (message.value() or b"")
            yield StoredEvent(
                UUID(headers["ce_id"].decode()), 1, headers["ce_type"].decode(), state
            )
    consumer.close()
