"""Which topic the offsets of each generation are of: the table ``topic`` of the control schema.

The name alone does not say it: a topic that was made anew has the old one's, and offsets that mean
something else. A generation's topic is remembered once, when it is first known, and never changed:
views of another topic are another generation.
"""

from __future__ import annotations

from psycopg import sql

from domain.topics import Topic
from projections.postgres import control
from projections.postgres.connecting import PATIENCE_S, Postgres, connected
from projections.postgres.quarantine import Quarantine
from projections.postgres.trouble import explained

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
# A fact whose subject is parked waits beside the others, and is not lacking.
_LACKING = """
SELECT count(*), min(f.id::text) FROM {one}.fact AS f
WHERE NOT EXISTS (SELECT 1 FROM {other}.fact AS o WHERE o.id = f.id)
    AND NOT EXISTS (SELECT 1 FROM {other}.parked AS p WHERE p.subject = f.subject)
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
        made = control.is_made(connection, schema)
        live = control.live(connection, schema) if made else None
        return None if live is None else topic_of(connection, schema, live.id)


def quarantine_of(connection: Postgres, schema: str, generation: int) -> Quarantine:
    """What was set aside of the topic that a generation is of."""
    return Quarantine(connection, schema, topic_of(connection, schema, generation))


def remember(connection: Postgres, schema: str, generation: int, topic: Topic) -> None:
    """Say which topic a generation is of, if nobody has said so before."""
    connection.execute(_named(_REMEMBER, schema), [generation, *topic])


def lacking(connection: Postgres, schema: str, one: int, other: int) -> tuple[int, str | None]:
    """How many facts of one generation another lacks, and the id of one of them."""
    names = {
        "one": sql.Identifier(control.schema_of(schema, one)),
        "other": sql.Identifier(control.schema_of(schema, other)),
    }
    ((count, example),) = connection.execute(sql.SQL(_LACKING).format(**names)).fetchall()
    return count, example


def _named(statement: str, schema: str) -> sql.Composed:
    return sql.SQL(statement).format(schema=sql.Identifier(schema))
