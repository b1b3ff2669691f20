"""The connection string of a PostgreSQL, in libpq's form."""

from __future__ import annotations

import psycopg
from psycopg.conninfo import make_conninfo

from projections.errors import NoDsn


def whole(dsn: str, password: str | None) -> str:
    """The DSN, with a password that was kept apart from it in place of the one in it. Raises
    NoDsn."""
    try:
        return make_conninfo(dsn, **({"password": password} if password else {}))
    except psycopg.ProgrammingError:
        raise NoDsn from None
