"""Making the control schema, and changing it when the program has changed.

Any number of processes may start at once: one makes, the others wait and find it made. The schema
knows by a number which steps it has taken. A step is a file of ``migrations/``; it is never changed
once it is released, only followed.
"""

from __future__ import annotations

from pathlib import Path

import psycopg
from psycopg import sql

from projections.errors import TooNew
from projections.file_locks import OnWait
from projections.postgres import control_schema
from projections.postgres.connection import Postgres

#: The texts of the steps, in order: ``{schema}`` is the control schema, ``{name}`` its name.
STEPS = tuple(
    path.read_text(encoding="utf-8")
    for path in sorted(Path(__file__).with_name("migrations").glob("*.sql"))
)

_NOTICE = "1s"
_THERE = "SELECT 1 FROM pg_tables WHERE schemaname = %s AND tablename = 'step'"
_STEPS_TAKEN = "SELECT coalesce(max(step), 0) FROM {}"


def prepare(connection: Postgres, schema: str, on_wait: OnWait) -> None:
    """Take all steps that were not taken yet. A crash leaves those before the one that it
    interrupted."""
    if _steps_taken(connection, schema) == len(STEPS):
        return
    for number, step in enumerate(STEPS, 1):
        with connection.transaction():
            _lock(connection, schema, on_wait)
            taken = _steps_taken(connection, schema)
            if taken < number:
                connection.execute(control_schema.named(step, schema, name=schema))
                _take(connection, schema, number)


def _steps_taken(connection: Postgres, schema: str) -> int:
    """How many steps were taken. Raises TooNew."""
    # Not to_regclass: it may remember that there was none, before the wait for the lock.
    if not connection.execute(_THERE, [schema]).fetchall():
        return 0
    table = sql.Identifier(schema, "step")
    ((taken,),) = connection.execute(sql.SQL(_STEPS_TAKEN).format(table)).fetchall()
    if taken > len(STEPS):
        raise TooNew(
            f"the schema {schema} to have taken {len(STEPS)} steps",
            f"{taken}",
            "a newer Pledger works on this database: start that one, or name another database",
        )
    return int(taken)


def _take(connection: Postgres, schema: str, number: int) -> None:
    table = sql.Identifier(schema, "step")
    columns = "step integer PRIMARY KEY, taken_at timestamptz NOT NULL"
    connection.execute(
        sql.SQL("CREATE TABLE IF NOT EXISTS {} ({})").format(table, sql.SQL(columns))
    )
    connection.execute(sql.SQL("INSERT INTO {} VALUES ({}, now())").format(table, number))


def _lock(connection: Postgres, schema: str, on_wait: OnWait) -> None:
    """One process at a time. A long wait is reported."""
    name = f"{schema}:prepare"
    try:
        with connection.transaction():
            connection.execute(f"SET LOCAL lock_timeout = '{_NOTICE}'".encode())
            control_schema.lock(connection, name)
    except psycopg.errors.LockNotAvailable:
        on_wait("waiting for another process that makes the tables of the views ...")
        control_schema.lock(connection, name)
    connection.execute("SET LOCAL lock_timeout = 0")
