"""A server home for a test: what is sent to its topic, what its views must be, what they are."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from confluent_kafka import Producer
from psycopg.rows import dict_row

from consumers.catch_up import run_until
from consumers.embedded_projector import catalogue_of_types
from consumers.runtime import Runtime
from domain.events import BODIES
from domain.facts import NO_EXTENSIONS, Fact
from domain.positions import Vector
from ledger.kafka.digest import digest_of, together
from ledger.kafka.ledger import KafkaLedger
from ledger.kafka.settings import KafkaSettings
from ledger.port import RecordedEvent
from projections.postgres import checkpoints, control_schema
from projections.postgres.connection import connected
from projections.postgres.store import PostgresStore
from projections.stored_facts import instant
from schemas import codec
from tests.chaos.facts import Parcel
from tests.chaos.oracle import facts_in, plain
from tests.consumers.processes import finished, start
from tests.helpers import PATIENCE
from tests.projections.rows import rows_of
from tests.servers.set_aside import quarantine_of_live

UNSTOPPED = Runtime(
    lambda: datetime.now(UTC), time.monotonic, random.Random(1).random, lambda seconds: False
)


class Home:
    """A topic and a database."""

    def __init__(self, broker: str, topic: str, dsn: str) -> None:
        self.kafka = KafkaSettings(broker, topic)
        self.dsn = dsn
        self.views = PostgresStore(dsn, catalogue_of_types())
        self.schema = self.views.schema

    def send(self, parcels: Sequence[Parcel], *, together: bool = False) -> None:
        """Send messages in their order; ``together`` as one transaction, which leaves markers."""
        named = {"bootstrap.servers": self.kafka.bootstrap_servers, "log_level": 0}
        more: dict[str, Any] = {"enable.idempotence": True, "partitioner": "murmur2_random"}
        if together:
            more["transactional.id"] = f"{self.kafka.topic}-together"
        producer = Producer({**named, **more})
        if together:
            producer.init_transactions(PATIENCE)
            producer.begin_transaction()
        for key, value, headers in parcels:
            producer.produce(self.kafka.topic, value, key, headers=headers)
            producer.poll(0)
        assert producer.flush(60) == 0
        if together:
            producer.commit_transaction(PATIENCE)

    def head(self) -> Vector:
        """How far the topic goes."""
        with KafkaLedger(self.kafka) as ledger:
            return ledger.head()

    def keep_up(self, upto: Vector | None = None) -> None:
        """Fold as a worker does, up to the head or to a vector."""
        run_until(self.kafka, self.views, self.head() if upto is None else upto, UNSTOPPED)

    def sent(self) -> tuple[list[RecordedEvent], set[tuple[int, int]]]:
        """The facts on the topic, each id once, and the places of messages that are none."""
        with KafkaLedger(self.kafka) as ledger:
            return facts_in([one for some in ledger.messages() for one in some])

    @contextmanager
    def looking(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """A connection whose tables are those of the live generation, or of the control schema."""
        with connected(self.dsn, "reader") as connection:
            live = control_schema.live(connection, self.schema)
            assert live is not None
            place = control_schema.schema_of(self.schema, live.id)
            connection.execute(f"SET search_path = {place}, {self.schema}".encode())
            yield connection

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table of the live generation."""
        with self.looking() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(f"SELECT * FROM {table}".encode()).fetchall()

    def reach(self) -> Vector:
        """How far the live generation stands."""
        with self.looking() as connection:
            rows = checkpoints.progress(connection)
        return Vector({partition: one.next_offset for partition, one in rows.items()})

    def quarantined(self) -> set[tuple[int, int]]:
        """The places of what waits in quarantine."""
        with connected(self.dsn, "control") as connection:
            found = quarantine_of_live(connection, self.schema).listed(limit=10_000)
        return {(one.partition, one.offset) for one in found}

    def generations(self) -> list[control_schema.Generation]:
        """All that there are."""
        return self.views.generations()

    def schemas(self) -> set[str]:
        """The schemas of generations that the database has."""
        with psycopg.connect(self.dsn) as connection:
            found = connection.execute("SELECT nspname FROM pg_namespace").fetchall()
        return {name for (name,) in found if name.startswith(f"{self.schema}_g")}

    def expect_whole(
        self, *, without: Callable[[RecordedEvent], bool] = lambda fact: False
    ) -> None:
        """The live views stand for the whole topic, and hold what the folds of ``domain/`` say of
        its facts; the facts' tables hold those facts. ``without`` says which are left out. Their
        books have the digests of all that lies there."""
        found, _ = self.sent()
        facts = [fact_of(one) for one in found if not without(one)]
        assert self.reach() == self.head()
        self.expect_digests()
        assert {row["position"] for row in self.rows("fact")} == {one.position for one in facts}
        for view, rows in rows_of(facts).items():
            assert plain(self.rows(view)) == plain(rows), view

    def expect_digests(self) -> None:
        """The books of the live views have the digest of what lies in each partition."""
        with KafkaLedger(self.kafka) as ledger:
            messages = [one for some in ledger.messages() for one in some]
            there = dict.fromkeys(range(ledger.partitions()), 0)
        for one in messages:
            there[one.partition] = together((there[one.partition], digest_of(one)))
        with self.looking() as connection:
            known = checkpoints.digests(connection)
        assert {partition: known.get(partition, (0, 0))[1] for partition in there} == there


def fact_of(one: RecordedEvent) -> Fact:
    """A kept fact as the folds take it."""
    _, body = codec.decode(one.body)
    return Fact(
        id=UUID(one.id),
        type=one.type,
        source=one.source,
        subject=one.subject,
        time=instant(one.time),
        body=BODIES[one.type].model_validate(body),
        position=one.position,
        recorded_at=instant(one.recorded_at),
        correlationid=one.correlationid,
        causationid=one.causationid,
        sequence=one.sequence,
        extensions=one.extensions or NO_EXTENSIONS,
    )


def die(home: Home, folder: Path, what: str, when: str, times: str) -> None:
    """A rebuild that is killed there."""
    kafka = home.kafka
    arguments = (kafka.bootstrap_servers, kafka.topic, home.dsn, str(folder), what, when, times)
    child = start("tests.consumers.server_rebuild.crash", *arguments)
    code, _, errors = finished(child, 120)
    assert code == -signal.SIGKILL, errors
