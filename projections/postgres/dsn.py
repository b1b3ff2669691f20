"""Where a PostgreSQL is, as libpq says it."""

from __future__ import annotations

import psycopg
from psycopg.conninfo import make_conninfo


class NoDsn(ValueError):
    """A text that is no DSN. The message does not show it: it may hold a password."""

    def __init__(self) -> None:
        super().__init__(
            "expected a DSN as libpq takes it, such as 'host=db dbname=pledger user=pledger', saw"
            " another text; put values with blanks into quotes, and keep the password apart"
        )


def whole(dsn: str, password: str | None) -> str:
    """The DSN, with a password that was kept apart from it in place of the one in it. Raises
    NoDsn."""
    try:
        return make_conninfo(dsn, **({"password": password} if password else {}))
    except psycopg.ProgrammingError:
        raise NoDsn from None
