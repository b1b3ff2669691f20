"""What could not be read, or contradicts what was read before: kept whole, until somebody repairs
the program or dismisses it.

The table lies in the control schema, since a message is unreadable whichever generation of the
views is built. Header names and values are bytes as they came.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from psycopg import Connection, sql

from domain.positions import BITS

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

#: The step after these: contradictions are looked up by the id that they were told under.
IDS = (
    "ALTER TABLE {schema}.quarantine ADD COLUMN fact_id uuid",
    "CREATE INDEX quarantine_fact ON {schema}.quarantine (fact_id) WHERE fact_id IS NOT NULL",
)
#: The step after that one: a topic that lost its end, or was made anew, has other messages at the
#: same places.
TIMES = (
    "ALTER TABLE {schema}.quarantine DROP CONSTRAINT quarantine_pkey",
    'ALTER TABLE {schema}.quarantine ADD PRIMARY KEY (partition, "offset", recorded_at)',
)
#: How long these steps wait for those who use the table; they are tried again at the next start.
_PATIENCE = "10s"

_ADD = """
INSERT INTO {schema}.quarantine AS q (
    partition, "offset", recorded_at, key, value, header_names, header_values,
    reason, first_seen, fact_id, state
)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'open')
ON CONFLICT (partition, "offset", recorded_at) DO UPDATE
SET state = 'open', reason = excluded.reason, fact_id = excluded.fact_id,
    settled_at = NULL, why = NULL
WHERE q.state = 'retried'
"""
_COLUMNS = """
partition, "offset", recorded_at, key, value, header_names, header_values, reason, first_seen,
state, settled_at, why, fact_id
"""
_SETTLE = """
UPDATE {schema}.quarantine SET state = %(state)s, settled_at = %(at)s, why = %(why)s
WHERE partition = %(partition)s AND "offset" = %(offset)s AND state = 'open'
    AND recorded_at = (
        SELECT max(q.recorded_at) FROM {schema}.quarantine AS q
        WHERE q.partition = %(partition)s AND q."offset" = %(offset)s AND q.state = 'open'
    )
"""


# Somebody's word is about one message: a topic that was made anew has others at its places.
_POSITION = f'((q.partition::bigint << {BITS}) | (q."offset" + 1))'
_DISMISSED = f"""
SELECT {_POSITION}, q.recorded_at FROM {{schema}}.quarantine AS q WHERE q.state = 'dismissed'
"""
_DISMISSED_IN = """
SELECT q.partition, q."offset", q.recorded_at
FROM unnest(%s::integer[], %s::bigint[], %s::bigint[]) AS s (partition, first, past)
JOIN {schema}.quarantine AS q
    ON q.partition = s.partition AND q."offset" >= s.first AND q."offset" < s.past
WHERE q.state = 'dismissed'
"""
_RETRIED_SINCE = """
SELECT q.partition, q."offset", q.recorded_at FROM {schema}.quarantine AS q
WHERE q.state = 'retried'
    AND q.settled_at >= (SELECT g.made_at FROM {schema}.generation AS g WHERE g.id = %s)
    AND (q.partition, q."offset") > (%s, %s)
ORDER BY 1, 2 LIMIT %s
"""
_DISMISSED_IN_VIEWS = f"""
SELECT f.position, f.id FROM {{schema}}.quarantine AS q
JOIN fact AS f ON f.position = {_POSITION} AND f.recorded_at = q.recorded_at
WHERE q.state = 'dismissed'
"""
_IN_VIEWS = f"""
SELECT 1 FROM {{schema}}.quarantine AS q
JOIN fact AS f ON f.position = {_POSITION} AND f.recorded_at = q.recorded_at
WHERE q.partition = %s AND q."offset" = %s
"""


class Quarantined(NamedTuple):
    """A message as it came, and why it is here. ``recorded_at`` is when the ledger took it in,
    ``first_seen`` when a worker met it; ``settled_at`` and ``why`` are there once it is not open
    any more; ``fact_id`` is that of a fact which contradicts another one."""

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
    fact_id: UUID | None = None


def know_ids(connection: Connection[tuple[Any, ...]], schema: str) -> None:
    """A step of the control schema."""
    _take_step(connection, schema, IDS)


def know_times(connection: Connection[tuple[Any, ...]], schema: str) -> None:
    """A step of the control schema."""
    _take_step(connection, schema, TIMES)


def _take_step(
    connection: Connection[tuple[Any, ...]], schema: str, statements: Sequence[str]
) -> None:
    connection.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'".encode())
    for statement in statements:
        connection.execute(_named(statement, schema))


def add(
    connection: Connection[tuple[Any, ...]], schema: str, messages: Sequence[Quarantined]
) -> None:
    """Keep messages, in the caller's transaction. One that is kept already stays as it is: a batch
    may come again after a crash, and what somebody decided holds. But one that was taken up once,
    and is no fact to a program of today, is open again."""
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
            one.fact_id,
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
        ' ORDER BY partition, "offset", recorded_at LIMIT %(limit)s'
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
    """The message of a place. Where a topic that lost its end had several there, it is the last one
    that is open, or the last one. With ``lock``, nobody else settles it until the transaction
    ends."""
    query = (
        f"SELECT {_COLUMNS} FROM {{schema}}.quarantine"
        ' WHERE partition = %s AND "offset" = %s'
        " ORDER BY state = 'open' DESC, recorded_at DESC LIMIT 1" + (" FOR UPDATE" if lock else "")
    )
    row = connection.execute(_named(query, schema), [partition, offset]).fetchone()
    return None if row is None else _read(row)


def contradicting(
    connection: Connection[tuple[Any, ...]], schema: str, ids: Iterable[UUID]
) -> list[Quarantined]:
    """The facts with these ids that contradict others, whatever became of them."""
    query = f"SELECT {_COLUMNS} FROM {{schema}}.quarantine WHERE fact_id = ANY(%s)"
    return [_read(row) for row in connection.execute(_named(query, schema), [list(ids)]).fetchall()]


def settle(
    connection: Connection[tuple[Any, ...]],
    schema: str,
    partition: int,
    offset: int,
    state: State,
    at: datetime,
    why: str | None,
) -> bool:
    """Close the message of a place if it is open; answers whether it was. See ``one``."""
    said = {"partition": partition, "offset": offset, "state": state, "at": at, "why": why}
    return connection.execute(_named(_SETTLE, schema), said).rowcount == 1


def dismissed(connection: Connection[tuple[Any, ...]], schema: str) -> list[tuple[int, datetime]]:
    """The position of each message that was dismissed, and when it was recorded: whatever a
    program makes of it, it is no fact."""
    rows = connection.execute(_named(_DISMISSED, schema)).fetchall()
    return [(row[0], row[1]) for row in rows]


def dismissed_in(
    connection: Connection[tuple[Any, ...]], schema: str, stretches: Sequence[tuple[int, int, int]]
) -> set[tuple[int, int, datetime]]:
    """As ``dismissed``, of the messages in stretches (partition, first offset, end): partition,
    offset, and when it was recorded."""
    columns = [list(column) for column in zip(*stretches, strict=True)]
    if not columns:
        return set()
    rows = connection.execute(_named(_DISMISSED_IN, schema), columns).fetchall()
    return {(row[0], row[1], row[2]) for row in rows}


def retried_since(
    connection: Connection[tuple[Any, ...]],
    schema: str,
    generation: int,
    after: tuple[int, int],
    limit: int,
) -> list[tuple[tuple[int, int], datetime]]:
    """The messages behind a place that were taken up since a generation was begun: the place of
    each (partition, offset), and when it was recorded."""
    rows = connection.execute(
        _named(_RETRIED_SINCE, schema), [generation, *after, limit]
    ).fetchall()
    return [((row[0], row[1]), row[2]) for row in rows]


def dismissed_in_views(
    connection: Connection[tuple[Any, ...]], schema: str
) -> list[tuple[int, UUID]]:
    """The facts of messages that were dismissed which the generation of the ``search_path`` has:
    their positions and ids."""
    rows = connection.execute(_named(_DISMISSED_IN_VIEWS, schema)).fetchall()
    return [(row[0], row[1]) for row in rows]


def is_in_views(
    connection: Connection[tuple[Any, ...]], schema: str, partition: int, offset: int
) -> bool:
    """Whether the generation of the ``search_path`` has a fact of a message in quarantine: a
    program that could read it has met it there."""
    found = connection.execute(_named(_IN_VIEWS, schema), [partition, offset]).fetchone()
    return found is not None


def count(connection: Connection[tuple[Any, ...]], schema: str, *, settled: bool = False) -> int:
    """How many messages wait for somebody; those too that are settled, if asked for."""
    query = "SELECT count(*) FROM {schema}.quarantine WHERE state = 'open' OR %s"
    row = connection.execute(_named(query, schema), [settled]).fetchone()
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
