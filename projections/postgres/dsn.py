"""Where a PostgreSQL is, as libpq says it."""

from __future__ import annotations

from psycopg.conninfo import make_conninfo


def with_password(dsn: str, password: str) -> str:
    """The DSN with a password that was kept apart from it, in place of the one in it, if any.
    Raises psycopg.ProgrammingError where it is no DSN; the message may show the DSN, but not the
    password."""
    return make_conninfo(dsn, password=password)
