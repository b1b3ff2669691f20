"""The desk's decisions in the control schema of a server home: eventsourcing's recorder over a
connection of ours.

The library's own one takes of a DSN no more than host, port, database and user, and makes its
tables by itself; here they are made by the numbered steps, and every setting of the DSN counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import Any, NoReturn
from uuid import UUID

import psycopg
from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    Notification,
    StoredEvent,
)

from domain.desk.keys import Key, Keyed
from projections.file_locks import OnWait
from projections.postgres import migration
from projections.postgres.connection import Postgres, connect
from projections.postgres.control_schema import lock, named
from projections.postgres.errors import explained
from projections.sql_files import statements_of

_SQL = statements_of(__file__)
#: How long a relay waits for another.
_PATIENCE = "30s"


def waiting(connection: Postgres, schema: str) -> int:
    """How many decisions the ledger may not have yet. A control schema of before has none."""
    ((there,),) = connection.execute(
        "SELECT to_regclass(%s) IS NOT NULL", [f'"{schema}".desk_published']
    ).fetchall()
    if not there:
        return 0
    ((number,),) = connection.execute(named(_SQL["waiting"], schema)).fetchall()
    return int(number)


class PostgresDecisions(ApplicationRecorder):
    """The decisions in a control schema, whose tables are made where they are not there. Errors are
    those of ``projections.errors``, and eventsourcing's ``IntegrityError``. Threads may share one:
    each has its turn."""

    def __init__(self, dsn: str, schema: str, on_wait: OnWait) -> None:
        self._schema = schema
        self._turn = RLock()
        self._connection = connect(dsn, "control")
        try:
            with explained():
                migration.prepare(self._connection, schema, on_wait)
        except BaseException:
            self.close()
            raise

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Record a decision; ``key`` in the same transaction. One at a time, so that numbers appear
        in their order: a relay that has read up to one has missed none before it."""
        key: Key | None = kwargs.get("key")
        try:
            with self._turn, self._connection.transaction():
                lock(self._connection, f"{self._schema}:decide")
                if key is not None:
                    (event,) = stored_events
                    self._run("insert_key", [*key, event.originator_id, event.originator_version])
                return [self._inserted(event) for event in stored_events]
        except psycopg.errors.UniqueViolation as error:
            raise IntegrityError(str(error.diag.constraint_name)) from error
        except psycopg.Error:
            with explained():
                raise

    def _inserted(self, event: StoredEvent) -> int:
        row = [event.originator_id, event.originator_version, event.topic, event.state]
        ((number,),) = self._run("insert", row)
        return int(number)

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """See ``AggregateRecorder``."""
        values = {"id": str(originator_id), "gt": gt, "lte": lte, "limit": limit}
        rows = self._ask("events", values, way="DESC" if desc else "ASC")
        return [StoredEvent(*row) for row in rows]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """See ``ApplicationRecorder``."""
        first = start if start is None or inclusive_of_start else start + 1
        values = {"start": first, "stop": stop, "topics": list(topics) or None, "limit": limit}
        return [Notification(*row) for row in self._ask("notifications", values)]

    def max_notification_id(self) -> int | None:
        """See ``ApplicationRecorder``."""
        ((number,),) = self._ask("last")
        return None if number is None else int(number)

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> NoReturn:
        """Nobody subscribes: the relay reads."""
        raise NotImplementedError

    def keyed(self, key: str) -> Keyed | None:
        """What a key was used for; None if for nothing yet."""
        rows = self._ask("keyed", [key])
        return Keyed(Key(*rows[0][:4]), *rows[0][4:]) if rows else None

    def number(self, stream: str, version: int) -> int:
        """The number of a decision. Raises LookupError."""
        rows = self._ask("number", [stream, version])
        if not rows:
            raise LookupError(f"expected the decision {stream} {version}, saw none")
        return int(rows[0][0])

    def position(self, number: int) -> int | None:
        """Where a decision lies in the ledger; None if that is not known yet."""
        rows = self._ask("position", [number])
        return int(rows[0][0]) if rows else None

    def changes(self) -> None:
        """PostgreSQL tells nothing for less than it takes to look."""

    def next_waiting(self, limit: int) -> Sequence[Notification]:
        """The first decisions after those that the ledger has, by their numbers."""
        return [Notification(*row) for row in self._ask("next_waiting", [limit])]

    def publish(self, positions: Sequence[tuple[int, int]]) -> None:
        """Note where in the ledger decisions lie: part of the transaction of ``alone``."""
        with self._transaction():
            for pair in positions:
                self._run("publish", list(pair))

    def waiting(self) -> int:
        """How many decisions come after those that the ledger has."""
        with self._turn, explained():
            return waiting(self._connection, self._schema)

    def syncing(self) -> Callable[[], None]:
        """Waits for nothing: a commit is durable when it returns."""
        return lambda: None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other relay works as long as the block lasts and the connection lives: it is one
        transaction. Raises ``TryAgain`` where another works for long."""
        with self._transaction():
            self._connection.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'".encode())
            lock(self._connection, f"{self._schema}:relay")
            yield

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._turn, explained(), self._connection.transaction():
            yield

    def _ask(
        self, name: str, values: Sequence[Any] | Mapping[str, Any] = (), **words: str
    ) -> list[tuple[Any, ...]]:
        with self._turn, explained():
            return self._run(name, values, **words)

    def _run(
        self, name: str, values: Sequence[Any] | Mapping[str, Any], **words: str
    ) -> list[tuple[Any, ...]]:
        text = _SQL[name]
        for word, instead in words.items():
            text = text.replace(f"{{{word}}}", instead)
        cursor = self._connection.execute(named(text, self._schema), values)
        return cursor.fetchall() if cursor.description else []
