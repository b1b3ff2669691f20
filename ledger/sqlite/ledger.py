"""The ledger in one SQLite file: nothing to install or to start.

Many processes may read while one appends; those that append at once wait for each other. An
append is one transaction, synced to the disk before it is acknowledged. What a crash leaves
behind, at whatever instruction, is the state before or after the whole batch.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import repeat
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from eventsourcing.persistence import IntegrityError
from eventsourcing.sqlite import SQLiteCursor

from ledger.duplicates import expect_canonical_ids, judge
from ledger.errors import CannotWrite, ClockAstray, Damaged, Unkeepable
from ledger.faults import Fault
from ledger.port import EventData, Receipt, RecordedEvent
from ledger.sqlite.errors import Explained
from ledger.sqlite.file import (
    LedgerDatastore,
    address_to_read,
    address_to_write,
    is_made,
    lay_out,
    no_ledger,
    prepare_for,
)
from ledger.sqlite.reader import FactReader
from ledger.sqlite.recorder import FactRecorder
from ledger.sqlite.tip import Tip, tip
from ledger.sqlite.verify import whole

if TYPE_CHECKING:
    import pyarrow as pa

#: What ``Receipt._make`` does, but for counting the two values.
_RECEIPT = partial(tuple.__new__, Receipt)
_TIMES = range(-(2**63), 2**63)


class SQLiteLedger:
    """The facts in the file at ``path``, which is made if it is not there.

    ``clock`` gives the time in UTC microseconds since 1970. ``patience`` is how long, in seconds,
    an append waits while another process writes. Reading passes over the facts at the positions
    ``without``. ``trust_clock`` is for ``recorded_time``. Errors are those of ``ledger.errors``.
    Threads may share one; processes open their own.
    """

    def __init__(
        self,
        path: Path,
        clock: Callable[[], int],
        *,
        readonly: bool = False,
        patience: float = 60.0,
        without: Collection[int] = (),
        trust_clock: bool = False,
    ) -> None:
        self.path = path
        self._readonly = readonly
        self._patience = patience
        address = address_to_read(path) if readonly else address_to_write(path)
        self._datastore = LedgerDatastore(address, patience)
        self.recorder = FactRecorder(self._datastore, clock, trust_clock=trust_clock)
        self._reader = FactReader(path, self._datastore, without)
        # Where the ledger ended after an append of this process.
        self._appended = Tip()
        try:
            with self._explained():
                self._make_unless_made()
        except BaseException:
            self.close()
            raise

    @classmethod
    def open_readonly(
        cls, path: Path, *, patience: float = 60.0, without: Collection[int] = ()
    ) -> Self:
        """The ledger at ``path`` to read from alone, also while others append, and on a disk that
        can't be written to. ``NoLedger`` if there is none. ``append`` is refused."""
        # No clock is needed: only appending reads it.
        return cls(path, lambda: 0, readonly=True, patience=patience, without=without)

    def append(self, facts: Sequence[EventData], *, all_or_nothing: bool = False) -> list[Receipt]:
        """See ``Ledger.append``. Raises ``Unkeepable`` (a fact whose id is not canonical or whose
        envelope SQLite can't hold), ``ClockAstray``, ``Busy``, ``CannotWrite`` or ``Damaged`` (a
        fact with an id of these is not as it was recorded, or the last one, unless this ledger
        appended it or passes over it); nothing is written then."""
        if self._readonly:
            raise CannotWrite(
                "a ledger opened to append to",
                f"that {self.path} was opened to read",
                "open it for writing",
            )
        if not facts:
            return []
        expect_canonical_ids(facts)
        with self._explained():
            try:
                return self._append(facts, all_or_nothing)
            except (UnicodeEncodeError, OverflowError, struct.error) as error:
                raise _unkeepable(facts, error) from error

    def read(
        self, after: int = 0, upto: int | None = None, batch: int = 10_000
    ) -> Iterator[list[RecordedEvent]]:
        """See ``Ledger.read``. Each batch is a transaction of its own, so a slow reader keeps
        nothing from being written. Raises ``Damaged`` where a fact is not as it was recorded."""
        if batch < 1 or after < 0:
            raise ValueError(f"expected batch ≥ 1 and after ≥ 0; seen batch={batch}, after={after}")
        head = self.head()
        return self._batches(after, head if upto is None else min(upto, head), batch)

    def columns(
        self, after: int = 0, upto: int | None = None, batch: int = 50_000
    ) -> Iterator[pa.RecordBatch]:
        """See ``Ledger.columns``; ids are Arrow's UUIDs. Raises ``Damaged`` as ``read`` does."""
        head = self.head()
        last = head if upto is None else min(upto, head)
        if after >= last:
            return
        # Imported here: most commands read no fact, and need not pay for the driver.
        from ledger.sqlite.arrow import read_columns

        with self._explained():
            yield from read_columns(self._reader, after, last, batch)

    def head(self) -> int:
        """See ``Ledger.head``."""
        try:
            with self._explained():
                # None from an empty table, whatever its signature promises.
                return self.recorder.max_notification_id() or 0
        except Damaged as damaged:
            readable = self._reader.last_readable()
            seen = f"{damaged.seen} after position {readable:,}"
            raise Damaged(damaged.expected, seen, damaged.remedy) from damaged

    def changes(self) -> int:
        """A number that is another one once somebody else has appended."""
        with self._explained():
            return self._datastore.changes()

    def digest(self, position: int) -> int | None:
        """The running digest after a position (``ledger.digest``); None if there is no fact."""
        with self._explained():
            return self._reader.digest(position)

    def verify(self) -> list[Fault]:
        """Everything that is wrong in the whole ledger; empty if it is sound. Takes time in
        proportion to the ledger."""
        with self._explained(), self._datastore.transaction(commit=False):
            return whole(self.path)

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
                positions = self._insert(c, facts)
            return list(map(_RECEIPT, zip(positions, repeat("accepted"))))
        except (IntegrityError, ClockAstray):
            # What is known already is not recorded again, whatever the clock shows.
            return self._append_judged(facts, all_or_nothing)

    def _append_judged(self, facts: Sequence[EventData], all_or_nothing: bool) -> list[Receipt]:
        with self._datastore.transaction(commit=True) as c:
            head = tip(c).position
            receipts, fresh = judge(facts, head, lambda ids: self._kept(c, ids))
            if all_or_nothing and any(receipt.outcome == "conflict" for receipt in receipts):
                return [r if r.position <= head else r._replace(position=0) for r in receipts]
            if fresh:
                self._insert(c, fresh)
            return receipts

    def _insert(self, c: SQLiteCursor, facts: Sequence[EventData]) -> Sequence[int]:
        prepare_for(c, len(facts))
        end = tip(c)
        # Each further digest comes of the last one: were that wrong, all of them would be. If it is
        # the one that came of an append of this process, nothing need be read to know that.
        if end.position and end != self._appended:
            self._reader.expect_end(c, end)
        # Should the commit fail, the ledger ends elsewhere the next time.
        self._appended = self.recorder.insert_facts(c, facts, end)
        return range(end.position + 1, self._appended.position + 1)

    def _kept(self, c: SQLiteCursor, ids: Sequence[str]) -> Mapping[str, tuple[int, EventData]]:
        facts = self._reader.known(c, [bytes.fromhex(id.replace("-", "")) for id in ids])
        return {fact.id: (fact.position, EventData(*fact[2:])) for fact in facts}

    def _batches(self, after: int, upto: int, batch: int) -> Iterator[list[RecordedEvent]]:
        while after < upto:
            with self._explained():
                facts = self._reader.facts(after, upto, batch)
            if facts:
                yield facts
            after = min(after + batch, upto)

    def _explained(self) -> Explained:
        return Explained(self.path, self._patience)


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
