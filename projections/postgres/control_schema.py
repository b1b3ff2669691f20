"""The schema in which a server home keeps what is not a view: which generation of the views is
live, and what could not be read.

Each generation of the views is a schema of its own (``pledger_g3``); the table ``generation``
points to the live one, which is read and kept up. Workers lock the pointer while they write, so
that a swap comes between two batches and never into one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, NamedTuple

from psycopg import Connection, sql

#: A connection as this package uses it: rows are tuples.
Postgres = Connection[tuple[Any, ...]]

State = Literal["building", "live", "retired"]

_COLUMNS = "id, definition, state, pinned"


class Generation(NamedTuple):
    """A generation of the views: the fingerprint of what built it, and, while a rebuild fills it,
    the vector that it builds up to, as text."""

    id: int
    definition: str
    state: State
    pinned: str | None


def is_made(connection: Postgres, schema: str) -> bool:
    """Whether the control schema is there."""
    found = connection.execute("SELECT to_regclass(%s)", [f'"{schema}".quarantine']).fetchone()
    return found is not None and found[0] is not None


def schema_of(schema: str, generation: int) -> str:
    """The schema of a generation's tables."""
    return f"{schema}_g{generation}"


def live(connection: Postgres, schema: str) -> Generation | None:
    """The generation that is read and kept up; None before there is a first one."""
    query = f"SELECT {_COLUMNS} FROM {{schema}}.generation WHERE state = 'live'"
    return _one(connection.execute(named(query, schema)).fetchone())


def live_if_made(connection: Postgres, schema: str) -> Generation | None:
    """As ``live``, for callers that do not know whether the control schema is there."""
    return live(connection, schema) if is_made(connection, schema) else None


def hold_live(connection: Postgres, schema: str) -> Generation | None:
    """As ``live``, and it stays so until the transaction ends: a swap waits. Any number may hold it
    at once."""
    # The lock first: a swap that was waited for is seen, since every statement looks anew.
    lock(connection, _pointer(schema), shared=True)
    return live(connection, schema)


def generations(connection: Postgres, schema: str) -> list[Generation]:
    """All of them, the oldest first."""
    query = f"SELECT {_COLUMNS} FROM {{schema}}.generation ORDER BY id"
    return [Generation(*row) for row in connection.execute(named(query, schema)).fetchall()]


def begin(
    connection: Postgres, schema: str, definition: str, at: datetime, pinned: str | None = None
) -> Generation:
    """A new generation, being built. The caller makes its schema in the same transaction."""
    # Two that begin at once would give themselves the same number.
    lock(connection, f"{schema}:tables")
    statement = (
        "INSERT INTO {schema}.generation (id, definition, state, made_at, pinned)"
        " SELECT coalesce(max(id), 0) + 1, %(definition)s, 'building', %(at)s, %(pinned)s"
        f" FROM {{schema}}.generation RETURNING {_COLUMNS}"
    )
    parameters = {"definition": definition, "at": at, "pinned": pinned}
    found = _one(connection.execute(named(statement, schema), parameters).fetchone())
    if found is None:
        raise AssertionError("an INSERT of one row gives one row back")
    return found


def hold_swap(connection: Postgres, schema: str) -> Generation | None:
    """Keep workers from writing to the live generation until the transaction ends, and answer which
    it is. Waits for the batches that are being written."""
    lock(connection, _pointer(schema))
    return live(connection, schema)


def put_live(connection: Postgres, schema: str, generation: int, at: datetime) -> None:
    """Make a generation the one that is read and kept up, and retire the one that was. Part of the
    caller's transaction: before its commit all have the old one, after it the new one."""
    hold_swap(connection, schema)
    retire = "UPDATE {schema}.generation SET state = 'retired', retired_at = %(at)s"
    connection.execute(named(f"{retire} WHERE state = 'live'", schema), {"at": at})
    appoint = "UPDATE {schema}.generation SET state = 'live', live_at = %(at)s WHERE id = %(id)s"
    connection.execute(named(appoint, schema), {"at": at, "id": generation})


def forget(connection: Postgres, schema: str, generation: int) -> None:
    """Take a generation off the list. The caller drops its schema in the same transaction."""
    statement = "DELETE FROM {schema}.generation WHERE id = %(id)s"
    connection.execute(named(statement, schema), {"id": generation})


def lock(connection: Postgres, name: str, *, shared: bool = False) -> None:
    """Take a lock that is known by its name, until the transaction ends. The database knows names
    by 64 bits: two that fall together would wait for each other, and no harm is done."""
    function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    connection.execute(f"SELECT {function}(hashtextextended(%s, 0))", [name])


def _pointer(schema: str) -> str:
    return f"{schema}:live"


def named(statement: str, schema: str, **values: object) -> sql.Composed:
    """A statement about the control schema ``{schema}``, with values written out in it."""
    literals = {name: sql.Literal(value) for name, value in values.items()}
    return sql.SQL(statement).format(schema=sql.Identifier(schema), **literals)


def _one(row: tuple[Any, ...] | None) -> Generation | None:
    return None if row is None else Generation(*row)
