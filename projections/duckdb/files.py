"""A database in memory over Parquet files: what is made of tables once they are written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import _duckdb

from projections.duckdb.session import DuckDBSession, literal
from projections.fact_tables import quoted

if TYPE_CHECKING:
    import pyarrow as pa

MEMORY_LIMIT = "2GB"
#: Rows that are on their way to Python at once.
BATCH = 20_000


@contextmanager
def opened(folder: Path, tables: Iterable[str]) -> Iterator[DuckDBSession]:
    """A session in which each table is the Parquet file of its name in the folder. What does not
    fit into memory goes to a folder in it, which is gone at the end."""
    with _duckdb.connect(
        config={
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": str(folder / "scratch"),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    ) as connection:
        session = DuckDBSession(connection)
        session.execute("SET TimeZone = 'UTC'")
        for table in tables:
            file = literal(folder / f"{table}.parquet")
            session.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet({file})")
        yield session


def beside(session: DuckDBSession) -> DuckDBSession:
    """Another session on the same tables, for another thread."""
    other = DuckDBSession(session.connection.cursor())
    other.execute("SET TimeZone = 'UTC'")
    return other


def batches(session: DuckDBSession, query: str) -> pa.RecordBatchReader:
    """The rows of a query, some thousands at a time."""
    import duckdb  # noqa: F401 - relations are made by the package

    return session.connection.sql(query).to_arrow_reader(BATCH)


def instant_text(column: str) -> str:
    """A column of instants as text, as SQL: RFC 3339, in UTC. By its microseconds, since DuckDB
    looks time zones up where it is given an instant, which takes several times as long."""
    return f"strftime(make_timestamp(epoch_us({column})), '%Y-%m-%dT%H:%M:%S.%fZ')"


def write_csv(
    session: DuckDBSession, table: str, order: Iterable[str], types: Mapping[str, str], path: Path
) -> None:
    """Write a table as CSV with a header, in UTF-8: instants by RFC 3339, lists as JSON, null as
    nothing, and empty text in quotes."""
    columns = ", ".join(f"{_text(name, kind)} AS {quoted(name)}" for name, kind in types.items())
    by = ", ".join(f"t.{quoted(name)}" for name in order)
    session.execute(
        f"COPY (SELECT {columns} FROM {table} AS t ORDER BY {by}) TO {literal(path)}"
        " (FORMAT csv, HEADER)"
    )


def _text(name: str, kind: str) -> str:
    column = f"t.{quoted(name)}"
    if kind == "TIMESTAMPTZ":
        return instant_text(column)
    if kind == "VARCHAR[]":
        return f"CAST(to_json({column}) AS VARCHAR)"
    return column
