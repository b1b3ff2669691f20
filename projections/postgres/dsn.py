"""The connection string of a PostgreSQL, in libpq's form."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from projections.errors import NoDsn


def whole(dsn: str, password: str | None) -> str:
    """The DSN, with a password that was kept apart from it in place of the one in it. Raises
    NoDsn."""
    try:
        parts = conninfo_to_dict(dsn)
        if _slipped(parts):
            raise NoDsn
        return make_conninfo(dsn, **({"password": password} if password else {}))
    except psycopg.ProgrammingError:
        raise NoDsn from None


def _slipped(parts: Mapping[str, object]) -> bool:
    """Whether a part of a password has slipped into the host, the port or the database, where an
    error would show it: in a URL it may hold neither @ nor /, unless they are escaped."""
    port = str(parts.get("port") or "")
    names = f"{parts.get('host') or ''}{parts.get('dbname') or ''}"
    return "@" in names or (not port.replace(",", "0").isdecimal() and port != "")
