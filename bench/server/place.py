"""Where a piece works: a database and names that nobody has used."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.conninfo import make_conninfo

from tests.servers.dropping import drop_database


def fresh_name() -> str:
    """A name that was never there: of a topic, a group or a database."""
    return f"bench_{os.getpid()}_{time.monotonic_ns()}"


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """The DSN of an empty database, gone afterwards."""
    name = fresh_name()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield make_conninfo(server, dbname=name)
        finally:
            drop_database(connection, name)
