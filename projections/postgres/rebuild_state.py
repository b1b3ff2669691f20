"""Which process builds a generation of the views anew, and how far it is: the table ``rebuild`` of
the control schema, with one row while a process builds, or after it was killed.

Only one process builds at a time. That is a lock of its connection, which the database takes back
when the process ends, however it ends; the row names the process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from projections.errors import AlreadyBuilding
from projections.postgres.connection import Postgres
from projections.postgres.control_schema import named
from projections.sql_files import statements_of

_SQL = statements_of(__file__)


class RebuildState(NamedTuple):
    """A generation that is being built: by which process, the phase it is in, how much of the phase
    is done (facts of facts when reading, rows of rows when loading), and since when."""

    generation: int
    builder: str
    phase: str
    done: int
    total: int
    started_at: datetime
    updated_at: datetime


@contextmanager
def alone(connection: Postgres, schema: str) -> Iterator[None]:
    """No other process builds as long as the block lasts and the connection lives. Raises
    ``AlreadyBuilding``, which names the one that does."""
    name = f"{schema}:rebuild"
    row = connection.execute(
        "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name]
    ).fetchone()
    if row is None or not row[0]:
        raise _already(current(connection, schema))
    try:
        yield
    finally:
        if not connection.broken:
            connection.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def current(connection: Postgres, schema: str) -> RebuildState | None:
    """What is being built, or was when its process was killed; None where nothing is."""
    query = (
        "SELECT generation, builder, phase, done, total, started_at, updated_at"
        " FROM {schema}.rebuild ORDER BY generation DESC LIMIT 1"
    )
    row = connection.execute(named(query, schema)).fetchone()
    return None if row is None else RebuildState(*row)


def begin(connection: Postgres, schema: str, generation: int, builder: str, phase: str) -> None:
    """Record that a generation is being built."""
    parameters = {"generation": generation, "builder": builder, "phase": phase}
    connection.execute(named(_SQL["begin"], schema), parameters)


def resume(connection: Postgres, schema: str, generation: int, builder: str) -> None:
    """Record that another process goes on with it."""
    parameters = {"generation": generation, "builder": builder}
    connection.execute(named(_SQL["go_on"], schema), parameters)


def say(
    connection: Postgres, schema: str, generation: int, phase: str, done: int, total: int
) -> None:
    """Record how far it is."""
    parameters = {"generation": generation, "phase": phase, "done": done, "total": total}
    connection.execute(named(_SQL["say"], schema), parameters)


def clock(connection: Postgres) -> datetime:
    """The time of the database, for what it records; it advances within a transaction."""
    ((at,),) = connection.execute("SELECT clock_timestamp()").fetchall()
    if not isinstance(at, datetime):
        raise TypeError(f"expected an instant of clock_timestamp(), saw {at!r}")
    return at


def end(connection: Postgres, schema: str, generation: int) -> None:
    """Record that it is not being built any more."""
    statement = named("DELETE FROM {schema}.rebuild WHERE generation = %s", schema)
    connection.execute(statement, [generation])


def _already(one: RebuildState | None) -> AlreadyBuilding:
    since = one and one.started_at.isoformat(timespec="seconds")
    return AlreadyBuilding(
        "no other process to build the views anew",
        f"that {one.builder} builds generation {one.generation} since {since} ({one.phase})"
        if one
        else "one that has just begun",
        "wait until that is done, or end it; {status} shows how far it is",
    )
