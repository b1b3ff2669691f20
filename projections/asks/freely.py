"""SQL of the data teams' own, over the views and the fact tables; it reads, and reads only them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait

import duckdb
import pyarrow as pa

from projections.duckdb_home import DuckDBSession


class QueryRefused(ValueError):
    """The query can't be run: what the database says of it."""


def query(session: DuckDBSession, sql: str) -> pa.Table:
    """The rows of one query. The session is confined: no file, no network, no change. Raises
    QueryRefused."""
    session.execute("SET enable_external_access = false")
    session.execute("SET lock_configuration = true")
    try:
        statements = session.connection.extract_statements(sql)
    except duckdb.Error as error:
        raise QueryRefused(_told(error)) from error
    if len(statements) != 1:
        raise QueryRefused(f"expected one query, saw {len(statements)} statements; ask one by one")
    if statements[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        kind = statements[0].type.name
        raise QueryRefused(
            f"expected a SELECT, since facts and views only change through the ledger; saw {kind}"
        )
    try:
        table = _interruptibly(session.connection, sql)
    except duckdb.Error as error:
        raise QueryRefused(_told(error)) from error
    return table.rename_columns(distinct(table.column_names))


def _interruptibly(connection: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    """The rows, in a thread of its own: a query that takes for ever may keep the thread that runs
    it from hearing of Ctrl-C."""
    with ThreadPoolExecutor(1) as pool:
        rows = pool.submit(lambda: connection.sql(sql).to_arrow_table())
        try:
            return rows.result()
        except KeyboardInterrupt:
            # Again and again, since what comes before the query has begun is not heard.
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


def _told(error: duckdb.Error) -> str:
    return (
        f"expected a query that runs over the views and fact tables (docs/reference/views.md lists"
        f" them); the database says: {error}"
    )
