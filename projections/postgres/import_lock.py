"""That one process at a time imports a snapshot, on whichever machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from projections.errors import Busy
from projections.postgres.connection import connected
from projections.postgres.errors import explained


@contextmanager
def held_alone(dsn: str, schema: str, patience_s: int) -> Iterator[None]:
    """A lock of a connection, which the database takes back when the process ends. Raises ``Busy``
    where another holds it for so many seconds."""
    with connected(dsn, "control") as connection:
        with explained():
            try:
                connection.execute(f"SET lock_timeout = '{patience_s}s'".encode())
                name = f"{schema}:import"
                connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
            except psycopg.errors.LockNotAvailable:
                raise Busy(
                    "to be the only one who imports a snapshot",
                    f"that another has been at it for more than {patience_s} s",
                    "nothing was written: wait for it to end, and import again",
                ) from None
        yield
