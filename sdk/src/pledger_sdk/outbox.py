"""The outbox: facts that were emitted and are not yet known to be on the topic.

One SQLite file, since SQLite is in the standard library and has been through what a file of our own
would have to learn: torn writes, power cuts, full disks. It is locked by the one process that has
it open, and readable by its owner alone, because facts may tell of people. Without a path it is in
memory, with the same rules, and is lost with the process.

A crash at any instruction leaves each fact in the file or not, and those of one ``put`` together.
What was put is synced to the disk before ``put`` returns. What was delivered is deleted later,
together with the next facts that are put or some hundreds at once; a crash before that leaves it in
the file, and it is sent again, under the same id, which counts it once.

The handler of a signal may raise between any two steps, and what is said here of the file would
then be wrong. So a write begins by noting that it is not sure, and ends by noting that it is;
where it did not come to its end, the file is read anew.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from pledger_sdk import forking
from pledger_sdk._contract.ledger.envelope import size_of
from pledger_sdk._contract.ledger.port import EventData
from pledger_sdk.delivery import Delivery
from pledger_sdk.errors import Closed, OutboxFull
from pledger_sdk.outbox_file import explained, open_database

_LOG = logging.getLogger("pledger_sdk")
_COLUMNS = (
    "id, type, source, subject, time, body, correlationid, causationid, sequence, extensions, size"
)
#: Delivered facts that may wait to be deleted.
_SWEEP = 500


class Row(NamedTuple):
    """A fact in the outbox; places count up in the order of emitting."""

    place: int
    fact: EventData
    size: int


class _Ticket:
    """One ``put`` that waits to be written, perhaps together with those of other threads."""

    __slots__ = (
        *("counted", "deliveries", "done", "dropped", "error", "facts"),
        *("kept", "last", "size"),
    )

    def __init__(self, facts: Sequence[EventData], counted: Sequence[bool]) -> None:
        self.facts = facts
        self.counted = counted
        self.size = sum(map(size_of, facts))
        self.kept = 0  # the same once it is written, with the sequences that were given then
        self.last = 0  # the place of its last fact, once it is written
        self.deliveries = [Delivery(fact.id, fact.correlationid) for fact in facts]
        self.done = False
        self.dropped = False  # whoever put it has gone
        self.error: Exception | None = None

    @property
    def waits(self) -> bool:
        """Whether it is to be written."""
        return not (self.done or self.dropped)


class Outbox:
    """At most ``max_facts`` facts of ``max_bytes`` together, in the file at ``path`` or in memory.

    ``fsync=False`` leaves it to the system when to write to the disk: what was put then survives
    the death of the process, not that of the machine. Threads may share one. Raises
    ``OutboxInUse``, ``OutboxTrouble``.
    """

    def __init__(self, path: Path | None, max_facts: int, max_bytes: int, *, fsync: bool) -> None:
        self.path = path
        self._max_facts = max_facts
        self._max_bytes = max_bytes
        self._database = open_database(path, fsync=fsync)
        self._disk = threading.Lock()  # guards the database; taken before _gate, never after it
        # Guards what follows. A condition's own way in and out is not safe from signals.
        self._gate = threading.RLock()
        self._changed = threading.Condition(self._gate)
        self._queue: list[_Ticket] = []
        self._settled: list[int] = []
        self._closed = False
        self._open: dict[int, Delivery | None] = {}
        self._bytes = 0
        self._last = 0
        self._counts: dict[str, int] = {}
        self._sure = False  # whether these are as the file says; guarded by _disk
        try:
            self._reread()
        except BaseException as problem:
            self._database.close()
            if isinstance(problem, sqlite3.Error):
                raise explained(problem, path) from None
            raise
        forking.guard(self)

    @property
    def left(self) -> tuple[int, int]:
        """How many facts, and bytes, are not known to be delivered."""
        with self._gate:
            return len(self._open), self._bytes

    def put(
        self, facts: Sequence[EventData], counted: Sequence[bool], patience: float
    ) -> list[Delivery]:
        """Keeps facts, all or none, and returns when they are safe. A counted fact gets the next
        ``sequence`` of its source. Waits up to ``patience`` seconds for room. Raises
        ``OutboxFull``, ``OutboxTrouble``, ``Closed``; nothing was kept then."""
        ticket = _Ticket(facts, counted)
        try:
            self._line_up(ticket, patience)
            # Whoever comes first writes, and syncs, for all who wait meanwhile.
            with self._disk:
                if not ticket.done:
                    self._write()
        except BaseException as problem:
            ticket.dropped = True
            if isinstance(problem, sqlite3.Error):
                raise explained(problem, self.path) from None
            raise
        if ticket.error is not None:
            raise ticket.error
        return ticket.deliveries

    def after(self, place: int, limit: int) -> list[Row]:
        """The first facts beyond a place, in order."""
        with self._disk:
            self._expect_open()
            self._make_sure()
            return self._rows("WHERE place > ? ORDER BY place LIMIT ?", (place, limit))

    def settle(
        self, rows: Sequence[Row], upto: int
    ) -> tuple[list[tuple[Row, Delivery | None]], list[Row]]:
        """Takes note that facts are delivered. Returns them with their deliveries, which are None
        for facts of an earlier process, and of each one's subject the next fact, at the place
        ``upto`` at most."""
        where = "WHERE subject = ? AND place > ? AND place <= ? ORDER BY place LIMIT 1"
        with self._disk:
            self._expect_open()
            self._make_sure()
            # What may fail comes first, so that it can be tried again.
            nexts = [self._rows(where, (row.fact.subject, row.place, upto)) for row in rows]
        with self._gate:
            known = [row for row in rows if row.place in self._open]
            ended = [(row, self._open.pop(row.place, None)) for row in rows]
            self._bytes -= sum(row.size for row in known)
            self._settled += [row.place for row in rows]
            self._changed.notify_all()
        if len(self._settled) >= _SWEEP:
            self.sweep()
        return ended, list(chain.from_iterable(nexts))

    def sweep(self) -> None:
        """Deletes what was delivered. If that fails it is tried again later: until then the facts
        lie there for nothing, and after a crash they are sent again."""
        with self._disk:
            if self._settled and not self._closed:
                try:
                    self._write()
                except sqlite3.Error as problem:
                    _LOG.warning("outbox: could not delete delivered facts: %s", problem)

    def wait_empty(self, timeout: float | None) -> int:
        """Waits until all that is in it now is delivered; returns how much of that is not."""
        with self._gate:
            last = self._last
            self._changed.wait_for(lambda: self._closed or not self._left_upto(last), timeout)
            return sum(place <= last for place in self._open)

    def close(self) -> list[Delivery]:
        """Lets go of the file; returns what is still under way of this process's facts."""
        self.sweep()
        with self._disk, self._gate:
            self._closed = True
            self._changed.notify_all()
            self._database.close()
            return [delivery for delivery in self._open.values() if delivery is not None]

    def hold(self) -> None:
        """Before a fork: no transaction is under way, and nothing changes, until ``release``."""
        self._disk.acquire()
        self._gate.acquire()

    def release(self) -> None:
        """After a fork, in the parent."""
        self._gate.release()
        self._disk.release()

    def abandon(self) -> None:
        """After a fork, in the child: see ``forking``."""
        self._gate.release()
        forking.immortal(self._database)

    def _line_up(self, ticket: _Ticket, patience: float) -> None:
        with self._gate:
            if not self._changed.wait_for(lambda: self._closed or self._fits(ticket), patience):
                raise self._full()
            self._expect_open()
            self._queue.append(ticket)

    # --- with _disk held -----------------------------------------------------------------------

    def _write(self) -> None:
        """One transaction: puts what waits, deletes what was delivered. Raises ``sqlite3.Error``
        where nothing waits, and tells it to the tickets where something does. Raises ``Closed``."""
        self._expect_open()
        self._make_sure()
        with self._gate:
            tickets = [ticket for ticket in self._queue if ticket.waits]
            settled = self._settled[:]
        try:
            self._sure = False
            counts = self._transact(tickets, settled)
            self._done(tickets, settled, counts)
        except sqlite3.Error as problem:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            self._failed(tickets, problem)
            if not tickets:
                raise
        except BaseException:
            # A signal's, most likely. It may have come before the COMMIT, or after it.
            self._make_sure()
            raise

    def _transact(self, tickets: Sequence[_Ticket], settled: Sequence[int]) -> dict[str, int]:
        """The new counts, by source."""
        counts = dict(self._counts)
        place = self._last
        self._database.execute("BEGIN IMMEDIATE")
        for ticket in tickets:
            place = self._insert(ticket, place, counts)
        if counts != self._counts:
            self._database.executemany(
                "INSERT OR REPLACE INTO counted VALUES (?, ?)", counts.items()
            )
        self._database.executemany(
            "DELETE FROM fact WHERE place = ?", ((place,) for place in settled)
        )
        # A crash before this leaves the file as it was, and no `put` has returned. A crash
        # after it leaves facts that will be sent, though their emitters never heard so.
        self._database.execute("COMMIT")
        return counts

    def _insert(self, ticket: _Ticket, place: int, counts: dict[str, int]) -> int:
        kept = 0
        for fact, counted in zip(ticket.facts, ticket.counted, strict=True):
            place += 1
            if counted:
                counts[fact.source] = counts.get(fact.source, 0) + 1
            sequence = str(counts[fact.source]) if counted else fact.sequence
            extensions = json.dumps(fact.extensions) if fact.extensions else None
            size = size_of(fact._replace(sequence=sequence))
            kept += size
            values = (*fact[:8], sequence, extensions, size)
            self._database.execute(
                f"INSERT INTO fact (place, {_COLUMNS}) VALUES (?{', ?' * 11})", (place, *values)
            )
        ticket.kept, ticket.last = kept, place
        return place

    def _done(
        self, tickets: Sequence[_Ticket], settled: Sequence[int], counts: dict[str, int]
    ) -> None:
        with self._gate:
            self._counts = counts
            del self._settled[: len(settled)]
            for ticket in tickets:
                self._open.update(_placed(ticket))
                self._bytes += ticket.kept
                self._last = ticket.last
                ticket.done = True
            self._queue = [ticket for ticket in self._queue if ticket.waits]
            self._sure = True

    def _failed(self, tickets: Sequence[_Ticket], problem: Exception) -> None:
        """The transaction was rolled back."""
        with self._gate:
            for ticket in tickets:
                ticket.error = explained(problem, self.path)
                ticket.last = 0
                ticket.done = True
            self._queue = [ticket for ticket in self._queue if ticket.waits]
            self._sure = True

    def _make_sure(self) -> None:
        if not self._sure:
            self._reread()

    def _reread(self) -> None:
        """Learns from the file what it holds, and which of the tickets are in it. What is cut short
        here begins again at the next call: nothing is forgotten before all is known."""
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")
        sizes = dict(self._database.execute("SELECT place, size FROM fact ORDER BY place"))
        counts = dict(self._database.execute("SELECT * FROM counted"))
        last = max(sizes, default=0)
        with self._gate:
            known = dict(self._open)
            for ticket in self._queue:
                if 0 < ticket.last <= last:
                    known.update(_placed(ticket))
                    ticket.done = True
                else:
                    ticket.last = 0
            self._settled = [place for place in self._settled if place in sizes]
            for place in self._settled:
                sizes.pop(place, None)
            self._open = {place: known.get(place) for place in sizes}
            self._bytes = sum(sizes.values())
            self._last = max(self._last, last)
            self._counts = counts
            self._queue = [ticket for ticket in self._queue if ticket.waits]
            self._sure = True
            self._changed.notify_all()

    def _rows(self, where: str, values: tuple[object, ...]) -> list[Row]:
        found = self._database.execute(f"SELECT place, {_COLUMNS} FROM fact {where}", values)
        return [_row(*values) for values in found]

    # --- with _gate held -----------------------------------------------------------------------

    def _fits(self, ticket: _Ticket) -> bool:
        waiting = [each for each in self._queue if each.waits]
        facts = len(ticket.facts) + sum(len(each.facts) for each in waiting)
        size = ticket.size + sum(each.size for each in waiting)
        return len(self._open) + facts <= self._max_facts and self._bytes + size <= self._max_bytes

    def _left_upto(self, last: int) -> bool:
        return bool(self._open) and next(iter(self._open)) <= last

    def _full(self) -> OutboxFull:
        return OutboxFull(
            f"expected at most {self._max_facts:,} facts of {self._max_bytes:,} bytes together in"
            f" the outbox, saw {len(self._open):,} of {self._bytes:,} bytes waiting to be"
            " delivered already: emit it again later, find out why they are not taken"
            " (Emitter.status()), or allow more (max_facts, max_bytes)"
        )

    def _expect_open(self) -> None:
        if self._closed:
            raise Closed("expected an emitter that is open, saw one that was closed: make another")


def _placed(ticket: _Ticket) -> Iterator[tuple[int, Delivery]]:
    """A ticket's deliveries with the places of their facts."""
    first = ticket.last - len(ticket.deliveries) + 1
    return enumerate(ticket.deliveries, first)


def _row(place: int, *values: Any) -> Row:
    *attributes, extensions, size = values
    kept: Mapping[str, str] | None = json.loads(extensions) if extensions else None
    return Row(place, EventData._make((*attributes, kept)), size)
