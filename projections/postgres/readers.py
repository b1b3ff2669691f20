"""Connections for questions that stay open between them, for a process that asks from many threads:
to make one takes the database longer than most questions do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from projections.errors import Busy
from projections.postgres.connection import PATIENCE_S, Postgres, connect, parameters, set_up

#: How long one waits for a connection of others, and how long one stays open that nobody needs, in
#: seconds.
WAIT_S, IDLE_S = 5.0, 300.0


class Readers:
    """At most so many connections to a database, made when they are needed. Each is tried before a
    question has it; where the server was started again meanwhile, all are made anew."""

    def __init__(self, dsn: str, most: int) -> None:
        self._dsn = dsn
        self._pool: ConnectionPool[Postgres] = ConnectionPool(
            dsn,
            kwargs=parameters("reader", PATIENCE_S),
            min_size=0,
            max_size=most,
            open=False,
            configure=_configure,
            timeout=WAIT_S,
            max_idle=IDLE_S,
            name="readers",
        )

    @contextmanager
    def connection(self) -> Iterator[Postgres]:
        """A connection, for as long as the block lasts; what the block did in a transaction is
        undone. Raises as ``connect``, and ``Busy`` where others have all of them for long."""
        connection = self._taken()
        try:
            yield connection
        finally:
            self._give_back(connection)

    def close(self) -> None:
        """Close them; those that are in use, once they are given back."""
        self._pool.close()

    def _taken(self) -> Postgres:
        self._pool.open()
        with suppress(PoolTimeout):
            if (connection := self._tried()) is not None:
                return connection
            # The others will have been lost with it.
            self._pool.drain()
            if (connection := self._tried()) is not None:
                return connection
        # The pool keeps to itself why it has none: so whoever waited in vain finds out.
        connect(self._dsn, "reader").close()
        raise Busy(
            "a connection to the database to be free",
            f"that questions have had all {self._pool.max_size} for more than {WAIT_S:.0f} s",
            "ask again in a moment",
        )

    def _tried(self) -> Postgres | None:
        """A connection that works; None where the next one does not any more."""
        connection = self._pool.getconn()
        try:
            ConnectionPool.check_connection(connection)
        except psycopg.Error:
            connection.close()
            self._pool.putconn(connection)
            return None
        return connection

    def _give_back(self, connection: Postgres) -> None:
        """As it was: without what the question held on to. One that broke is not kept."""
        try:
            connection.rollback()
            connection.execute("SELECT pg_advisory_unlock_all()")
        except psycopg.Error:
            connection.close()
        finally:
            self._pool.putconn(connection)


def _configure(connection: Postgres) -> None:
    # A plan for all values is not the one for these, and each question is put seldom enough.
    connection.prepare_threshold = None
    set_up(connection, "reader")
