"""Dropping databases. The bench's others use this too, in an environment without pytest."""

from __future__ import annotations

import psycopg


def drop_database(connection: psycopg.Connection[psycopg.rows.TupleRow], name: str) -> None:
    """Drop a database, with the connections that somebody has left open there. Where a process of
    the server's own sweeps it up, only a plain DROP may send that away."""
    try:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
    except psycopg.errors.InsufficientPrivilege:
        connection.execute(f"DROP DATABASE IF EXISTS {name}".encode())
