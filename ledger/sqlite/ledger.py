"""The ledger in one SQLite file: nothing to install or to start.

Many processes may read while one appends; those that append at once wait for each other. An
append is one transaction, synced to the disk before it is acknowledged. What a crash leaves
behind, at whatever instruction, is the state before or after the whole batch.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import repeat
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from eventsourcing.persistence import IntegrityError
from eventsourcing.sqlite import SQLiteCursor

from ledger.duplicates import expect_canonical_ids, judge
from ledger.errors import CannotWrite, Unkeepable
from ledger.extensions import extensions_from_text
from ledger.port import EventData, Receipt, RecordedEvent
from ledger.sqlite.errors import explained
from ledger.sqlite.file import (
    LedgerDatastore,
    address_to_read,
    address_to_write,
    is_made,
    lay_out,
    no_ledger,
    prepare_for,
)
from ledger.sqlite.recorder import STORED, FactRecorder
from ledger.sqlite.verify import faults

if TYPE_CHECKING:
    import pyarrow as pa

_TIMES = range(-(2**63), 2**63)


class SQLiteLedger:
    """The facts in the file at ``path``, which is made if it is not there.

    ``clock`` gives the time in UTC microseconds since 1970. ``patience`` is how long, in seconds,
    an append waits while another process writes. Errors are those of ``ledger.errors``. Threads
    may share one; processes open their own.
    """

    def __init__(
        self,
        path: Path,
        clock: Callable[[], int],
        *,
        readonly: bool = False,
        patience: float = 60.0,
    ) -> None:
        self.path = path
        self._readonly = readonly
        self._patience = patience
        self._appending = threading.Lock()
        address = address_to_read(path) if readonly else address_to_write(path)
        self._datastore = LedgerDatastore(address, patience)
        self.recorder = FactRecorder(self._datastore, clock)
        try:
            with self._explained():
                self._make_unless_made()
        except BaseException:
            self.close()
            raise

    @classmethod
    def open_readonly(cls, path: Path, *, patience: float = 60.0) -> Self:
        """The ledger at ``path`` to read from alone, also while others append, and on a disk that
        can't be written to. ``NoLedger`` if there is none. ``append`` is refused."""
        # No clock is needed: only appending reads it.
        return cls(path, lambda: 0, readonly=True, patience=patience)

    def append(self, facts: Sequence[EventData], *, all_or_nothing: bool = False) -> list[Receipt]:
        """See ``Ledger.append``. Raises ``Unkeepable`` (a fact whose id is not canonical or whose
        envelope SQLite can't hold), ``Busy`` or ``CannotWrite``; nothing is written then."""
        if self._readonly:
            raise CannotWrite(
                "a ledger opened to append to",
                f"that {self.path} was opened to read",
                "open it for writing",
            )
        if not facts:
            return []
        expect_canonical_ids(facts)
        with self._appending, self._explained():
            try:
                return self._append(facts, all_or_nothing)
            except (UnicodeEncodeError, OverflowError) as error:
                raise _unkeepable(facts, error) from error

    def read(
        self, after: int = 0, upto: int | None = None, batch: int = 10_000
    ) -> Iterator[list[RecordedEvent]]:
        """See ``Ledger.read``. Each batch is a transaction of its own, so a slow reader keeps
        nothing from being written."""
        if batch < 1 or after < 0:
            raise ValueError(f"expected batch ≥ 1 and after ≥ 0; seen batch={batch}, after={after}")
        head = self.head()
        return self._batches(after, head if upto is None else min(upto, head), batch)

    def columns(
        self, after: int = 0, upto: int | None = None, batch: int = 50_000
    ) -> Iterator[pa.RecordBatch]:
        """See ``Ledger.columns``."""
        head = self.head()
        last = head if upto is None else min(upto, head)
        if after >= last:
            return iter(())
        # Imported here: most commands read no fact, and need not pay for the driver.
        from ledger.sqlite.arrow import read_columns

        table = self.recorder.events_table_name
        return read_columns(address_to_read(self.path), table, after, last, batch)

    def head(self) -> int:
        """See ``Ledger.head``."""
        with self._explained():
            # None from an empty table, whatever its signature promises.
            return self.recorder.max_notification_id() or 0

    def verify(self) -> list[str]:
        """Everything that is wrong in the whole ledger, a line a fault; empty if it is sound.
        Takes time in proportion to the ledger."""
        with self._explained(), self._datastore.transaction(commit=False) as c:
            return faults(c, self.recorder.events_table_name)

    def close(self) -> None:
        """See ``Ledger.close``. Closing twice is closing once."""
        self._datastore.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _make_unless_made(self) -> None:
        with self._datastore.get_connection(commit=False) as connection:
            if is_made(connection, self.path):
                return
            if self._readonly:
                raise no_ledger(self.path, "an empty file")
            # A crash here leaves an empty database, which the next opening makes a ledger of. Two
            # processes that come here at once both succeed: the second finds the table there.
            lay_out(connection, self.path)
        self.recorder.create_table()

    def _append(self, facts: Sequence[EventData], all_or_nothing: bool) -> list[Receipt]:
        # Most batches hold nothing that is known, and inserting a fact walks the index of ids
        # anyway. So nothing is looked up before; if an id was there, it is as if nothing happened.
        try:
            with self._datastore.transaction(commit=True) as c:
                prepare_for(c, len(facts))
                positions = self.recorder.insert_facts(c, facts)
            return list(map(Receipt._make, zip(positions, repeat("accepted"))))
        except IntegrityError:
            return self._append_judged(facts, all_or_nothing)

    def _append_judged(self, facts: Sequence[EventData], all_or_nothing: bool) -> list[Receipt]:
        with self._datastore.transaction(commit=True) as c:
            head, _ = self.recorder.tip(c)
            receipts, fresh = judge(facts, head, lambda ids: self._kept(c, ids))
            if all_or_nothing and any(receipt.outcome == "conflict" for receipt in receipts):
                return [r if r.position <= head else r._replace(position=0) for r in receipts]
            if fresh:
                prepare_for(c, len(fresh))
                self.recorder.insert_facts(c, fresh)
            return receipts

    def _kept(self, c: SQLiteCursor, ids: Sequence[str]) -> Mapping[str, tuple[int, EventData]]:
        marks = ",".join("?" * len(ids))
        rows = self._recorded(c, f"WHERE originator_id IN ({marks})", ids)
        return {row.id: (row.position, EventData(*row[2:])) for row in rows}

    def _batches(self, after: int, upto: int, batch: int) -> Iterator[list[RecordedEvent]]:
        while after < upto:
            with self._explained(), self._datastore.transaction(commit=False) as c:
                where = "WHERE rowid > ? AND rowid <= ? ORDER BY rowid LIMIT ?"
                rows = self._recorded(c, where, (after, upto, batch))
            yield rows
            after = rows[-1].position

    def _recorded(
        self, c: SQLiteCursor, where: str, values: Sequence[object]
    ) -> list[RecordedEvent]:
        cursor = c.sqlite_cursor
        cursor.row_factory = None  # plain tuples: a sqlite3.Row would only be taken apart again
        cursor.execute(f"SELECT {STORED} FROM {self.recorder.events_table_name} {where}", values)
        return [
            RecordedEvent._make(row)
            if row[11] is None
            else RecordedEvent._make((*row[:11], extensions_from_text(row[11])))
            for row in cursor.fetchall()
        ]

    def _explained(self) -> AbstractContextManager[None]:
        return explained(self.path, self._patience)


def _unkeepable(facts: Sequence[EventData], error: Exception) -> Unkeepable:
    """Which fact SQLite could not hold."""
    for fact in facts:
        texts = (value for value in fact if isinstance(value, str))
        try:
            for text in (*texts, *(fact.extensions or {}), *(fact.extensions or {}).values()):
                text.encode()
        except UnicodeEncodeError:
            seen = "text with half a surrogate pair"
        else:
            if fact.time in _TIMES:
                continue
            seen = f"time={fact.time}, which is more than 64 bits"
        return Unkeepable(
            "an envelope of Unicode text and 64-bit integers",
            f"in the fact {fact.id}: {seen}",
            "nothing was written: refuse such a fact at the door",
        )
    return Unkeepable("facts that SQLite can hold", str(error), "nothing was written")
