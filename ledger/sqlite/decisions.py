"""The desk's decisions in one SQLite file, beside the ledger of an embedded home.

Any number of processes may decide at once; each decision is one transaction. A commit does not wait
for the disk: ``sync`` does, and nobody is told of a decision before. So a decision goes to the disk
while its fact does in the ledger, and takes no longer than one of the two. A process that is killed
in between leaves both, since the system has them. A power cut may leave one of them, of which
nobody was told: a decision without its fact is published by the next relay; a fact without its
decision is a fact that came by another way, and who decides again is told what is so.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

from eventsourcing.persistence import IntegrityError, Notification, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor

from domain.desk.keys import Key, Keyed
from ledger.sqlite.errors import Explained
from ledger.sqlite.file import (
    Kind,
    LedgerDatastore,
    address_to_read,
    address_to_write,
    is_of,
    lay_out,
    prepare_for,
)
from ledger.sqlite.recorder import statements_in

#: "Pldk": marks the file among SQLite files.
KIND = Kind(
    0x506C646B,
    1,
    "the desk's decisions",
    "move it away, and what the desk decided is begun anew",
)

#: What lets the thread that syncs end.
_END = 0

_LAST_PUBLISHED = "(SELECT coalesce(max(number), 0) FROM published)"


class SQLiteDecisions(SQLiteApplicationRecorder):
    """The decisions in the file at ``path``, which is made if it is not there, unless it is only
    read. ``patience`` is how long, in seconds, a decision waits while another process writes.
    Errors are those of ``ledger.errors``, and eventsourcing's ``IntegrityError``."""

    def __init__(self, path: Path, *, patience: float = 60.0, readonly: bool = False) -> None:
        self.path = path
        self._patience = patience
        address = address_to_read(path) if readonly else address_to_write(path)
        self._datastore = LedgerDatastore(address, patience, synchronous="NORMAL", single=True)
        super().__init__(self._datastore)
        self._other: _Other | None = None
        self._log: int | None = None
        try:
            with Explained(path, patience):
                self._made = self._is_made()
                if not self._made and not readonly:
                    self._make()
        except BaseException:
            self.close()
            raise

    def construct_create_table_statements(self) -> list[str]:
        """The statements that make an empty file one of decisions, all run in one transaction."""
        return [*statements_in("decisions.sql"), *KIND.marking()]

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Record a decision; ``key`` in the same transaction. A crash leaves both or neither."""
        taken: IntegrityError | None = None
        with Explained(self.path, self._patience):
            try:
                return super().insert_events(stored_events, **kwargs)
            except IntegrityError as error:  # for who decided, and no damage
                taken = error
        raise taken

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        prepare_for(c, len(stored_events))
        key: Key | None = kwargs.get("key")
        if key is not None:
            (event,) = stored_events
            row = (*key, event.originator_id, event.originator_version)
            c.execute("INSERT INTO decision_key VALUES (?, ?, ?, ?, ?, ?)", row)
        return super()._insert_events(c, stored_events)

    def keyed(self, key: str) -> Keyed | None:
        """See ``DecisionRecorder``."""
        row = self._row("SELECT * FROM decision_key WHERE key = ?", key)
        return None if row is None else Keyed(Key(*row[:4]), *row[4:])

    def number(self, stream: str, version: int) -> int:
        """See ``DecisionRecorder``. Raises LookupError."""
        row = self._row(
            "SELECT rowid FROM stored_events WHERE originator_id = ? AND originator_version = ?",
            stream,
            version,
        )
        if row is None:
            raise LookupError(f"expected the decision {stream} {version}, saw none")
        return int(row[0])

    def position(self, number: int) -> int | None:
        """See ``DecisionRecorder``."""
        row = self._row("SELECT position FROM published WHERE number = ?", number)
        return None if row is None else int(row[0])

    def changes(self) -> int:
        """See ``DecisionRecorder``."""
        with Explained(self.path, self._patience):
            return self._datastore.changes()

    def next_waiting(self, limit: int) -> Sequence[Notification]:
        """See ``DecisionRecorder``."""
        with (
            Explained(self.path, self._patience),
            self._datastore.transaction(commit=False) as c,
        ):
            c.execute(
                "SELECT originator_id, originator_version, topic, state, rowid FROM stored_events"
                f" WHERE rowid > {_LAST_PUBLISHED} ORDER BY rowid LIMIT ?",
                (limit,),
            )
            return [Notification(*row) for row in c.fetchall()]

    def publish(self, positions: Sequence[tuple[int, int]]) -> None:
        """See ``DecisionRecorder``. A power cut may leave the state before: it is then published
        again, to no effect."""
        with (
            Explained(self.path, self._patience),
            self._datastore.transaction(commit=True) as c,
        ):
            c.executemany("INSERT OR IGNORE INTO published VALUES (?, ?)", positions)

    def syncing(self) -> Callable[[], None]:
        """See ``DecisionRecorder``."""
        if self._other is None:
            self._other = _Other(self.sync)
        return self._other.begin()

    def sync(self) -> None:
        """Return when all that was recorded is durable. As SQLite does at the end of a commit,
        where it is to wait for the disk, the log of changes is synced. From there they move to the
        file itself, which SQLite syncs then. The log stays the same file for as long as a
        connection is open; a copy that some other tool made may do without one."""
        if self._log is None:
            log = self.path.with_name(f"{self.path.name}-wal")
            # Closed after the connections: to close the file itself lets go of their locks.
            self._log = os.open(log if log.exists() else self.path, os.O_RDONLY)
        os.fdatasync(self._log)

    def waiting(self) -> int:
        """See ``DecisionRecorder``."""
        if not self._made:  # a crash before the first decision left an empty file
            return 0
        row = self._row(f"SELECT count(*) FROM stored_events WHERE rowid > {_LAST_PUBLISHED}")
        return 0 if row is None else int(row[0])

    def close(self) -> None:
        """Close the file."""
        if self._other is not None:
            self._other.end()
            self._other = None
        self._datastore.close()
        if self._log is not None:
            os.close(self._log)
            self._log = None

    def _row(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        with (
            Explained(self.path, self._patience),
            self._datastore.transaction(commit=False) as c,
        ):
            c.execute(sql, values)
            row = c.fetchone()
        return None if row is None else tuple(row)

    def _is_made(self) -> bool:
        with self._datastore.get_connection(commit=False) as connection:
            return is_of(connection, self.path, KIND)

    def _make(self) -> None:
        with self._datastore.get_connection(commit=False) as connection:
            # A crash here leaves an empty database, which the next opening makes the file of.
            lay_out(connection, self.path)
        self.create_table()
        self._made = True


class _Other:
    """Another thread, which does one thing whenever it is asked to. (An executor makes a future
    with a lock and a condition each time, which takes twice as long.)"""

    def __init__(self, does: Callable[[], None]) -> None:
        self._does = does
        self._begun = 0
        self._asked: SimpleQueue[int] = SimpleQueue()
        self._done: SimpleQueue[tuple[int, BaseException | None]] = SimpleQueue()
        self._thread = Thread(target=self._run, name="sync", daemon=True)
        self._thread.start()

    def begin(self) -> Callable[[], None]:
        """Begin to do it. What is returned waits for the end, and raises what was raised."""
        self._begun += 1
        self._asked.put(self._begun)
        return partial(self._await, self._begun)

    def end(self) -> None:
        """Let the thread end, once it has done what it was asked for."""
        self._asked.put(_END)
        self._thread.join()

    def _await(self, number: int) -> None:
        done, problem = self._done.get()
        while done < number:  # for that one nobody has waited
            done, problem = self._done.get()
        if problem is not None:
            raise problem

    def _run(self) -> None:
        while (number := self._asked.get()) != _END:
            try:
                self._does()
            except BaseException as problem:  # noqa: BLE001 - for who waits, who would wait for ever
                self._done.put((number, problem))
            else:
                self._done.put((number, None))
