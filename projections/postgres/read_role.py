"""The role as which SQL of the data teams' own runs: it reads the views and the tables of facts,
and nothing else of what the owner has.

It cannot log in; the owner of the views becomes it for a query, and the data teams' own logins are
given it. Roles belong to the server and not to a database, so it is named after the control schema,
and databases with a control schema of the same name share it: what it may do in each, each says.
"""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import sql

from projections.postgres import control_schema
from projections.postgres.connection import Postgres
from projections.sql_files import statements_of

_SQL = statements_of(__file__)

_BECOME = sql.SQL("SET LOCAL ROLE {}")
#: What PostgreSQL answers where there is no such role, or where one may not become it.
_NOT_OURS = (psycopg.errors.InvalidParameterValue, psycopg.errors.InsufficientPrivilege)


def name_of(schema: str) -> str:
    """The name of the role that reads the views of a control schema."""
    return f"{schema}_reader"


def make(connection: Postgres, schema: str) -> str | None:
    """Make the role where it is not there, and let the owner become it. Answers None, or what an
    administrator has to do, since the owner may not. Processes may do so at once."""
    role = sql.Identifier(name_of(schema))
    if not _may_become(connection, role):
        for statement in ("CREATE ROLE {} NOLOGIN", "GRANT {} TO CURRENT_USER"):
            try:
                connection.execute(sql.SQL(statement).format(role))
            except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
                pass  # somebody else has made it
            except (psycopg.errors.InsufficientPrivilege, psycopg.errors.InternalError_):
                break  # the latter where another process grants it at the same moment
    if _may_become(connection, role):
        return None
    ((owner,),) = connection.execute("SELECT current_user").fetchall()
    return (
        f"queries of the data teams' own run as {owner}, the owner of the views, which may neither"
        f" make nor become the role {name_of(schema)}: as an administrator of PostgreSQL, CREATE"
        f" ROLE {name_of(schema)} NOLOGIN ROLE {owner}; and start a worker again"
    )


def grant(connection: Postgres, schema: str, names: Sequence[str]) -> None:
    """Let the role read the tables and views of these names, in the control schema and in every
    generation, where it is there and may not yet."""
    role = name_of(schema)
    generations = control_schema.generations(connection, schema)
    homes = [control_schema.schema_of(schema, each.id) for each in generations]
    values = {"role": role, "control": schema, "generations": homes, "names": list(names)}
    for statement in connection.execute(_SQL["missing"], values).fetchall():
        connection.execute(str(statement[0]).encode())


def enter(connection: Postgres, schema: str) -> bool:
    """Become the role until the transaction ends. Answers whether one is it: nothing has changed
    where it is not there, or may not read the schema that the session works on."""
    role = sql.Identifier(name_of(schema))
    ((home,),) = connection.execute("SELECT current_schema()").fetchall()
    try:
        with connection.transaction():
            connection.execute(_BECOME.format(role))
            reads = "SELECT has_schema_privilege(%s, 'USAGE')"
            if connection.execute(reads, [home]).fetchall() != [(True,)]:
                raise psycopg.errors.InsufficientPrivilege
    except _NOT_OURS:
        return False
    return True


def _may_become(connection: Postgres, role: sql.Identifier) -> bool:
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(_BECOME.format(role))
    except _NOT_OURS:
        return False
    return True
