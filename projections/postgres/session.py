"""A session on one connection to PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from psycopg import OperationalError, adapters
from psycopg import sql as compose

from projections.postgres import parked_subjects
from projections.postgres.connection import Postgres
from projections.postgres.dialect import translated
from projections.postgres.key_locks import KeyLocks
from projections.postgres.statistics import Statistics
from projections.session import Row, T

if TYPE_CHECKING:
    from projections.export.rows import Rows

#: The number of PostgreSQL's type ``timestamptz``.
INSTANT = adapters.types["timestamptz"].oid
#: How many seconds the server may take to take in that a query is to end.
CANCEL_S = 1.0


class PostgresSession:
    """A session on one PostgreSQL connection whose ``search_path`` is the generation that it works
    on. ``execute`` and ``rows`` take the SQL that both homes share; what is PostgreSQL's own goes
    through ``connection``."""

    def __init__(self, connection: Postgres, generation: int = 0) -> None:
        """``generation`` is the number of the one that it works on, for callers that look it up."""
        self.connection = connection
        self.generation = generation
        self.key_locks = KeyLocks(connection)
        self.statistics = Statistics(connection)
        self._home: str | None = None

    @property
    def home(self) -> str:
        """The schema of the generation, quoted."""
        if self._home is None:
            ((name,),) = self.connection.execute("SELECT current_schema()").fetchall()
            self._home = f'"{name}"'
        return self._home

    @property
    def horizon(self) -> dict[int, int]:
        """How far the ledger is folded in: partition -> next offset, for every partition that a
        worker has ever taken up."""
        query = "SELECT partition, next_offset FROM progress ORDER BY partition"
        return dict(self.connection.execute(query).fetchall())

    def parked(self) -> frozenset[str]:
        """The subjects whose facts wait: the tables lack some of them."""
        return frozenset(one.subject for one in parked_subjects.every(self.connection))

    def replace(self, table: str, which: str, rows: str, key: Sequence[str]) -> None:
        """Put the rows of a query in the place of others. With a key, rows that stay as they are
        are neither written nor left behind for the vacuum."""
        if not key:
            self.execute(f"DELETE FROM {table} WHERE {which}")
            self.execute(f"INSERT INTO {table} {rows}")
            return
        known = " AND ".join(f"own.{name} = {table}.{name}" for name in key)
        beside = f"replacing_{table}"
        self.execute(f"INSERT INTO {beside} {rows}")
        self.connection.execute(
            f"DELETE FROM {table} WHERE {which} AND NOT EXISTS (SELECT 1 FROM {beside} AS own"
            f" WHERE {known} AND own IS NOT DISTINCT FROM {table})".encode()
        )
        self.connection.execute(
            f"INSERT INTO {table} SELECT own.* FROM {beside} AS own WHERE NOT EXISTS"
            f" (SELECT 1 FROM {table} WHERE {which} AND {known})".encode()
        )
        self.connection.execute(f"DELETE FROM {beside}".encode())

    def claim(self, keys: Literal["parties", "keys"]) -> None:
        """Keep other workers from folding these, until the transaction ends."""
        self.key_locks.claim(keys)

    def shadow(self) -> None:
        """Put the session's temporary schema in front: it is made and searched first. What is made
        there in a transaction that is rolled back is gone with it."""
        self.connection.execute(f"SET LOCAL search_path = pg_temp, {self.home}".encode())

    def execute(self, sql: str, parameters: Mapping[str, object] | None = None) -> None:
        """Run one statement."""
        statements, values = translated(sql, parameters)
        for statement in statements:
            self.connection.execute(statement.encode(), values)

    def rows(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[Row]:
        """Run one query."""
        (statement,), values = translated(sql, parameters)
        return self.connection.execute(statement.encode(), values).fetchall()

    @property
    def keeps(self) -> bool:
        """It is not: see ``once``."""
        return False

    def once(self, name: str, ask: Callable[[], T]) -> T:
        """What is the same for every question as long as the views stand where they stand: workers
        move them on all the time, so it is asked anew."""
        del name
        return ask()

    def alias(self, name: str, table: str) -> None:
        """Let a name stand for a table, until the transaction ends."""
        self.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM {table}")

    def interrupt(self) -> None:
        """Have the query fail that another thread runs here. Where the server does not answer in a
        moment, it goes on."""
        with suppress(OperationalError):
            self.connection.cancel_safe(timeout=CANCEL_S)

    def columns(self, table: str) -> dict[str, bool]:
        """The columns of a table in their order, and whether each holds instants."""
        found = self.connection.execute(f"SELECT * FROM {table} LIMIT 0".encode())
        return {one.name: one.type_code == INSTANT for one in found.description or ()}

    def write_parquet(self, rows: Rows, path: Path) -> int:
        """Write rows to a new Parquet file, a part at a time, and answer how many they are."""
        from projections.postgres.parquet import write_parquet

        (select,), _ = translated(rows.select)
        return write_parquet(self.connection, replace(rows, select=select), path)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What is done in the block becomes visible together, or not at all if it fails."""
        with self.connection.transaction():
            yield

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Add rows, by COPY."""
        if not rows:
            return
        into = compose.SQL("COPY {} ({}) FROM STDIN").format(
            compose.Identifier(table), compose.SQL(", ").join(map(compose.Identifier, columns))
        )
        with self.connection.cursor() as cursor, cursor.copy(into) as copy:
            for row in rows:
                copy.write_row(row)
