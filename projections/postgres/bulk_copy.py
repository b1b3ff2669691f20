"""Folded tables from a scratch file into the tables of a generation, several at once.

A table is emptied, filled, indexed and analysed in one transaction, which also records that it is
done. So a kill leaves each table as it was or whole; and since no reader can have seen an empty
table that is filled in the same transaction, its rows need not be looked at again later to be
frozen.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from queue import Empty, SimpleQueue

from psycopg import sql

from projections import fact_tables
from projections.postgres import control_schema, ddl, generations
from projections.postgres.bulk_fold import ScratchFile
from projections.postgres.connection import Postgres, connected
from projections.postgres.errors import explained
from projections.sql_files import statements_of

# Which tables are done; it goes when all are.
_LOADED = "CREATE TABLE {} (name text PRIMARY KEY)"
_SQL = statements_of(__file__)

#: What a connection that loads may use to sort what it indexes.
MEMORY = "256MB"

_INDEXED = re.compile(r"(?:ALTER TABLE|CREATE (?:UNIQUE )?INDEX \w+ ON) (\w+)")

#: Called with how many rows are in their tables by now, and how many are to be.
OnRows = Callable[[int, int], None]


def begin(connection: Postgres, schema: str, generation: int) -> None:
    """Record that no table of a new generation is loaded yet. Part of the caller's transaction."""
    name = sql.Identifier(control_schema.schema_of(schema, generation), "loaded")
    connection.execute(sql.SQL(_LOADED).format(name))


class Target:
    """The generation to load into."""

    def __init__(
        self, dsn: str, schema: str, generation: int, catalogue: fact_tables.Catalogue
    ) -> None:
        self._dsn = dsn
        self._schema = schema
        self._generation = generation
        self._indexes = _by_table([*ddl.FACT_INDEXES, *ddl.body_keys(catalogue), *ddl.VIEW_INDEXES])

    @contextmanager
    def connected(self) -> Iterator[Postgres]:
        """A connection of its own to the generation."""
        with connected(self._dsn, "worker") as connection, explained():
            generations.point_to(connection, self._schema, self._generation)
            memory = sql.SQL("SET maintenance_work_mem = {}").format(MEMORY)
            connection.execute(memory)
            yield connection

    def loaded(self) -> set[str]:
        """The tables that are done."""
        with self.connected() as connection:
            return {name for (name,) in connection.execute("SELECT name FROM loaded").fetchall()}

    def load_table(self, connection: Postgres, scratch: ScratchFile, table: str) -> None:
        """Fill one table."""
        name = sql.Identifier(table)
        with connection.transaction(), scratch.copied_out(table) as (columns, blocks):
            connection.execute(sql.SQL("TRUNCATE {}").format(name))
            into = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv, FREEZE)").format(
                name, sql.SQL(", ").join(map(sql.Identifier, columns))
            )
            with connection.cursor() as cursor, cursor.copy(into) as copy:
                for block in blocks:
                    copy.write(block)
            for statement in self._indexes.get(table, ()):
                connection.execute(statement.encode())
            connection.execute(sql.SQL("ANALYZE {}").format(name))
            connection.execute("INSERT INTO loaded (name) VALUES (%s)", [table])


def load(
    target: Target, scratch: ScratchFile, tables: Iterable[str], streams: int, on_rows: OnRows
) -> None:
    """Fill those of some tables that are not done yet, the largest first, ``streams`` at a time.
    Raises the first error; the tables that are done stay done."""
    sizes = {table: scratch.count(table) for table in tables}
    done = target.loaded()
    rows = _Sum(sum(sizes.values()), on_rows)
    rows.add(sum(size for table, size in sizes.items() if table in done))
    waiting: SimpleQueue[str] = SimpleQueue()
    for table in sorted(sizes.keys() - done, key=lambda table: (-sizes[table], table)):
        waiting.put(table)
    failed = threading.Event()

    def stream(source: ScratchFile) -> None:
        with target.connected() as connection:
            while not failed.is_set():
                try:
                    table = waiting.get_nowait()
                except Empty:
                    return
                try:
                    target.load_table(connection, source, table)
                except BaseException:
                    failed.set()
                    raise
                rows.add(sizes[table])

    sources = [scratch.beside() for _ in range(streams)]
    with ThreadPoolExecutor(max_workers=streams) as threads:
        for one in [threads.submit(stream, source) for source in sources]:
            one.result()


def finish(
    connection: Postgres,
    ends: Mapping[int, int],
    last: Mapping[int, tuple[int, datetime]],
    digests: Mapping[int, int],
    at: datetime,
) -> None:
    """Record that all tables are loaded, and how far the generation of the ``search_path`` stands:
    partition -> next offset, the offset of the last fact before it and when that was recorded, and
    the digest of what was read. No worker has it yet, so there is no epoch. Part of the caller's
    transaction."""
    rows = []
    for partition, end in ends.items():
        offset, recorded_at = last.get(partition, (None, None))
        digest = digests.get(partition, 0)
        known = {"last_offset": offset, "last_at": recorded_at, "digest": digest}
        rows.append({"partition": partition, "end": end, "at": at, **known})
    with connection.cursor() as cursor:
        cursor.executemany(_SQL["stands"], rows)
    connection.execute("DROP TABLE loaded")


class _Sum:
    """A number that threads add to, with a callback."""

    def __init__(self, total: int, on_change: OnRows) -> None:
        self._value = 0
        self._total = total
        self._on_change = on_change
        self._lock = threading.Lock()

    def add(self, more: int) -> None:
        with self._lock:
            self._value += more
            self._on_change(self._value, self._total)


def _by_table(statements: Iterable[str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for statement in statements:
        table = _INDEXED.match(statement)
        if table is None:
            raise AssertionError(f"expected a statement that makes an index, saw {statement!r}")
        found.setdefault(table[1], []).append(statement)
    return found
