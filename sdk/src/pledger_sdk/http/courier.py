"""The thread that carries facts from the outbox to a door.

They go in the order of emitting, a batch after the other: the next goes when the one before is
answered. Nothing that fails makes the courier drop a fact or end. A fact that the door refuses is
sent again later, while others go on: what is wrong with it, such as a key without its department,
may be put right.
"""

from __future__ import annotations

import heapq
import logging
import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue

from pledger_sdk._contract.domain.positions import offset_of, partition_of
from pledger_sdk.delivery import Delivery, Report, tell
from pledger_sdk.errors import Closed, PledgerError
from pledger_sdk.http.answers import Position, Receipts
from pledger_sdk.http.client import Client
from pledger_sdk.http.door import merged
from pledger_sdk.http.errors import DoorError, Forbidden, NotKeptAsFact, TooLarge
from pledger_sdk.outbox import Outbox, Row

_LOG = logging.getLogger("pledger_sdk")

#: Facts that are sent at once.
WINDOW = 1_000
#: Seconds before the next attempt, after so many failed ones.
PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
#: The same for a fact that was refused.
REFUSED = (1.0, 5.0, 30.0, 300.0)


class DoorCourier(threading.Thread):
    """Carries what is in ``outbox`` to the door that ``client`` is at, which it closes at its end.
    ``on_delivery`` is told of every fact, those of earlier processes included."""

    def __init__(
        self,
        outbox: Outbox,
        client: Client,
        on_delivery: Callable[[Report], object] | None = None,
    ) -> None:
        super().__init__(name="pledger-door-courier", daemon=True)
        self._outbox = outbox
        self._client = client
        self._on_delivery = on_delivery
        # A queue, since the handler of a signal may put something into it at any time.
        self._woken: SimpleQueue[None] = SimpleQueue()
        self._stopping = threading.Event()
        self._trouble: str | None = None
        self._told: str | None = None  # the kind of the trouble that the log has named
        self._failures = 0
        self._seen = 0  # the place up to which the outbox was looked through
        self._batch: list[Row] = []  # what is being sent
        self._room = WINDOW
        self._refused: list[tuple[float, int, Row]] = []  # a heap: when again, its place, what
        self._attempts: dict[int, int] = {}  # of those, by place

    @property
    def trouble(self) -> str | None:
        """Why facts are not being delivered, as last seen; None while they are."""
        return self._trouble

    def wake(self) -> None:
        """There is something new in the outbox."""
        self._woken.put(None)

    def stop(self) -> None:
        """Ends the thread soon. What is out by then may still arrive."""
        self._stopping.set()
        self.wake()

    def run(self) -> None:
        """See ``threading.Thread``."""
        while not self._stopping.is_set():
            try:
                pause = self._round()
            except Closed:
                break
            except Exception as problem:  # noqa: BLE001 -- it is logged, and nothing is dropped
                # The outbox could not be read or written, say. What is in it stays there.
                _LOG.exception("the courier failed and goes on")
                pause = self._failed(problem)
            if pause != 0.0:
                self._wait(pause)
        self._client.close()

    def _round(self) -> float | None:
        """Sends a batch, if there is one; returns how many seconds to wait at most for more."""
        if not self._batch:
            self._batch = self._due() or self._fresh()
        if not self._batch:
            self._outbox.sweep()
            return self._until_due()
        sent = self._batch[: self._room]
        try:
            receipts = self._client.emit_all([row.fact for row in sent])
        except (Forbidden, NotKeptAsFact) as problem:
            self._all_refused(sent, problem)
        except TooLarge as problem:
            self._too_large(sent, problem)
        except PledgerError as problem:
            return self._failed(problem)
        else:
            refused = frozenset(each.index for each in receipts.rejected)
            self._settle(sent, refused, receipts)
            self._tell_of(receipts)
        # A crash before this, or a failure, sends the facts again, under their ids.
        return 0.0

    def _due(self) -> list[Row]:
        """Facts that were refused and whose time has come."""
        now = time.monotonic()
        rows: list[Row] = []
        while self._refused and self._refused[0][0] <= now and len(rows) < WINDOW:
            rows.append(heapq.heappop(self._refused)[2])
        return rows

    def _fresh(self) -> list[Row]:
        rows = self._outbox.after(self._seen, WINDOW)
        if rows:
            self._seen = rows[-1].place
        return rows

    def _until_due(self) -> float | None:
        return max(0.0, self._refused[0][0] - time.monotonic()) if self._refused else None

    def _settle(self, sent: Sequence[Row], refused: frozenset[int], receipts: Receipts) -> None:
        """Takes note of what landed, and sets aside for later what was refused, by its index."""
        positions = {each.id: each.position for each in receipts.receipts}
        landed = [row for index, row in enumerate(sent) if index not in refused]
        ended, _ = self._outbox.settle(landed, 0)
        del self._batch[: len(sent)]
        self._failures = 0
        for row, delivery in ended:
            self._attempts.pop(row.place, None)
            self._report(row, delivery, positions[row.fact.id])
        for index in sorted(refused):
            self._later(sent[index])

    def _report(self, row: Row, delivery: Delivery | None, position: Position) -> None:
        report = Report(row.fact.id, *_place_of(position))
        _LOG.debug("delivered fact %s", row.fact.id)
        if delivery is not None:
            delivery.landed(report)
        if self._on_delivery is not None:
            tell(self._on_delivery, report)

    def _later(self, row: Row) -> None:
        attempts = self._attempts[row.place] = self._attempts.get(row.place, 0) + 1
        _LOG.debug("fact %s was refused, attempt %d", row.fact.id, attempts)
        pause = REFUSED[min(attempts, len(REFUSED)) - 1]
        heapq.heappush(self._refused, (time.monotonic() + pause, row.place, row))

    def _too_large(self, sent: Sequence[Row], problem: DoorError) -> None:
        """Fewer at once; a fact that is too large alone waits, as others that are refused."""
        self._room = max(1, len(sent) // 2)
        if len(sent) == 1:
            self._all_refused(sent, problem)

    def _all_refused(self, sent: Sequence[Row], problem: DoorError) -> None:
        self._settle(sent, frozenset(range(len(sent))), merged([], []))
        self._say(problem)

    def _tell_of(self, receipts: Receipts) -> None:
        self._room = WINDOW
        if receipts.rejected:
            first = receipts.rejected[0]
            self._say(PledgerError(f"{len(receipts.rejected):,} refused, the first: {first.why}"))
        elif not self._refused:
            if self._told is not None:
                _LOG.info("facts are delivered again")
            self._trouble, self._told = None, None

    def _failed(self, problem: Exception) -> float:
        self._say(problem)
        self._failures += 1
        pause = PAUSES[min(self._failures, len(PAUSES)) - 1]
        asked = problem.retry_after if isinstance(problem, DoorError) else None
        return max(pause, min(asked or 0.0, 60.0))

    def _say(self, problem: Exception) -> None:
        """Names a trouble once, and again when it is another."""
        self._trouble = f"{problem.__class__.__name__}: {problem}"
        facts, _ = self._outbox.left
        if facts and self._told != problem.__class__.__name__:
            self._told = problem.__class__.__name__
            _LOG.warning("facts are not delivered, %d wait in the outbox: %s", facts, self._trouble)

    def _wait(self, pause: float | None) -> None:
        """Until something is new, or so many seconds; what failed is not tried earlier."""
        if self._failures:
            self._stopping.wait(pause)
            return
        try:
            self._woken.get(timeout=pause)
            while True:
                self._woken.get_nowait()
        except Empty:
            pass


def _place_of(position: Position) -> tuple[int, int]:
    """The partition and the offset of a position: a number, or ``PARTITION:PLACE`` from 1."""
    if isinstance(position, int):
        return partition_of(position), offset_of(position)
    partition, _, place = position.partition(":")
    return int(partition), int(place) - 1
