"""SQL of the data teams' own, over the views and the fact tables; it reads, and reads only them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait

import duckdb
import pyarrow as pa

from projections.duckdb.store import DuckDBSession
from projections.errors import QueryRefused


def query(session: DuckDBSession, sql: str) -> pa.Table:
    """The rows of one query. The session is confined: no file, no network, no change. Raises
    QueryRefused."""
    session.execute("SET enable_external_access = false")
    session.execute("SET lock_configuration = true")
    try:
        statements = session.connection.extract_statements(sql)
    except duckdb.Error as error:
        raise refused(error) from error
    if len(statements) != 1:
        raise QueryRefused("one query", f"{len(statements)} statements", "ask one by one")
    if statements[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        raise no_select(statements[0].type.name)
    try:
        table = _interruptibly(session.connection, sql)
    except duckdb.Error as error:
        raise refused(error) from error
    return table.rename_columns(distinct(table.column_names))


def _interruptibly(connection: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    """The rows, in a thread of its own: a query that takes for ever may keep the thread that runs
    it from noticing Ctrl-C."""
    with ThreadPoolExecutor(1) as pool:
        rows = pool.submit(lambda: connection.sql(sql).to_arrow_table())
        try:
            return rows.result()
        except KeyboardInterrupt:
            # Again and again, since an interrupt before the query has begun has no effect.
            while not rows.done():
                connection.interrupt()
                wait([rows], timeout=0.05)
            raise


def distinct(names: Sequence[str]) -> list[str]:
    """The names of columns, a later one of the same name with a number, as the database does it
    for tables: ``a``, ``a_1``. Two joined tables easily share a name."""
    taken = set(names)
    seen: set[str] = set()
    found = []
    for name in names:
        own, number = name, 0
        while own in seen or (number and own in taken):
            number += 1
            own = f"{name}_{number}"
        seen.add(own)
        found.append(own)
    return found


def no_select(seen: str) -> QueryRefused:
    """The refusal of another statement."""
    return QueryRefused("a SELECT, since facts and views only change through the ledger", seen)


def refused(error: Exception) -> QueryRefused:
    """The refusal of a query that the database can't run, in its words."""
    return QueryRefused(
        "a query that runs over the views and fact tables (docs/reference/views.md lists them)",
        f"one of which the database says: {str(error).strip()}",
    )
