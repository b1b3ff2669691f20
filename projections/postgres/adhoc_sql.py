"""SQL of the data teams' own on PostgreSQL: one query, which reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import pyarrow as pa
from psycopg import sql

from projections.duckdb.adhoc_sql import distinct, no_select, refused
from projections.errors import QueryRefused

if TYPE_CHECKING:
    from projections.postgres.session import PostgresSession

#: The longest that a query may take, in milliseconds: it holds back the removal of old rows.
PATIENCE_MS = 300_000


def query(session: PostgresSession, text: str) -> pa.Table:
    """The rows of one query in PostgreSQL's SQL; the session's transaction only reads from then on.

    The database reads a query that is prepared as one statement, and refuses two. What the role of
    the DSN may do beyond these views is not checked here: give the data teams one that may read the
    views alone. Raises QueryRefused.
    """
    connection = session.connection
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(PATIENCE_MS))
            cursor.execute("SET TRANSACTION READ ONLY")
            cursor.execute(text.encode(), prepare=True, binary=False)
            if cursor.description is None:
                raise no_select(f"{cursor.statusmessage}")
            names = [column.name for column in cursor.description]
            rows = cursor.fetchall()
    except psycopg.Error as error:
        if error.sqlstate is None and isinstance(error, psycopg.DataError):
            # The driver's, not the database's: the embedded home has no such values either.
            raise QueryRefused(
                "instants and dates of the years 1 to 9999, and times before 24:00",
                f"another ({error})",
                "write CAST(… AS VARCHAR)",
            ) from error
        raise refused(error) from error
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pa.table([_array(column) for column in columns], names=distinct(names))


def _array(values: tuple[Any, ...]) -> pa.Array:
    """A column. Ids are text, as the embedded home gives them; so is what Arrow has no type for."""
    if any(isinstance(value, UUID) for value in values):
        return pa.array([None if value is None else str(value) for value in values])
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        return pa.array([None if value is None else str(value) for value in values])
