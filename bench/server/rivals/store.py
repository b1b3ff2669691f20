"""The rivals' table in PostgreSQL."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import psycopg2
from psycopg2.extras import execute_values

from bench.server.rivals.table import Row

CREATE = (
    "CREATE TABLE commitment (commitment_id text PRIMARY KEY, state text NOT NULL,"
    " due_at bigint NOT NULL, honoured_at bigint NOT NULL)"
)
SELECT = "SELECT commitment_id, state, due_at, honoured_at FROM commitment"
UPSERT = (
    "INSERT INTO commitment (commitment_id, state, due_at, honoured_at) VALUES %s"
    " ON CONFLICT (commitment_id) DO UPDATE SET state = EXCLUDED.state,"
    " due_at = EXCLUDED.due_at, honoured_at = EXCLUDED.honoured_at"
)


def create(dsn: str) -> None:
    """Make the empty table."""
    _run(dsn, CREATE)


def upsert(cursor: Any, rows: Sequence[Row]) -> None:
    """Put rows in the place of those of the same commitments, the last of each."""
    last = {row["commitment_id"]: tuple(row.values()) for row in rows}
    execute_values(cursor, UPSERT, list(last.values()))


def digest(dsn: str) -> str:
    """The same for the same rows."""
    lines = sorted(repr(row) for row in _run(dsn, SELECT))
    return f"{len(lines):,} rows, {hashlib.sha256(chr(10).join(lines).encode()).hexdigest()[:16]}"


def _run(dsn: str, statement: str) -> list[tuple[Any, ...]]:
    connection = psycopg2.connect(dsn)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return [] if cursor.description is None else cursor.fetchall()
    finally:
        connection.close()
