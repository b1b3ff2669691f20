"""Which topic the offsets of each generation are of: the table ``topic`` of the control schema.

The name alone does not say it: a topic that was made anew has the old one's, and offsets that mean
something else. A generation's topic is remembered once, when it is first known, and never changed:
views of another topic are another generation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from psycopg import sql

from domain.topics import Topic
from projections.postgres import control
from projections.postgres.connecting import PATIENCE_S, Postgres, connected
from projections.postgres.errors import explained
from projections.postgres.quarantine import Quarantine

_TABLE = """
CREATE TABLE {schema}.topic (
    generation integer PRIMARY KEY REFERENCES {schema}.generation (id) ON DELETE CASCADE,
    name text NOT NULL,
    id text,
    partitions integer NOT NULL CHECK (partitions > 0),
    seen_at timestamptz NOT NULL
)
"""
_THERE = "SELECT 1 FROM pg_tables WHERE schemaname = %s AND tablename = 'topic'"
_OF = "SELECT name, id, partitions FROM {schema}.topic WHERE generation = %s"
# The first one that is said counts: several workers may find out at once.
_REMEMBER = """
INSERT INTO {schema}.topic (generation, name, id, partitions, seen_at)
VALUES (%s, %s, %s, %s, now()) ON CONFLICT DO NOTHING
"""
_WAITING = """
waiting AS (SELECT w.id, w.subject FROM unnest(%(ids)s::uuid[], %(subjects)s::text[])
    AS w (id, subject))
"""
_LACKING = f"""
WITH {_WAITING}
SELECT count(*), min(f.id::text) FROM {{one}}.fact AS f
WHERE NOT EXISTS (SELECT 1 FROM {{other}}.fact AS o WHERE o.id = f.id)
    AND NOT EXISTS (SELECT 1 FROM waiting AS w WHERE w.id = f.id)
"""
# Facts that wait are known by their places alone, which say nothing of another topic: so of each
# subject there must be as many facts that the first generation has not folded in.
_LACKING_WAITING = f"""
WITH {_WAITING},
there AS (
    SELECT w.id, w.subject FROM waiting AS w
    UNION
    SELECT o.id, o.subject FROM {{other}}.fact AS o
    WHERE o.subject IN (SELECT p.subject FROM {{one}}.parked AS p)
),
held AS (
    SELECT
        (SELECT count(*) FROM {{one}}.parked_fact AS f WHERE f.digest = p.digest) AS waiting,
        (
            SELECT count(*) FROM there AS t WHERE t.subject = p.subject
                AND NOT EXISTS (SELECT 1 FROM {{one}}.fact AS f WHERE f.id = t.id)
        ) AS there
    FROM {{one}}.parked AS p
)
SELECT coalesce(sum(greatest(0, h.waiting - h.there)), 0)::bigint FROM held AS h
"""
_LAST = "ALTER TABLE {} ADD COLUMN last_offset bigint, ADD COLUMN last_at timestamptz"
#: How long the change of a generation's books waits for those who read them. Workers would wait
#: behind it; so it gives up then, and is tried again at the next start.
_PATIENCE = "10s"


def make(connection: Postgres, schema: str) -> None:
    """Make the table, and room in the books of the generations that are there already for the last
    record that each partition is folded up to (``ownership.TABLE``)."""
    connection.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'".encode())
    connection.execute(_named(_TABLE, schema))
    for generation in control.generations(connection, schema):
        place = control.schema_of(schema, generation.id)
        connection.execute(sql.SQL(_LAST).format(sql.Identifier(place, "progress")))


def topic_of(connection: Postgres, schema: str, generation: int) -> Topic | None:
    """The topic that a generation is of; None if nobody has said it yet, or the schema is as an
    earlier program left it."""
    if not connection.execute(_THERE, [schema]).fetchall():
        return None
    row = connection.execute(_named(_OF, schema), [generation]).fetchone()
    return None if row is None else Topic(*row)


def topic_of_live(dsn: str, schema: str, *, patience_s: int = PATIENCE_S) -> Topic | None:
    """The topic that the live generation is of, for those who ask the database nothing else; None
    where nobody has said it yet. Raises what ``connect`` raises."""
    with connected(dsn, "control", patience_s=patience_s) as connection, explained():
        live = control.live_if_made(connection, schema)
        return None if live is None else topic_of(connection, schema, live.id)


def quarantine_of(connection: Postgres, schema: str, generation: int) -> Quarantine:
    """What was set aside of the topic that a generation is of."""
    return Quarantine(connection, schema, topic_of(connection, schema, generation))


def remember(connection: Postgres, schema: str, generation: int, topic: Topic) -> None:
    """Say which topic a generation is of, if nobody has said so before."""
    connection.execute(_named(_REMEMBER, schema), [generation, *topic])


class Lacking(NamedTuple):
    """What one generation has and another lacks: how many facts, the id of one of them, and how
    many facts more that wait for parked subjects in the first one."""

    facts: int
    example: str | None
    waiting: int


def lacking(
    connection: Postgres, schema: str, one: int, other: int, waiting: Mapping[UUID, str]
) -> Lacking:
    """What the generation ``one`` has and ``other`` lacks. ``waiting`` are the facts that wait in
    the latter, id -> subject: they are there too."""
    names = {
        "one": sql.Identifier(control.schema_of(schema, one)),
        "other": sql.Identifier(control.schema_of(schema, other)),
    }
    there = {"ids": list(waiting), "subjects": list(waiting.values())}
    facts = connection.execute(sql.SQL(_LACKING).format(**names), there).fetchall()
    more = connection.execute(sql.SQL(_LACKING_WAITING).format(**names), there).fetchall()
    return Lacking(*facts[0], *more[0])


def _named(statement: str, schema: str) -> sql.Composed:
    return sql.SQL(statement).format(schema=sql.Identifier(schema))
