"""What could not be read, or contradicts what was read before: kept whole, until somebody repairs
the program or dismisses it.

The table lies in the control schema, since a message is unreadable whichever generation of the
views is built. Each generation is of one topic, and has to do with that topic's messages alone:
another one has other messages at the same places. Header names and values are bytes as they came.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from psycopg import Connection, Cursor, sql

from domain.positions import BITS
from domain.topics import Topic

State = Literal["open", "retried", "dismissed"]
#: A partition, and an offset in it.
Place = tuple[int, int]

#: In front of every place.
BEFORE_ALL: Place = (-1, -1)
#: The key of messages of which nobody has said on which topic they lay.
_NOBODY_SAID = ""
_Postgres = Connection[tuple[Any, ...]]

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

# The steps after these find what they make where somebody has put a kept table back.

#: Contradictions are looked up by the id that they were told under.
IDS = (
    "ALTER TABLE {schema}.quarantine ADD COLUMN IF NOT EXISTS fact_id uuid",
    """
    CREATE INDEX IF NOT EXISTS quarantine_fact ON {schema}.quarantine (fact_id)
    WHERE fact_id IS NOT NULL
    """,
)
#: A topic that lost its end has other messages at the same places.
TIMES = (
    "ALTER TABLE {schema}.quarantine DROP CONSTRAINT quarantine_pkey",
    'ALTER TABLE {schema}.quarantine ADD PRIMARY KEY (partition, "offset", recorded_at)',
)
#: Another topic has other messages at the same places. What is there already is of the topic that
#: the live views are of; where nobody has said which that is, of none that has a name. The key
#: stays as it is: what was recorded at the same instant in the same place is the same message, on
#: a topic that was put back; and programs that know of no topics can go on.
TOPICS = (
    "ALTER TABLE {schema}.quarantine ADD COLUMN IF NOT EXISTS topic text NOT NULL DEFAULT ''",
    """
    UPDATE {schema}.quarantine AS q SET topic = coalesce(t.id, t.name)
    FROM {schema}.topic AS t JOIN {schema}.generation AS g ON g.id = t.generation
    WHERE g.state = 'live' AND q.topic = ''
    """,
)
#: How long these steps wait for those who use the table; they are tried again at the next start.
_PATIENCE = "10s"

# ``of_ours``: the keys of the topic, and that of messages of which nobody has said where they lay.
_ADD = """
INSERT INTO {schema}.quarantine AS q (
    topic, partition, "offset", recorded_at, key, value, header_names, header_values,
    reason, first_seen, fact_id, state
)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'open')
ON CONFLICT (partition, "offset", recorded_at) DO UPDATE
SET topic = coalesce(nullif(excluded.topic, ''), q.topic),
    state = CASE q.state WHEN 'retried' THEN 'open' ELSE q.state END,
    reason = CASE q.state WHEN 'retried' THEN excluded.reason ELSE q.reason END,
    fact_id = CASE q.state WHEN 'retried' THEN excluded.fact_id ELSE q.fact_id END,
    settled_at = CASE q.state WHEN 'retried' THEN NULL ELSE q.settled_at END,
    why = CASE q.state WHEN 'retried' THEN NULL ELSE q.why END
WHERE q.state = 'retried' OR q.topic <> coalesce(nullif(excluded.topic, ''), q.topic)
"""
_KEPT = """
SELECT q.partition, q."offset", q.recorded_at, q.key, q.value, q.header_names, q.header_values,
    q.reason, q.first_seen, q.state, q.settled_at, q.why, q.fact_id
FROM {schema}.quarantine AS q WHERE q.topic = ANY(%(of_ours)s)
"""
_LISTED = f"""
{_KEPT} AND q.state = ANY(%(states)s) AND (q.partition, q."offset") > (%(partition)s, %(offset)s)
ORDER BY q.partition, q."offset", q.recorded_at LIMIT %(limit)s
"""
_AT = f"""
{_KEPT} AND q.partition = %(partition)s AND q."offset" = %(offset)s
ORDER BY q.state = 'open' DESC, q.recorded_at DESC LIMIT 1
"""
_CONTRADICTING = f"{_KEPT} AND q.fact_id = ANY(%(ids)s)"
_SETTLE = """
UPDATE {schema}.quarantine SET state = %(state)s, settled_at = %(at)s, why = %(why)s
WHERE (partition, "offset", recorded_at) = (
    SELECT q.partition, q."offset", q.recorded_at FROM {schema}.quarantine AS q
    WHERE q.topic = ANY(%(of_ours)s) AND q.partition = %(partition)s AND q."offset" = %(offset)s
        AND q.state = 'open'
    ORDER BY q.recorded_at DESC LIMIT 1
)
"""
_COUNT = """
SELECT count(*) FROM {schema}.quarantine AS q WHERE q.topic = ANY(%(of_ours)s) AND q.state = 'open'
"""

# Somebody's word is about one message: a topic that lost its end has others at its places.
_POSITION = f'((q.partition::bigint << {BITS}) | (q."offset" + 1))'
_DISMISSED = f"""
SELECT {_POSITION}, q.recorded_at FROM {{schema}}.quarantine AS q
WHERE q.topic = ANY(%(of_ours)s) AND q.state = 'dismissed'
"""
_DISMISSED_IN = """
SELECT q.partition, q."offset", q.recorded_at
FROM unnest(%(partitions)s::integer[], %(firsts)s::bigint[], %(ends)s::bigint[])
    AS s (partition, first, past)
JOIN {schema}.quarantine AS q
    ON q.partition = s.partition AND q."offset" >= s.first AND q."offset" < s.past
WHERE q.topic = ANY(%(of_ours)s) AND q.state = 'dismissed'
"""
_RETRIED_SINCE = """
SELECT q.partition, q."offset", q.recorded_at FROM {schema}.quarantine AS q
WHERE q.topic = ANY(%(of_ours)s) AND q.state = 'retried'
    AND q.settled_at >= (SELECT g.made_at FROM {schema}.generation AS g WHERE g.id = %(generation)s)
    AND (q.partition, q."offset") > (%(partition)s, %(offset)s)
ORDER BY 1, 2 LIMIT %(limit)s
"""
_DISMISSED_IN_VIEWS = f"""
SELECT f.position, f.id FROM {{schema}}.quarantine AS q
JOIN fact AS f ON f.position = {_POSITION} AND f.recorded_at = q.recorded_at
WHERE q.topic = ANY(%(of_ours)s) AND q.state = 'dismissed'
"""
_IN_VIEWS = f"""
SELECT 1 FROM {{schema}}.quarantine AS q
JOIN fact AS f ON f.position = {_POSITION} AND f.recorded_at = q.recorded_at
WHERE q.topic = ANY(%(of_ours)s) AND q.partition = %(partition)s AND q."offset" = %(offset)s
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


class Quarantine:
    """The messages of one topic that were set aside; ``topic`` is None where nobody has said yet
    which topic the views are of. Every method is part of the caller's transaction."""

    def __init__(self, connection: _Postgres, schema: str, topic: Topic | None) -> None:
        self._connection = connection
        self._schema = schema
        self._key = _NOBODY_SAID if topic is None else topic.key
        self._keys = [_NOBODY_SAID] if topic is None else [*topic.keys, _NOBODY_SAID]

    def add(self, messages: Sequence[Quarantined]) -> None:
        """Keep messages. One that is kept already stays as it is: a batch may come again after a
        crash, and what somebody decided holds, also where it was on a topic of another name. But
        one that was taken up once, and is no fact to a program of today, is open again."""
        if not messages:
            return
        rows = [
            (
                self._key,
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
        with self._connection.cursor() as cursor:
            cursor.executemany(_named(_ADD, self._schema), rows)

    def listed(
        self, states: Iterable[State] = ("open",), *, limit: int, after: Place = BEFORE_ALL
    ) -> list[Quarantined]:
        """The messages in these states behind a place, in order."""
        rows = self._rows(_LISTED, after, states=list(states), limit=limit)
        return [_read(row) for row in rows]

    def one(self, place: Place, *, lock: bool = False) -> Quarantined | None:
        """The message of a place. Where a topic that lost its end had several there, it is the last
        one that is open, or the last one. With ``lock``, nobody else settles it until the
        transaction ends."""
        rows = self._rows(_AT + (" FOR UPDATE" if lock else ""), place)
        return _read(rows[0]) if rows else None

    def contradicting(self, ids: Iterable[UUID]) -> list[Quarantined]:
        """The facts with these ids that contradict others, whatever became of them."""
        wanted = list(ids)
        return [_read(row) for row in self._rows(_CONTRADICTING, ids=wanted)] if wanted else []

    def settle(self, place: Place, state: State, at: datetime, why: str | None) -> bool:
        """Close the message of a place if it is open; answers whether it was. See ``one``."""
        return self._done(_SETTLE, place, state=state, at=at, why=why).rowcount == 1

    def dismissed(self) -> list[tuple[int, datetime]]:
        """The position of each message that was dismissed, and when it was recorded: whatever a
        program makes of it, it is no fact."""
        return [(row[0], row[1]) for row in self._rows(_DISMISSED)]

    def dismissed_in(
        self, stretches: Sequence[tuple[int, int, int]]
    ) -> set[tuple[int, int, datetime]]:
        """As ``dismissed``, of the messages in stretches (partition, first offset, end): partition,
        offset, and when it was recorded."""
        if not stretches:
            return set()
        partitions, firsts, ends = (list(column) for column in zip(*stretches, strict=True))
        rows = self._rows(_DISMISSED_IN, partitions=partitions, firsts=firsts, ends=ends)
        return {(row[0], row[1], row[2]) for row in rows}

    def retried_since(
        self, generation: int, after: Place, limit: int
    ) -> list[tuple[Place, datetime]]:
        """The messages behind a place that were taken up since a generation was begun: the place of
        each, and when it was recorded."""
        rows = self._rows(_RETRIED_SINCE, after, generation=generation, limit=limit)
        return [((row[0], row[1]), row[2]) for row in rows]

    def dismissed_in_views(self) -> list[tuple[int, UUID]]:
        """The facts of messages that were dismissed which the generation of the ``search_path``
        has: their positions and ids."""
        return [(row[0], row[1]) for row in self._rows(_DISMISSED_IN_VIEWS)]

    def is_in_views(self, place: Place) -> bool:
        """Whether the generation of the ``search_path`` has a fact of a message that was set aside:
        a program that could read it has met it there."""
        return bool(self._rows(_IN_VIEWS, place))

    def count(self) -> int:
        """How many messages wait for somebody."""
        return int(self._rows(_COUNT)[0][0])

    def _rows(self, query: str, place: Place = BEFORE_ALL, **said: Any) -> list[tuple[Any, ...]]:
        return self._done(query, place, **said).fetchall()

    def _done(self, statement: str, place: Place, **said: Any) -> Cursor[tuple[Any, ...]]:
        partition, offset = place
        ours = {"of_ours": self._keys, "partition": partition, "offset": offset}
        return self._connection.execute(_named(statement, self._schema), ours | said)


def know_ids(connection: _Postgres, schema: str) -> None:
    """A step of the control schema."""
    _take_step(connection, schema, IDS)


def know_times(connection: _Postgres, schema: str) -> None:
    """A step of the control schema."""
    _take_step(connection, schema, TIMES)


def know_topics(connection: _Postgres, schema: str) -> None:
    """A step of the control schema."""
    _take_step(connection, schema, TOPICS)


def _take_step(connection: _Postgres, schema: str, statements: Sequence[str]) -> None:
    connection.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'".encode())
    for statement in statements:
        connection.execute(_named(statement, schema))


def storable(text: str) -> str:
    """A text about what nobody could foresee, as PostgreSQL can hold it."""
    return text.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def _named(statement: str, schema: str) -> sql.Composed:
    return sql.SQL(statement).format(schema=sql.Identifier(schema))


def _read(row: tuple[Any, ...]) -> Quarantined:
    names, values = row[5:7]
    headers = tuple(zip(names, values, strict=True))
    return Quarantined._make((*row[:5], headers, *row[7:]))
