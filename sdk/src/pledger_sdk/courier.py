"""The thread that carries facts from the outbox to the topic.

Facts of one subject go one after the other: the next is handed to the broker only when the one
before is acknowledged. So whatever fails in between, and even if a producer that was given up
delivers late, the first time that each fact lies on the topic is in the order of emitting. Facts of
different subjects go side by side.

Nothing that fails makes the courier drop a fact or end. It tries again, and says what is wrong.
"""

from __future__ import annotations

import heapq
import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, count
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from kafka.errors import (
    InvalidRecordError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
)

from pledger_sdk._contract.ledger.kafka.message import message_of
from pledger_sdk._contract.ledger.port import EventData
from pledger_sdk.delivery import Delivery, Report, tell
from pledger_sdk.errors import Closed
from pledger_sdk.outbox import Outbox, Row
from pledger_sdk.producer import DELIVERY_TIMEOUT

_LOG = logging.getLogger("pledger_sdk")

#: Facts, and bytes, that are with the broker at once. kafka-python itself sets no bound.
WINDOW = 1_000
WINDOW_BYTES = 16 * 1024 * 1024
#: Seconds after which a fact of which the producer says nothing is taken for one that came back.
SILENCE = DELIVERY_TIMEOUT + 10.0
#: The same, when it has given another fact back; and what is left to it when it is ended.
GRACE = 5.0
#: Seconds before the next attempt, after so many failed ones.
PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class _Landed(NamedTuple):
    producer: int
    row: Row
    metadata: Any  # kafka-python's RecordMetadata


class _Missed(NamedTuple):
    producer: int
    row: Row
    error: BaseException


class NoMessage(ValueError):
    """What is kept as a fact can't be said in a message."""


#: What is the matter with the fact, or with the topic, and not with the connection.
OF_THE_FACT = (
    InvalidRecordError,
    MessageSizeTooLargeError,
    NoMessage,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
)

_Event = _Landed | _Missed | None  # None: look again


class Courier(threading.Thread):
    """Carries what is in ``outbox`` to ``topic``. ``connect`` makes a producer, and may fail.
    ``on_delivery`` is told of every fact, those of earlier processes included."""

    def __init__(
        self,
        outbox: Outbox,
        topic: str,
        connect: Callable[[], Any],
        on_delivery: Callable[[Report], object] | None = None,
    ) -> None:
        super().__init__(name="pledger-courier", daemon=True)
        self._outbox = outbox
        self._topic = topic
        self._connect = connect
        self._on_delivery = on_delivery
        self._producer: Any = None
        self._events: SimpleQueue[_Event] = SimpleQueue()
        self._stopping = threading.Event()
        self._trouble: str | None = None
        self._told: str | None = None  # the kind of the trouble that the log has named
        self._failures = 0
        self._seen = 0  # the place up to which the outbox was looked through
        self._busy: set[str] = set()  # subjects of which a fact is out
        self._flying: dict[int, tuple[Row, float]] = {}  # by place, since when, oldest first
        self._bytes = 0
        self._number = 0  # of the producer: what an earlier one tells is no news
        self._suspected: float | None = None  # since when, if the producer gave a fact back
        self._attempts: dict[int, int] = {}
        self._again: list[tuple[float, int, Row]] = []  # a heap: when, a tie-breaker, what
        self._ties = count()
        self._landed: list[_Landed] = []  # what the outbox was not told yet
        self._not_before = 0.0  # when to try to connect again

    @property
    def trouble(self) -> str | None:
        """Why facts are not being delivered, as last seen; None while they are."""
        return self._trouble

    def wake(self) -> None:
        """There is something new in the outbox."""
        self._events.put(None)

    def stop(self) -> None:
        """Ends the thread soon. What is out by then may still arrive."""
        self._stopping.set()
        self.wake()

    def run(self) -> None:
        """See ``threading.Thread``."""
        pause: float | None = 0.0
        while not self._stopping.is_set():
            try:
                pause = self._round(self._take(pause))
            except Closed:
                break
            except Exception as problem:  # noqa: BLE001 -- it is logged, and nothing is dropped
                # The outbox could not be read or written, say. What is in it stays there.
                _LOG.exception("the courier failed and goes on")
                self._stopping.wait(self._failed(problem))
                pause = 0.0
        self._let_go()

    def _round(self, events: Sequence[_Event]) -> float | None:
        """One look at everything; returns how many seconds to wait at most for an event."""
        for event in events:
            if event is not None and event.producer == self._number:
                self._came_back(event)
        for row in self._settle():
            self._push(0.0, row)
        self._give_up()
        if self._suspected is not None and not self._flying:
            self._let_go()
        if self._producer is None and (pause := self._connected()) is not None:
            return pause
        if self._suspected is None:
            # One by one: what is not sent stays where it is.
            for row in chain(self._due(), self._fresh()):
                if not self._send(row):
                    break
        if not self._flying:
            self._outbox.sweep()
        return self._pause()

    def _pause(self) -> float | None:
        """Seconds until something is due, if nothing happens."""
        due = [self._again[0][0]] if self._again and self._suspected is None else []
        if self._flying:
            due.append(self._patience_ends())
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _take(self, pause: float | None) -> list[_Event]:
        """All events there are, or the first that comes within the pause."""
        events: list[_Event] = []
        try:
            events.append(self._events.get(timeout=pause) if pause != 0.0 else None)
            while len(events) < WINDOW:
                events.append(self._events.get_nowait())
        except Empty:
            pass
        return events

    def _connected(self) -> float | None:
        """Makes a producer; None if there is one now, else the seconds until the next try."""
        wait = self._not_before - time.monotonic()
        if wait > 0:
            return wait
        try:
            self._producer = self._connect()
        except Exception as problem:  # noqa: BLE001 -- whatever it is, facts wait in the outbox
            return self._failed(problem)
        self._number += 1
        return None

    def _failed(self, problem: BaseException) -> float:
        self._say(problem)
        self._failures += 1
        pause = PAUSES[min(self._failures, len(PAUSES)) - 1]
        self._not_before = time.monotonic() + pause
        return pause

    def _say(self, problem: BaseException) -> None:
        """Names a trouble once, when facts wait because of it, and again when it is another."""
        self._trouble = f"{problem.__class__.__name__}: {problem}"
        facts, _ = self._outbox.left
        if facts and self._told != problem.__class__.__name__:
            self._told = problem.__class__.__name__
            _LOG.warning("facts are not delivered, %d wait in the outbox: %s", facts, self._trouble)

    # --- facts that go -------------------------------------------------------------------------

    def _fresh(self) -> Iterable[Row]:
        """Facts not looked at yet, as many as may be out. Those whose subject is busy are passed
        over: they are found when the fact before them has landed."""
        while (room := WINDOW - len(self._busy)) > 0 and self._bytes < WINDOW_BYTES:
            rows = self._outbox.after(self._seen, room)
            for row in rows:
                self._seen = row.place
                if row.fact.subject not in self._busy:
                    self._busy.add(row.fact.subject)
                    yield row
            if len(rows) < room:
                return

    def _due(self) -> Iterable[Row]:
        now = time.monotonic()
        while self._again and self._again[0][0] <= now:
            yield heapq.heappop(self._again)[2]

    def _send(self, row: Row) -> bool:
        """Hands a fact to the producer; whether it is worth while to hand it others now."""
        self._flying[row.place] = (row, time.monotonic())
        self._bytes += row.size
        put, number = self._events.put, self._number
        try:
            key, value, headers = _message(row.fact)
            future = self._producer.send(self._topic, key=key, value=value, headers=headers)
        except Exception as problem:  # noqa: BLE001 -- whatever it is, the fact goes again
            put(_Missed(number, row, problem))
            return isinstance(problem, OF_THE_FACT)
        future.add_callback(lambda metadata: put(_Landed(number, row, metadata)))
        future.add_errback(lambda problem: put(_Missed(number, row, problem)))
        return True

    def _push(self, pause: float, row: Row) -> None:
        heapq.heappush(self._again, (time.monotonic() + pause, next(self._ties), row))

    # --- facts that come back ------------------------------------------------------------------

    def _came_back(self, event: _Landed | _Missed) -> None:
        row = event.row
        del self._flying[row.place]
        self._bytes -= row.size
        if isinstance(event, _Landed):
            self._landed.append(event)
        else:
            self._missed(row, event.error)

    def _settle(self) -> list[Row]:
        """Takes note of facts that landed; returns the next ones of their subjects. Where the
        outbox can't be written to, they are told to it in the next round."""
        if not self._landed:
            return []
        rows = [each.row for each in self._landed]
        # A crash before this sends the facts again, under their ids.
        ended, nexts = self._outbox.settle(rows, self._seen)
        landed, self._landed = self._landed, []
        self._busy.difference_update(row.fact.subject for row in rows)
        self._busy.update(row.fact.subject for row in nexts)
        if self._told is not None:
            _LOG.info("facts are delivered again")
        self._trouble, self._told, self._failures = None, None, 0
        for (row, delivery), each in zip(ended, landed, strict=True):
            self._attempts.pop(row.place, None)
            self._report(row, delivery, each.metadata)
        return nexts

    def _report(self, row: Row, delivery: Delivery | None, metadata: Any) -> None:
        offset = metadata.offset if metadata.offset >= 0 else None
        report = Report(row.fact.id, metadata.partition, offset)
        _LOG.debug("delivered fact %s", row.fact.id)
        if delivery is not None:
            delivery.landed(report)
        if self._on_delivery is not None:
            tell(self._on_delivery, report)

    def _missed(self, row: Row, problem: BaseException) -> None:
        self._say(problem)
        # kafka-python has tried for long. After some of its failures it never sends again, nor says
        # so (3.0.12: when a batch has expired that was sent before). So it is not relied upon any
        # more, but where the fact or the topic is the matter.
        if self._suspected is None and not isinstance(problem, OF_THE_FACT):
            self._suspected = time.monotonic()
        attempts = self._attempts[row.place] = self._attempts.get(row.place, 0) + 1
        _LOG.debug("fact %s came back, attempt %d", row.fact.id, attempts)
        self._push(PAUSES[min(attempts, len(PAUSES)) - 1], row)

    def _give_up(self) -> None:
        """Takes back what the producer says nothing about. What it still delivers is a copy."""
        if not self._flying or time.monotonic() < self._patience_ends():
            return
        flying, self._flying, self._bytes = self._flying, {}, 0
        for row, _ in flying.values():
            self._missed(row, TimeoutError("no word from Kafka's client"))
        self._let_go(0.0)

    def _patience_ends(self) -> float:
        """Until when the producer may say nothing: for long, or for a little where it gave another
        fact back."""
        _, since = next(iter(self._flying.values()))
        return since + SILENCE if self._suspected is None else self._suspected + GRACE

    # --- the end -------------------------------------------------------------------------------

    def _let_go(self, patience: float = GRACE) -> None:
        """Ends the producer, which may take so many seconds to deliver what it holds."""
        producer, self._producer, self._suspected = self._producer, None, None
        if producer is not None:
            try:
                producer.end(patience)
            except Exception as problem:  # noqa: BLE001 -- it is not used again
                _LOG.debug("closing the producer: %s", problem)


def _message(fact: EventData) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    try:
        return message_of(fact)
    except ValueError as problem:
        raise NoMessage(str(problem)) from None
