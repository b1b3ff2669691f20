"""SQL of the data teams' own, over the views and the fact tables; it reads, and reads only them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait

import duckdb
import pyarrow as pa

from projections.duckdb.session import DuckDBSession
from projections.errors import QueryRefused, TooSlow
from projections.session import SQL_PATIENCE_S


def query(session: DuckDBSession, sql: str, timeout_s: float = SQL_PATIENCE_S) -> pa.Table:
    """The rows of one query. The session is confined: no file, no network, no change. Raises
    ``QueryRefused``, and ``TooSlow`` after so many seconds."""
    session.execute("SET enable_external_access = false")
    session.execute("SET lock_configuration = true")
    try:
        statements = session.connection.extract_statements(sql)
    except duckdb.Error as error:
        raise refused(error, in_text=True) from error
    if len(statements) != 1:
        raise QueryRefused("one query", f"{len(statements)} statements", "ask one by one")
    if statements[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        raise no_select(statements[0].type.name)
    running: list[str] = []
    try:
        table = _interruptibly(session.connection, sql, timeout_s, running)
    except duckdb.Error as error:
        # What is found before a value is read is about the text, or about constants in it.
        in_text = not running and not isinstance(error, duckdb.DataError)
        in_text = in_text or isinstance(error, duckdb.PermissionException)
        raise refused(error, in_text=in_text) from error
    return table.rename_columns(distinct(table.column_names))


def _interruptibly(
    connection: duckdb.DuckDBPyConnection, sql: str, timeout_s: float, running: list[str]
) -> pa.Table:
    """The rows, in a thread of its own: a query that takes for ever may keep the thread that runs
    it from noticing Ctrl-C. ``running`` gets the query once its text is found to be good."""

    def run() -> pa.Table:
        query = connection.sql(sql)
        running.append(sql)
        return query.to_arrow_table()

    with ThreadPoolExecutor(1) as pool:
        rows = pool.submit(run)
        try:
            done, _ = wait([rows], timeout_s)
            if done:
                return rows.result()
        finally:
            # Again and again, since an interrupt before the query has begun has no effect.
            while not rows.done():
                connection.interrupt()
                wait([rows], timeout=0.05)
    raise too_slow(timeout_s)


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


def too_slow(timeout_s: float) -> TooSlow:
    """What is said of a query that was ended."""
    return TooSlow(
        f"a query that ends within {timeout_s:g} s",
        "one that goes on",
        "ask about less, or {give a query longer}",
    )


def refused(error: Exception, *, in_text: bool) -> QueryRefused:
    """The refusal of a query that the database can't run: in its words where the fault is in the
    text. Of a value that it came upon, they would quote it."""
    if not in_text:
        return QueryRefused(
            "a query that can be computed for all its rows",
            f"a value for which it can't be ({type(error).__name__})",
            "leave such rows out, or write TRY_CAST where there is a CAST",
        )
    return QueryRefused(
        "a query that runs over the views and fact tables (docs/reference/views.md lists them)",
        f"one of which the database says: {str(error).strip()}",
    )
