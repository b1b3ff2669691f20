"""A server home for a test: what is emitted to its topic, and what is read of its views."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from confluent_kafka import Producer
from psycopg.rows import dict_row

from consumers.catch_up import run_until
from consumers.embedded_projector import catalogue_of_types
from domain.events import BODIES
from domain.facts import Fact
from domain.positions import Vector
from ledger.kafka.ledger import KafkaLedger
from ledger.kafka.message import message_of
from ledger.kafka.settings import KafkaSettings
from ledger.port import RecordedEvent
from projections.postgres.store import PostgresStore
from projections.stored_facts import instant
from schemas.codec import decode
from tests.helpers import PATIENCE, wait_until
from tests.homes import RUNTIME, server_home
from tests.projections.comparison import plain
from tests.projections.rows import rows_of
from tests.projections.stores import sealed

Row = dict[str, Any]


#: As a worker that nobody stops has them.
UNSTOPPED = RUNTIME


class Place:
    """One server home, without its folder."""

    def __init__(self, broker: str, topic: str, dsn: str) -> None:
        self.kafka = KafkaSettings(broker, topic)
        self.dsn = dsn
        self.home = PostgresStore(dsn, catalogue_of_types())

    def views(self) -> PostgresStore:
        """Another handle on the views, as another process has."""
        return PostgresStore(self.dsn, catalogue_of_types())

    @contextmanager
    def ledger(self) -> Iterator[KafkaLedger]:
        ledger = KafkaLedger(self.kafka)
        try:
            yield ledger
        finally:
            ledger.close()

    def emit(self, facts: Sequence[Fact], *, at_once: bool = False) -> None:
        with self.ledger() as ledger:
            ledger.append([sealed(fact) for fact in facts], all_or_nothing=at_once)

    def send(
        self,
        value: bytes | None,
        *,
        key: bytes | None = b"customer:1",
        headers: Mapping[str, bytes] | None = None,
        partition: int = 0,
    ) -> None:
        """Bytes, whatever they are."""
        producer = Producer({"bootstrap.servers": self.kafka.bootstrap_servers, "log_level": 0})
        some: list[Any] = list((headers or {}).items())
        producer.produce(self.kafka.topic, value, key=key, headers=some, partition=partition)
        assert producer.flush(PATIENCE) == 0

    def send_fact(self, fact: Fact, partition: int, **instead: bytes) -> None:
        """A fact to a partition of one's own choice, with some of its headers changed."""
        key, value, headers = message_of(sealed(fact))
        self.send(value, key=key, headers=dict(headers) | instead, partition=partition)

    def head(self) -> Vector:
        with self.ledger() as ledger:
            return ledger.head()

    def facts(self) -> list[Fact]:
        """The facts on the topic, each id once, as who folds them offline has them."""
        with self.ledger() as ledger:
            every = [fact_of(one) for batch in ledger.read() for one in batch]
        kept: dict[object, Fact] = {}
        for fact in sorted(every, key=lambda one: (one.recorded_at, one.position)):
            kept.setdefault(fact.id, fact)
        return sorted(kept.values(), key=lambda one: one.position)

    def reach(self) -> Vector:
        """How far the live views stand."""
        state = self.home.state()
        return Vector({}) if state is None else state.reach

    def catch_up(self) -> None:
        """Fold what is there, without a worker."""
        run_until(self.kafka, self.views(), self.head(), UNSTOPPED)

    def wait_for(self, reach: Vector, seconds: float = PATIENCE) -> None:
        """Until workers have folded that far."""
        wait_until(lambda: reach.within(self.reach()), seconds)

    def rows(self, table: str) -> list[Row]:
        """All rows of a table of the live generation."""
        with self.home.reading() as session:
            cursor = session.connection.cursor(row_factory=dict_row)
            return cursor.execute(f"SELECT * FROM {table}".encode()).fetchall()

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """A query on the live generation, and on the control schema by its name."""
        with self.home.reading() as session:
            return session.connection.execute(query.encode(), values).fetchall()

    def run(self, statement: str) -> None:
        """A statement on the live generation, as somebody with a shell."""
        live = self.home.live()
        assert live is not None
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(f"SET search_path = pledger_g{live.id}".encode())
            connection.execute(statement.encode())

    def expect_rows(self, facts: Sequence[Fact] | None = None) -> None:
        """Every view holds, to the row, what folding the facts of the topic offline says; and the
        facts are there once each."""
        facts = self.facts() if facts is None else facts
        assert sorted(row["id"] for row in self.rows("fact")) == sorted(fact.id for fact in facts)
        for view, rows in rows_of(facts).items():
            assert plain(self.rows(view)) == plain(rows), view


def fact_of(one: RecordedEvent) -> Fact:
    """A fact as the ledger gave it, decoded."""
    _, body = decode(one.body)
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
        extensions=dict(one.extensions or {}),
    )


def write_home(folder: Path, place: Place) -> None:
    """The folder that the commands take with --home."""
    server_home(folder, place.kafka.bootstrap_servers, place.kafka.topic, place.dsn)
