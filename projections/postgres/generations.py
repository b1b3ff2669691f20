"""The schemas that the views lie in: one for each time that they are built.

A reader holds on to the generation that it reads (a shared lock), so that it is not dropped under
it. A rebuild fills a generation beside the live one, and the swap moves one pointer. Data teams
query the views of the control schema, which are pointed at the live generation after a swap.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import psycopg
from psycopg import sql

from domain.positions import offset_of, partition_of
from projections import fact_tables, view_registry
from projections.errors import InTheWay
from projections.postgres import control_schema, ddl, read_role
from projections.postgres.connection import Postgres
from projections.postgres.session import PostgresSession
from projections.sql_files import statements_of

_SQL = statements_of(__file__)

#: How long pointing the stable views elsewhere, or dropping what they were of, waits for queries on
#: them. It is tried again later.
PATIENCE = "5s"


def point_to(connection: Postgres, schema: str, generation: int) -> None:
    """Let a connection work on a generation."""
    name = sql.Identifier(control_schema.schema_of(schema, generation))
    connection.execute(sql.SQL("SET search_path = {}, pg_catalog").format(name))


def begin(
    connection: Postgres,
    schema: str,
    catalogue: fact_tables.Catalogue,
    definition: str,
    *,
    indexed: bool,
    pinned: str | None = None,
) -> control_schema.Generation:
    """A new generation with all its tables, empty. A crash leaves all of it or nothing."""
    with connection.transaction():
        begun = control_schema.begin(connection, schema, definition, now(connection), pinned)
        name = sql.Identifier(control_schema.schema_of(schema, begun.id))
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(name))
        connection.execute(sql.SQL("SET LOCAL search_path = {}, pg_catalog").format(name))
        session = PostgresSession(connection, begun.id)
        ddl.create_tables(session, catalogue)
        if indexed:
            ddl.index_facts(session, catalogue)
            ddl.index_views(session)
        read_role.grant(connection, schema, published_names(catalogue))
    return begun


def places_of(
    connection: Postgres, schema: str, generation: int, ids: Sequence[UUID]
) -> list[tuple[int, int]]:
    """Where the facts with some ids lie that a generation has: partition and offset."""
    name = sql.Identifier(control_schema.schema_of(schema, generation), "fact")
    query = sql.SQL("SELECT position FROM {} WHERE id = ANY(%s) ORDER BY 1").format(name)
    rows = connection.execute(query, [list(ids)]).fetchall()
    return [(partition_of(row[0]), offset_of(row[0])) for row in rows]


def swap(connection: Postgres, schema: str, generation: int) -> None:
    """Make a generation the live one. Queries that run finish on the one before; batches that are
    being written are waited for."""
    with connection.transaction():
        control_schema.put_live(connection, schema, generation, now(connection))


def publish(connection: Postgres, schema: str, catalogue: fact_tables.Catalogue) -> bool:
    """Point the views that data teams query at the live generation. Answers whether they are; not
    while a query holds on to one of them for long. All of them change at once.

    Raises ``InTheWay``; they are as they were then.
    """
    names = published_names(catalogue)
    try:
        with connection.transaction():
            connection.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'".encode())
            control_schema.lock(connection, f"{schema}:publish")
            live = control_schema.hold_live(connection, schema)
            if live is None:
                return False
            of = control_schema.schema_of(schema, live.id)
            if _is_published(connection, schema, of):
                return True
            for name in names:
                _point_view(connection, schema, of, name)
            # One that was dropped and made again is nobody's to read.
            read_role.grant(connection, schema, names)
    except psycopg.errors.LockNotAvailable:
        return False
    return True


def published_names(catalogue: fact_tables.Catalogue) -> list[str]:
    """The tables of a generation that are for everybody who asks: facts, views, and how far they
    stand."""
    tables = map(fact_tables.table_of, catalogue)
    return ["fact", *tables, *view_registry.folded_tables(), "progress"]


def _point_view(connection: Postgres, schema: str, of: str, name: str) -> None:
    view, table = sql.Identifier(schema, name), sql.Identifier(of, name)
    statement = sql.SQL("CREATE OR REPLACE VIEW {} AS SELECT * FROM {}").format(view, table)
    try:
        with connection.transaction():
            connection.execute(statement)
    except psycopg.errors.InvalidTableDefinition:
        # Its columns are others now. What depends on the old ones can't go on as it was.
        try:
            connection.execute(sql.SQL("DROP VIEW {}").format(view))
        except psycopg.errors.DependentObjectsStillExist as error:
            raise InTheWay(
                f"to give the view {schema}.{name} its new columns",
                f"others that depend on the old ones ({error.diag.message_detail})",
                f"the views of the schema {schema} show what was live before, and stand still,"
                " until those are dropped: drop them, start a worker, and make them again",
            ) from error
        connection.execute(statement)


def drop_retired(connection: Postgres, schema: str) -> list[int]:
    """Drop the generations that were live once, but for those that still have readers or that the
    stable views are still of. Answers which are left."""
    retired = [g.id for g in control_schema.generations(connection, schema) if g.state == "retired"]
    return [generation for generation in retired if not drop(connection, schema, generation)]


def drop(connection: Postgres, schema: str, generation: int) -> bool:
    """Drop a generation that is not live; answers whether it is gone. It stays while it has
    readers."""
    name = control_schema.schema_of(schema, generation)
    with suppress(psycopg.errors.LockNotAvailable), connection.transaction():
        # Data teams hold on to the tables alone, for as long as their queries take.
        connection.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'".encode())
        ((free,),) = connection.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name]
        ).fetchall()
        live = control_schema.live(connection, schema)
        if not free or (live and live.id == generation) or _is_published(connection, schema, name):
            return False
        control_schema.forget(connection, schema, generation)
        connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))
        return True
    return False


def _is_published(connection: Postgres, schema: str, name: str) -> bool:
    """Whether views of the control schema are of a generation: dropping it would take them too."""
    ((found,),) = connection.execute(_SQL["published"], [schema, name]).fetchall()
    return bool(found)


def hold(connection: Postgres, schema: str, generation: int) -> None:
    """Keep a generation from being dropped as long as the connection lasts."""
    name = control_schema.schema_of(schema, generation)
    connection.execute("SELECT pg_advisory_lock_shared(hashtextextended(%s, 0))", [name])


def release(connection: Postgres, schema: str, generation: int) -> None:
    """The opposite of ``hold``."""
    name = control_schema.schema_of(schema, generation)
    connection.execute("SELECT pg_advisory_unlock_shared(hashtextextended(%s, 0))", [name])


def now(connection: Postgres) -> datetime:
    """The time of the database, for what it records."""
    ((at,),) = connection.execute("SELECT now()").fetchall()
    if not isinstance(at, datetime):
        raise TypeError(f"expected an instant of now(), saw {at!r}")
    return at
