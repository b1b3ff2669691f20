"""Connections to PostgreSQL, set up as this package needs them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import psycopg
from psycopg.types.string import StrDumper

from projections.errors import Forbidden
from projections.postgres.errors import explained

Postgres = psycopg.Connection[tuple[Any, ...]]

#: How many seconds a server may take to accept a connection.
PATIENCE_S = 10

#: What a session is for.
Role = Literal["worker", "reader", "control"]

#: The settings of every session. Compiling plans takes longer than most of them run. After a wait
#: for a lock a statement must see what was committed meanwhile, so a database's own default does
#: not count; nor does its limit of a statement's time, which a large batch would never keep.
SETTINGS = {
    "jit": "off",
    "TimeZone": "UTC",
    "DateStyle": "ISO",
    "client_min_messages": "warning",
    "default_transaction_isolation": "read committed",
    "work_mem": "64MB",
    "idle_in_transaction_session_timeout": "10min",
    "statement_timeout": "0",
}

WORKER = {
    # Workers wait for no disk: rows and offsets are lost together, and Kafka still has the facts.
    "synchronous_commit": "off",
    "temp_buffers": "64MB",
    # A batch looks few keys up in large tables, and what it has touched lately is in memory: it
    # goes by indexes, and never reads a table from end to end to spare itself that.
    "random_page_cost": "1",
    "seq_page_cost": "10",
    "enable_mergejoin": "off",
}


@contextmanager
def connected(dsn: str, role: Role, *, patience_s: int = PATIENCE_S) -> Iterator[Postgres]:
    """As ``connect``; at the end of the block it is closed, and what was not committed undone."""
    connection = connect(dsn, role, patience_s=patience_s)
    try:
        yield connection
    finally:
        connection.close()


def connect(dsn: str, role: Role, *, patience_s: int = PATIENCE_S) -> Postgres:
    """A connection in autocommit mode: transactions are begun where they are meant. Raises ``Away``
    where no server answers in time, and ``Forbidden`` where it refuses the login or its encoding
    can't hold every text."""
    with explained():
        connection: Postgres = psycopg.connect(dsn, **parameters(role, patience_s))
    try:
        set_up(connection, role)
    except BaseException:
        connection.close()
        raise
    return connection


def parameters(role: Role, patience_s: int) -> dict[str, Any]:
    """How a connection is made."""
    return {
        "autocommit": True,
        "application_name": f"pledger {role}",
        "connect_timeout": patience_s,
        # A server that is gone is known from one that works for long.
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
    }


def set_up(connection: Postgres, role: Role) -> None:
    """Have a connection work as this package needs it. Raises as ``connect``."""
    # Texts are texts: the database need not guess from what they are compared with.
    connection.adapters.register_dumper(str, StrDumper)
    settings = SETTINGS | (WORKER if role == "worker" else {})
    assignments = ", ".join(
        f"set_config('{name}', '{value}', false)" for name, value in settings.items()
    )
    with explained():
        ((encoding,),) = connection.execute(
            f"SELECT current_setting('server_encoding') FROM (SELECT {assignments}) AS s".encode()
        ).fetchall()
    if encoding != "UTF8":
        raise Forbidden(
            "a database whose encoding is UTF8",
            f"{encoding}",
            "make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
        )
