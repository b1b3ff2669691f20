"""Sessions of many threads on one file of views, which nobody changes meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import _duckdb as duckdb

from projections.duckdb.errors import explained
from projections.duckdb.session import DuckDBSession


class SharedSessions:
    """Opens sessions on a database to which the file is attached, as many at once as there are
    threads. What one learns ``once``, all know. One that has run nothing but queries is kept for
    the next question: to make one takes as long as a query."""

    def __init__(self, database: duckdb.DuckDBPyConnection, path: Path) -> None:
        self._database = database
        self._path = path
        self._known: dict[str, Any] = {}
        self._idle: list[DuckDBSession] = []

    @contextmanager
    def opened(self) -> Iterator[DuckDBSession]:
        """A session for one question."""
        with explained(self._path):
            session = self._kept() or self._made()
            try:
                yield session
            except duckdb.Error:
                session.is_clean = False
                raise
            finally:
                if session.is_clean:
                    self._idle.append(session)
                else:
                    _close(session)

    def close(self) -> None:
        """Close those that are kept."""
        while session := self._kept():
            _close(session)

    def _kept(self) -> DuckDBSession | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _made(self) -> DuckDBSession:
        connection = self._database.cursor()
        use(connection)
        return DuckDBSession(connection, self._known)


def use(connection: duckdb.DuckDBPyConnection) -> None:
    """Let a connection read the attached file, in UTC."""
    connection.execute("USE views")
    connection.execute("SET TimeZone = 'UTC'")


def _close(session: DuckDBSession) -> None:
    session.let_go()
    session.connection.close()
