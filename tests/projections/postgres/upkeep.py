"""A home of views in PostgreSQL that takes in what a ledger in memory holds.

The worker that does so in earnest needs Kafka and is tested elsewhere; here one transaction a batch
is what matters, and what lies in the tables afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import pyarrow as pa
from psycopg.rows import dict_row

from consumers.decode import decode_batches
from consumers.embedded_projector import catalogue_of_types
from domain.facts import Fact
from domain.positions import position_of
from projections.file_locks import OnWait
from projections.postgres import apply_batch, checkpoints
from projections.postgres.apply_batch import Landed
from projections.postgres.session import PostgresSession
from projections.postgres.store import PostgresStore
from tests.projections.rows import Row
from tests.projections.stores import MemoryLedger, recorded

AT = datetime(2026, 2, 1, tzinfo=UTC)


def arrival(facts: Sequence[Fact]) -> apply_batch.Arrival:
    """Facts as they come out of the ledger, in this order."""
    (found,) = decode_batches([columns(facts)])
    return found


def columns(facts: Sequence[Fact]) -> pa.RecordBatch:
    (found,) = MemoryLedger([recorded(fact) for fact in facts]).columns()
    return found


def table_rows(session: PostgresSession, table: str) -> list[Row]:
    """All rows of a table, as dicts by column."""
    with session.connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(f"SELECT * FROM {table}".encode()).fetchall()


class PostgresKeeper:
    """Keeps the views of one database up with a ledger of one partition."""

    def __init__(self, dsn: str, *, on_wait: OnWait = lambda sentence: None) -> None:
        self.home = PostgresStore(dsn, catalogue_of_types(), on_wait=on_wait)
        self.definition = self.home.definition

    def position(self) -> int | None:
        state = self.home.state()
        return None if state is None else state.reach.get(0, 0)

    def built_by(self) -> str | None:
        state = self.home.state()
        return None if state is None else state.definition

    def keep_up(self, ledger: MemoryLedger) -> int:
        self.home.prepare()
        with self.home.writing() as session:
            _take_in_all(session, ledger)
        return ledger.head()

    def rebuild(self, ledger: MemoryLedger) -> int:
        self.home.prepare()
        with self.building() as session:
            _take_in_all(session, ledger)
        return ledger.head()

    @contextmanager
    def building(self) -> Iterator[PostgresSession]:
        begun = self.home.begin_generation()
        try:
            with self.home.writing(begun.id) as session:
                self.home.index_facts(session)
                self.home.index_views(session)
                yield session
            self.home.swap(begun.id)
        except BaseException:
            self.home.drop(begun.id)
            raise
        self.home.drop_retired()

    @contextmanager
    def writing(self) -> Iterator[PostgresSession]:
        with self.home.writing() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[PostgresSession]:
        with self.home.reading() as session:
            yield session

    def rows(self, view: str) -> list[Row]:
        with self.reading() as session:
            return table_rows(session, view)

    def write_position(self, session: PostgresSession, position: int) -> None:
        session.connection.execute("UPDATE progress SET next_offset = %s", [position])


def _take_in_all(session: PostgresSession, ledger: MemoryLedger) -> None:
    (held,) = checkpoints.take_over(session.connection, [0], "test", AT).values()
    position = held.next_offset
    for batch in decode_batches(ledger.columns(after=position)):
        with session.transaction():
            end = position + batch.envelopes.num_rows
            places = (0, held.epoch, position, end)
            checkpoints.advance(session.connection, *places, None, AT, digest=0)
            apply_batch.apply_batch(session, batch)
        position = end


class PostgresTables:
    """The live generation of a database, that is emptied and used again: thousands of examples take
    minutes."""

    def __init__(self, dsn: str) -> None:
        self.home = PostgresStore(dsn, catalogue_of_types())
        self.home.prepare()
        self._writing = self.home.writing()
        self.session = self._writing.__enter__()
        self.tables = [
            name
            for (name,) in self.session.connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
            ).fetchall()
        ]

    def close(self) -> None:
        self._writing.__exit__(None, None, None)

    def empty(self, workers: int = 1) -> None:
        """As it was at first, with so many workers at it."""
        emptying = "; ".join(f"DELETE FROM {name}" for name in self.tables)
        self.session.connection.execute(emptying.encode())
        for number in range(workers):
            checkpoints.take_over(self.session.connection, [number], f"worker {number}", AT)

    def apply_batch(self, facts: Sequence[Fact]) -> Landed:
        """One batch."""
        with self.session.transaction():
            return apply_batch.apply_batch(self.session, arrival(facts))

    def remove_facts(self, facts: Sequence[Fact]) -> None:
        """As if they had never been there."""
        with self.session.transaction():
            apply_batch.remove_facts(self.session, [fact.position for fact in facts])

    def stand(self, ends: Mapping[int, int]) -> None:
        """Say how far each partition is folded in."""
        for partition, end in ends.items():
            checkpoints.take_over(self.session.connection, [partition], "test", AT)
            self.session.connection.execute(
                "UPDATE progress SET next_offset = %s WHERE partition = %s", [end, partition]
            )

    def rows(self, table: str) -> list[Row]:
        """All rows of a table, as dicts by column."""
        return table_rows(self.session, table)


def partitioned(facts: Iterable[Fact], partitions: int) -> list[Fact]:
    """The same facts in a ledger of several partitions: those of a subject lie in one."""
    from dataclasses import replace

    ends = [0] * partitions
    found = []
    for fact in facts:
        partition = sum(fact.subject.encode()) % partitions
        position = position_of(partition, ends[partition])
        found.append(replace(fact, position=position))
        ends[partition] += 1
    return found
