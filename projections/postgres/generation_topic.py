"""Which topic the offsets of each generation are of: the table ``topic`` of the control schema.

The name alone does not show it: a topic that was made anew has the old one's, and offsets that mean
something else. A generation's topic is remembered once, when it is first known, and never changed:
views of another topic are another generation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from psycopg import sql

from domain.topics import Topic
from projections.postgres import control_schema
from projections.postgres.connection import PATIENCE_S, Postgres, connected
from projections.postgres.control_schema import named
from projections.postgres.errors import explained
from projections.postgres.quarantine import Quarantine
from projections.sql_files import statements_of

_THERE = "SELECT 1 FROM pg_tables WHERE schemaname = %s AND tablename = 'topic'"
_OF = "SELECT name, id, partitions FROM {schema}.topic WHERE generation = %s"
_OFFSETS = "SELECT partition, next_offset FROM {schema}.progress"
_SQL = statements_of(__file__)


def topic_of(connection: Postgres, schema: str, generation: int) -> Topic | None:
    """The topic that a generation is of; None if none is recorded yet, or the schema is as an
    earlier program left it."""
    if not connection.execute(_THERE, [schema]).fetchall():
        return None
    row = connection.execute(named(_OF, schema), [generation]).fetchone()
    return None if row is None else Topic(*row)


def topic_of_live(dsn: str, schema: str, *, patience_s: int = PATIENCE_S) -> Topic | None:
    """The topic that the live generation is of, on a connection of its own; None where none is
    recorded yet. Raises what ``connect`` raises."""
    with connected(dsn, "control", patience_s=patience_s) as connection, explained():
        live = control_schema.live_if_made(connection, schema)
        return None if live is None else topic_of(connection, schema, live.id)


class Known(NamedTuple):
    """What views know of a topic: which it is, and of each partition the first offset that is not
    folded in yet."""

    topic: Topic
    offsets: Mapping[int, int]


def known_to_live(dsn: str, schema: str, *, patience_s: int = PATIENCE_S) -> Known | None:
    """What the live generation knows of its topic; as ``topic_of_live`` otherwise."""
    with connected(dsn, "control", patience_s=patience_s) as connection, explained():
        live = control_schema.live_if_made(connection, schema)
        topic = None if live is None else topic_of(connection, schema, live.id)
        if live is None or topic is None:
            return None
        query = named(_OFFSETS, control_schema.schema_of(schema, live.id))
        return Known(topic, dict(connection.execute(query).fetchall()))


def quarantine_of(connection: Postgres, schema: str, generation: int) -> Quarantine:
    """What was set aside of the topic that a generation is of."""
    return Quarantine(connection, schema, topic_of(connection, schema, generation))


def remember(connection: Postgres, schema: str, generation: int, topic: Topic) -> None:
    """Record which topic a generation is of, if none is recorded."""
    connection.execute(named(_SQL["remember"], schema), [generation, *topic])


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
        "one": sql.Identifier(control_schema.schema_of(schema, one)),
        "other": sql.Identifier(control_schema.schema_of(schema, other)),
    }
    there = {"ids": list(waiting), "subjects": list(waiting.values())}
    facts = connection.execute(sql.SQL(_SQL["lacking"]).format(**names), there).fetchall()
    more = connection.execute(sql.SQL(_SQL["lacking_waiting"]).format(**names), there).fetchall()
    return Lacking(*facts[0], *more[0])
