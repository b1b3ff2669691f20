"""What could not be read, or contradicts what was read before: kept whole, until somebody repairs
the program or dismisses it.

The table lies in the control schema, since a message is unreadable whichever generation of the
views is built. Header names and values are bytes as they came.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from psycopg import Connection, sql

State = Literal["open", "retried", "dismissed"]

STATEMENTS = (
    """
    CREATE TABLE IF NOT EXISTS {schema}.quarantine (
        partition integer NOT NULL,
        "offset" bigint NOT NULL,
        recorded_at timestamptz NOT NULL,
        key bytea,
        value bytea,
        header_names bytea[] NOT NULL,
        header_values bytea[] NOT NULL,
        reason text NOT NULL,
        first_seen timestamptz NOT NULL,
        state text NOT NULL CHECK (state IN ('open', 'retried', 'dismissed')),
        settled_at timestamptz,
        why text,
        PRIMARY KEY (partition, "offset")
    )
    """,
    """
    CREATE INDEX IF NOT EXISTS quarantine_open ON {schema}.quarantine (partition, "offset")
    WHERE state = 'open'
    """,
)

_ADD = """
INSERT INTO {schema}.quarantine (
    partition, "offset", recorded_at, key, value, header_names, header_values,
    reason, first_seen, state
)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 'open')
ON CONFLICT (partition, "offset") DO NOTHING
"""
_COLUMNS = """
partition, "offset", recorded_at, key, value, header_names, header_values, reason, first_seen,
state, settled_at, why
"""
_SETTLE = """
UPDATE {schema}.quarantine SET state = %(state)s, settled_at = %(at)s, why = %(why)s
WHERE partition = %(partition)s AND "offset" = %(offset)s AND state = 'open'
"""


class Quarantined(NamedTuple):
    """A message as it came, and why it is here. ``recorded_at`` is when the ledger took it in,
    ``first_seen`` when a worker met it; ``settled_at`` and ``why`` are there once it is not open
    any more."""

    partition: int
    offset: int
    recorded_at: datetime
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[bytes, bytes | None], ...]
    reason: str
    first_seen: datetime
    state: State = "open"
    settled_at: datetime | None = None
    why: str | None = None


def add(
    connection: Connection[tuple[Any, ...]], schema: str, messages: Sequence[Quarantined]
) -> None:
    """Keep messages, in the caller's transaction. One that is kept already stays as it is: a batch
    may come again after a crash, and what somebody decided holds."""
    if not messages:
        return
    rows = [
        (
            one.partition,
            one.offset,
            one.recorded_at,
            one.key,
            one.value,
            [name for name, _ in one.headers],
            [value for _, value in one.headers],
            storable(one.reason),
            one.first_seen,
        )
        for one in sorted(messages)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_named(_ADD, schema), rows)


def listed(
    connection: Connection[tuple[Any, ...]],
    schema: str,
    states: Iterable[State] = ("open",),
    *,
    limit: int,
    after: tuple[int, int] = (-1, -1),
) -> list[Quarantined]:
    """The messages in these states behind a place (partition, offset), in order."""
    query = (
        f"SELECT {_COLUMNS} FROM {{schema}}.quarantine"
        ' WHERE state = ANY(%(states)s) AND (partition, "offset") > (%(partition)s, %(offset)s)'
        ' ORDER BY partition, "offset" LIMIT %(limit)s'
    )
    partition, offset = after
    said = {"states": list(states), "partition": partition, "offset": offset, "limit": limit}
    return [_read(row) for row in connection.execute(_named(query, schema), said).fetchall()]


def one(
    connection: Connection[tuple[Any, ...]],
    schema: str,
    partition: int,
    offset: int,
    *,
    lock: bool = False,
) -> Quarantined | None:
    """The message of a place; with ``lock``, nobody else settles it until the transaction ends."""
    query = (
        f"SELECT {_COLUMNS} FROM {{schema}}.quarantine"
        ' WHERE partition = %s AND "offset" = %s' + (" FOR UPDATE" if lock else "")
    )
    row = connection.execute(_named(query, schema), [partition, offset]).fetchone()
    return None if row is None else _read(row)


def settle(
    connection: Connection[tuple[Any, ...]],
    schema: str,
    partition: int,
    offset: int,
    state: State,
    at: datetime,
    why: str | None,
) -> bool:
    """Close a message that is open; answers whether it was."""
    said = {"partition": partition, "offset": offset, "state": state, "at": at, "why": why}
    return connection.execute(_named(_SETTLE, schema), said).rowcount == 1


def count(connection: Connection[tuple[Any, ...]], schema: str) -> int:
    """How many messages wait for somebody."""
    query = "SELECT count(*) FROM {schema}.quarantine WHERE state = 'open'"
    row = connection.execute(_named(query, schema)).fetchone()
    return 0 if row is None else int(row[0])


def storable(text: str) -> str:
    """A text about what nobody could foresee, as PostgreSQL can hold it."""
    return text.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def _named(statement: str, schema: str) -> sql.Composed:
    return sql.SQL(statement).format(schema=sql.Identifier(schema))


def _read(row: tuple[Any, ...]) -> Quarantined:
    names, values = row[5:7]
    headers = tuple(zip(names, values, strict=True))
    return Quarantined._make((*row[:5], headers, *row[7:]))
