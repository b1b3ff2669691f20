"""A ledger and a home of views in memory, so that thousands of examples take minutes.

The projector runs as it is: it only ever sees a ``Ledger`` and a ``DuckDBStore``. Each transaction
is a transaction of DuckDB here too; what is missing is the file and its locks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa

from consumers.embedded_projector import catalogue_of_types
from domain.facts import Fact
from domain.instants import EPOCH
from ledger.arrow_schema import RECORDED
from ledger.digest import START, content, extend
from ledger.port import EventData, Receipt, RecordedEvent
from projections.duckdb import store as duckdb_store
from projections.duckdb.session import DuckDBSession
from projections.duckdb.store import DuckDBStore, State
from projections.file_locks import OnWait
from schemas.codec import encode
from tests.domain.given import day
from tests.projections.rows import Row


def micros(at: datetime) -> int:
    since = at - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def recorded(fact: Fact) -> RecordedEvent:
    """A fact as a ledger gives it back."""
    return RecordedEvent(
        position=fact.position,
        recorded_at=micros(fact.recorded_at),
        id=str(fact.id),
        type=fact.type,
        source=fact.source,
        subject=fact.subject,
        time=micros(fact.time),
        body=encode(fact.type, fact.body.model_dump()),
        correlationid=fact.correlationid,
        causationid=fact.causationid,
        sequence=fact.sequence,
        extensions=dict(fact.extensions) or None,
    )


def sealed(fact: Fact) -> EventData:
    """A fact as it is given to a ledger."""
    return EventData(*recorded(fact)[2:])


class MemoryLedger:
    """Facts that are there already. ``cuts`` are positions at which a batch ends, whatever size
    of batch is asked for."""

    def __init__(self, facts: Sequence[Fact | RecordedEvent], cuts: Sequence[int] = ()) -> None:
        self.facts = [fact if isinstance(fact, RecordedEvent) else recorded(fact) for fact in facts]
        self.cuts = cuts

    def append(self, facts: Sequence[EventData], *, all_or_nothing: bool = False) -> list[Receipt]:
        raise NotImplementedError("nothing is appended to what a test has drawn")

    def read(
        self, after: int = 0, upto: int | None = None, batch: int = 10_000
    ) -> Iterator[list[RecordedEvent]]:
        for start, end in self._batches(after, upto):
            yield self.facts[start:end]

    def columns(
        self, after: int = 0, upto: int | None = None, batch: int = 50_000
    ) -> Iterator[pa.RecordBatch]:
        for start, end in self._batches(after, upto):
            yield _columns(self.facts[start:end])

    def _batches(self, after: int, upto: int | None) -> Iterator[tuple[int, int]]:
        last = self.head() if upto is None else min(upto, self.head())
        return pairwise(sorted({after, last, *(cut for cut in self.cuts if after < cut < last)}))

    def head(self) -> int:
        return len(self.facts)

    def digest(self, position: int) -> int | None:
        if position > len(self.facts):
            return None
        return extend(START, b"".join(content(fact) for fact in self.facts[:position]))

    def close(self) -> None:
        """Nothing is open."""


def _columns(facts: Sequence[RecordedEvent]) -> pa.RecordBatch:
    rows = [
        (*fact[:-1], json.dumps(fact.extensions) if fact.extensions else None) for fact in facts
    ]
    columns = [pa.array(values) for values in zip(*rows, strict=True)]
    return pa.RecordBatch.from_arrays(
        [column.cast(field.type) for column, field in zip(columns, RECORDED, strict=True)],
        schema=RECORDED,
    )


class OpenFile(Protocol):
    """Opens the file of views of a test: another handle, as another process would have."""

    def __call__(self, *, patience_s: float = ..., on_wait: OnWait = ...) -> DuckDBStore:
        """See ``DuckDBStore``."""


class MemoryHome(DuckDBStore):
    """The home of views, in one database in memory that is emptied and used again."""

    def __init__(self) -> None:
        super().__init__(Path("memory"), catalogue_of_types())
        self._session = duckdb_store._database(Path(":memory:"))
        duckdb_store._attach(self._session, Path(":memory:"), read_only=False)
        session = DuckDBSession(self._session)
        session.execute("SET threads = 1")
        duckdb_store.create(session, self.catalogue, self.definition)
        self.tables = [
            name
            for (name,) in session.rows(
                "SELECT table_name FROM duckdb_tables() WHERE NOT temporary ORDER BY table_name"
            )
            if name != "pledger_state"
        ]

    def state(self) -> State | None:
        with self.reading() as session:
            return duckdb_store.read_state(session)

    @contextmanager
    def reading(self) -> Iterator[DuckDBSession]:
        yield DuckDBSession(self._session)

    @contextmanager
    def writing(self, purpose: str) -> Iterator[DuckDBSession]:
        yield DuckDBSession(self._session)

    @contextmanager
    def taking_in(self, upto: int) -> Iterator[DuckDBSession | None]:
        yield DuckDBSession(self._session)

    @contextmanager
    def alone(self) -> Iterator[None]:
        yield

    @contextmanager
    def building(self) -> Iterator[DuckDBSession]:
        self.empty()
        yield DuckDBSession(self._session)

    def empty(self) -> None:
        """As it was at first."""
        with self.writing("test") as session, session.transaction():
            for name in self.tables:
                session.execute(f"DELETE FROM {name}")
            duckdb_store.write_position(session, 0, START)

    @contextmanager
    def asking(self) -> Iterator[DuckDBSession]:
        """A session of its own, as every command has one; what it shadows goes with it."""
        connection = self._session.cursor()
        connection.execute("USE views")
        connection.execute("SET TimeZone = 'UTC'")
        try:
            yield DuckDBSession(connection)
        finally:
            connection.close()
            self._session.execute("DETACH DATABASE IF EXISTS replay")

    def rows(self, table: str) -> list[Row]:
        """All rows of a table, as dicts by column."""
        return table_rows(self._session, table)


def table_rows(connection: duckdb.DuckDBPyConnection, table: str) -> list[Row]:
    """All rows of a table, as dicts by column."""
    found: list[Row] = connection.sql(f"SELECT * FROM {table}").to_arrow_table().to_pylist()
    return found


def arrived(facts: Sequence[Fact]) -> list[Fact]:
    """Facts as a ledger has them that took them in this order; three are recorded at a time."""
    return [
        replace(fact, position=place, recorded_at=day(20) + timedelta(minutes=place // 3))
        for place, fact in enumerate(facts, 1)
    ]
