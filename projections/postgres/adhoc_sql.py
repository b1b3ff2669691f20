"""SQL of the data teams' own on PostgreSQL: one query, which reads.

It is held to that by four things, each of which would do for most queries: PostgreSQL itself reads
the text as one SELECT that calls no function with effects (a SELECT can end sessions, take locks,
and take its role back); it runs in a transaction that only reads; as a role that may read the views
and the tables of facts alone; and not for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import pyarrow as pa
from psycopg import pq, sql
from psycopg.errors import error_from_result

from projections.duckdb.adhoc_sql import distinct, no_select, refused, too_slow
from projections.errors import QueryRefused
from projections.postgres import read_role
from projections.postgres.connection import Postgres
from projections.session import SQL_PATIENCE_S
from projections.sql_files import statements_of

if TYPE_CHECKING:
    from projections.postgres.session import PostgresSession

_SQL = statements_of(__file__)

#: The classes of errors that are found in the text of a query, before it comes upon a value.
_ABOUT_TEXT = ("25", "42")
#: What has an effect by PostgreSQL's book, and none that another session sees.
HARMLESS = ("bernoulli", "clock_timestamp", "gen_random_uuid", "random", "system", "timeofday")
#: What has none by its book, and runs a text or a whole schema as a query.
ACTING = ("database_to_xml", "database_to_xml_and_xmlschema", "query_to_xml", "schema_to_xml")


def query(
    session: PostgresSession,
    text: str,
    *,
    schema: str = "pledger",
    timeout_s: float = SQL_PATIENCE_S,
    on_note: Callable[[str], None] = lambda sentence: None,
) -> pa.Table:
    """The rows of one query in PostgreSQL's SQL; the session's transaction only reads from then on.
    ``schema`` names the control schema; ``on_note`` is told where its role for reading can't be
    had. Raises ``QueryRefused``, and ``TooSlow`` after so many seconds."""
    connection = session.connection
    try:
        with connection.cursor() as cursor:
            limit = sql.SQL("SET LOCAL statement_timeout = {}").format(int(timeout_s * 1000))
            cursor.execute(limit)
            _expect_reading(connection, text, schema)
            cursor.execute("SET TRANSACTION READ ONLY")
            if not read_role.enter(connection, schema):
                on_note(
                    "the query reads as the owner of the views, since the role"
                    f" {read_role.name_of(schema)} is not there or not its own: see"
                    " docs/how-to/run-the-server-home.md"
                )
            # Prepared, the database takes it for one statement, and refuses two.
            cursor.execute(text.encode(), prepare=True, binary=False)
            if cursor.description is None:
                raise no_select(f"{cursor.statusmessage}")
            names = [column.name for column in cursor.description]
            rows = cursor.fetchall()
    except psycopg.errors.QueryCanceled:
        pass
    except psycopg.Error as error:
        raise _refused(error) from error
    else:
        columns = list(zip(*rows, strict=True)) or [()] * len(names)
        return pa.table([_array(column) for column in columns], names=distinct(names))
    raise too_slow(timeout_s)


def _expect_reading(connection: Postgres, text: str, schema: str) -> None:
    """That a text is one SELECT over this home which calls no function with effects: PostgreSQL
    makes a view of it, which runs nothing, and is asked what is in it. Raises ``QueryRefused``, and
    what PostgreSQL says of a text that it can't read."""
    with connection.transaction(force_rollback=True):
        parsed = connection.pgconn.prepare(b"", text.encode())
        if parsed.status != pq.ExecStatus.COMMAND_OK:
            raise error_from_result(parsed)
        view = f"CREATE TEMP VIEW asked AS SELECT 1 AS one FROM (\n{text}\n) AS asked"
        try:
            connection.execute(view.encode(), prepare=True)
        except psycopg.errors.QueryCanceled:
            raise
        except psycopg.Error as error:
            # It can be read on its own, and is nothing that one selects from.
            raise no_select("another statement, or a semicolon after it") from error
        values = {"harmless": list(HARMLESS), "acting": list(ACTING)}
        acting = connection.execute(_SQL["acting"], values).fetchall()
        strange = connection.execute(_SQL["strange"], {"control": schema}).fetchall()
    if strange:
        raise QueryRefused(
            "a query over the views and fact tables (docs/reference/views.md lists them)",
            ", ".join(name for (name,) in strange),
            "ask the database itself about it, with a login of your own",
        )
    if acting:
        raise QueryRefused(
            "a query that calls only functions of PostgreSQL's own which compute",
            ", ".join(name for (name,) in acting),
            "leave them out: a query may neither wait, lock, notify nor change a setting",
        )


def _refused(error: psycopg.Error) -> QueryRefused:
    if error.sqlstate is None and isinstance(error, psycopg.DataError):
        # The driver's, not the database's: the embedded home has no such values either.
        return QueryRefused(
            "instants and dates of the years 1 to 9999, and times before 24:00",
            "another",
            "write CAST(… AS VARCHAR)",
        )
    return refused(error, in_text=(error.sqlstate or "").startswith(_ABOUT_TEXT))


def _array(values: tuple[Any, ...]) -> pa.Array:
    """A column. Ids are text, as the embedded home gives them; so is what Arrow has no type for."""
    if any(isinstance(value, UUID) for value in values):
        return pa.array([None if value is None else str(value) for value in values])
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        return pa.array([None if value is None else str(value) for value in values])
