"""The ledger on Kafka, through confluent-kafka.

Reading is by partition, each in its order, so that facts come by position. A reading holds nothing
on the broker and may be left off; several may go on at once, and take turns at one consumer.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Self

import pyarrow as pa
from confluent_kafka.admin import AdminClient

from domain.positions import Vector
from domain.topics import Topic
from ledger.duplicates import expect_canonical_ids, judge
from ledger.envelope import NotAFact
from ledger.errors import Closed, Lost, NotAcknowledged, Unkeepable
from ledger.kafka.arrow import decoded
from ledger.kafka.connection import Connection
from ledger.kafka.message import Message, recorded
from ledger.kafka.partition_reader import PartitionReader, lost
from ledger.kafka.producer import FactProducer, Sent
from ledger.kafka.readability import unreadable
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.topic_state import bounds, described
from ledger.port import EventData, Receipt, RecordedEvent

#: Called with each message that is no fact, and why.
OnUnreadable = Callable[[Message, str], None]

#: A message's partition and offset.
Place = tuple[int, int]

#: Offsets that are read over rather than jumped over.
NEAR = 1_000

NOTHING = Vector({})


class KafkaLedger:
    """The facts on one topic. ``patience`` is how long the servers may take to answer, in seconds.

    Threads may share one; only one of them appends at a time. It does not survive a fork: make one
    in each process. Errors are those of ``ledger.errors``.
    """

    def __init__(self, settings: KafkaSettings, *, patience: float = 30.0) -> None:
        self.settings = settings
        self.patience = patience
        self._connection = Connection(settings, patience)
        self._producer = FactProducer(self._connection)
        self._reader = PartitionReader(self._connection)
        self._closed = False
        self._appending = threading.Lock()
        self._reading = threading.Lock()

    def append(self, facts: Sequence[EventData], *, all_or_nothing: bool = False) -> list[Receipt]:
        """See ``Ledger.append``. What lies on the topic already is not looked at: a fact whose id
        is there is kept again, and readers drop it. With ``all_or_nothing``, the batch is one
        transaction. Raises ``Unkeepable`` (nothing was written) and ``NotAcknowledged``."""
        receipts, fresh = judge(facts, 0, lambda ids: {})
        if all_or_nothing and any(receipt.outcome == "conflict" for receipt in receipts):
            return [receipt._replace(position=0) for receipt in receipts]
        if not fresh:
            return []
        _expect_readable(fresh)
        with self._appending:
            self._expect_open()
            # A crash in here leaves some of the facts on the topic, in their order by subject; of
            # a transaction none. What was not acknowledged is emitted again and known by its id.
            send = self._producer.send_together if all_or_nothing else self._producer.send
            sent = send(fresh)
        if all_or_nothing and sent.problem is None:
            self._await_readers(sent)
        placed = [_placed(receipt, sent.positions) for receipt in receipts]
        if sent.problem is None:
            return [receipt for receipt in placed if receipt is not None]
        arrived = sum(position is not None for position in sent.positions)
        raise NotAcknowledged(
            f"{self._connection} to acknowledge {len(fresh)} facts within {self.patience:g} s each",
            f"{sent.problem}; {arrived} were acknowledged",
            "append the batch again: what is there already counts once",
            placed,
        )

    def read(
        self,
        after: Vector = NOTHING,
        upto: Vector | None = None,
        batch: int = 10_000,
        *,
        on_unreadable: OnUnreadable = lambda message, reason: None,
    ) -> Iterator[list[RecordedEvent]]:
        """See ``Ledger.read``. Messages that are no facts are left out, and reported."""
        return _facts(self.messages(after, upto, batch), on_unreadable)

    def columns(
        self,
        after: Vector = NOTHING,
        upto: Vector | None = None,
        batch: int = 50_000,
        *,
        on_unreadable: OnUnreadable = lambda message, reason: None,
    ) -> Iterator[pa.RecordBatch]:
        """See ``Ledger.columns``. Messages that are no facts are left out, and reported."""
        return _columns(self.messages(after, upto, batch), on_unreadable)

    def messages(
        self, after: Vector = NOTHING, upto: Vector | None = None, batch: int = 10_000
    ) -> Iterator[list[Message]]:
        """The messages after one reach and up to another, as they lie on the topic, by position.
        Raises ``Lost`` if some of them are not there any more."""
        if batch < 1:
            raise ValueError(f"expected batch ≥ 1; seen batch={batch}")
        there = self.bounds()
        plan = []
        for partition, (first, end) in sorted(there.items()):
            start = after.get(partition, 0)
            stop = end if upto is None else min(end, upto.get(partition, 0))
            if start < stop:
                if start < first:
                    raise lost(self._connection, partition, start, first)
                plan.append((partition, start, stop))
        return self._runs(plan, batch)

    def messages_at(self, places: Iterable[Place]) -> list[Message]:
        """The messages at some places, in their order, each once. Raises ``Lost`` if there is none
        at one: it was taken off the topic, has not come yet, or is the marker of a transaction,
        which readers never see."""
        wanted = sorted(set(places))
        if not wanted:
            return []
        there = self.bounds()
        for partition, offset in wanted:
            first, end = there.get(partition, (0, 0))
            if not first <= offset < end:
                raise self._none(partition, offset)
        sought = set(wanted)
        found = [
            message
            for messages in self._runs(_stretches(wanted), NEAR)
            for message in messages
            if (message.partition, message.offset) in sought
        ]
        if len(found) < len(wanted):
            sought -= {(message.partition, message.offset) for message in found}
            raise self._none(*min(sought))
        return found

    def message(self, partition: int, offset: int) -> Message:
        """The one message at an offset. See ``messages_at``."""
        return self.messages_at([(partition, offset)])[0]

    def topic(self) -> Topic:
        """What the topic is known by now. Raises ``NoLedger`` or ``Unreachable``."""
        with self._reading:
            self._expect_open()
            return self._connection.ask(
                lambda admin: described(admin, self.settings.topic, self.patience)
            )

    def head(self) -> Vector:
        """How far the topic goes: up to the first offset that belongs to an open transaction."""
        return Vector({partition: end for partition, (_, end) in self.bounds().items()})

    def earliest(self) -> Vector:
        """The offset of each partition before which nothing is there any more: empty as long as
        the topic keeps all its facts."""
        return Vector({partition: first for partition, (first, _) in self.bounds().items()})

    def partitions(self) -> int:
        """How many partitions the topic has."""
        return len(self.bounds())

    def close(self) -> None:
        """See ``Ledger.close``. Closing twice is closing once."""
        with self._appending, self._reading:
            if not self._closed:
                self._closed = True
                self._producer.close()
                self._reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _await_readers(self, sent: Sent) -> None:
        """Return when readers are given what a transaction wrote: its markers come a little after
        the commit. Another's open transaction may keep it from them for longer; it is written all
        the same."""
        deadline = time.monotonic() + self.patience
        lasts = [position for position in sent.positions if position is not None]
        while time.monotonic() < deadline:
            head = self.head()
            if all(head.holds(position) for position in lasts):
                return
            time.sleep(0.005)

    def _runs(self, plan: list[tuple[int, int, int]], batch: int) -> Iterator[list[Message]]:
        heap: list[Message] = []
        for partition, begin, stop in plan:
            start = begin
            while start < stop:
                with self._reading:
                    self._expect_open()
                    found, start = self._reader.fetch(partition, start, stop, batch - len(heap))
                heap += found
                if len(heap) >= batch:
                    yield heap
                    heap = []
        with self._reading:
            if not self._closed:
                self._reader.rest()
        if heap:
            yield heap

    def bounds(self) -> dict[int, tuple[int, int]]:
        """Each partition's first offset that is there, and its end: the offset before which nothing
        is undecided any more."""
        topic, patience = self.settings.topic, self.patience

        def question(admin: AdminClient) -> dict[int, tuple[int, int]]:
            there = range(described(admin, topic, patience).partitions)
            return bounds(admin, topic, there, patience)

        with self._reading:
            self._expect_open()
            return self._connection.ask(question)

    def _expect_open(self) -> None:
        if self._closed:
            raise Closed("an open ledger", f"that {self._connection} was closed", "open it again")

    def _none(self, partition: int, offset: int) -> Lost:
        return Lost(
            f"a message at offset {offset} of partition {partition} of {self._connection}",
            "none that readers are given",
            "look at another offset; if it was there before, facts are gone: check the topic's"
            " retention with {topic check}, and take them from a backup",
        )


def fetch(
    settings: KafkaSettings, places: Iterable[Place], *, patience_s: float = 30.0
) -> list[Message]:
    """Single messages, for what was set aside and is read again: see ``KafkaLedger.messages_at``.
    Raises ``Lost``, ``NoLedger``, ``Unreachable``."""
    with KafkaLedger(settings, patience=patience_s) as ledger:
        return ledger.messages_at(places)


def _stretches(places: Sequence[Place]) -> list[tuple[int, int, int]]:
    """Places in their order as ranges to read: partition, first offset, the one after the last.
    What lies near each other is in one."""
    found: list[tuple[int, int, int]] = []
    for partition, offset in places:
        if found and found[-1][0] == partition and offset - found[-1][2] < NEAR:
            found[-1] = (partition, found[-1][1], offset + 1)
        else:
            found.append((partition, offset, offset + 1))
    return found


def _expect_readable(facts: Sequence[EventData]) -> None:
    """Raises ``Unkeepable`` for a fact that no reader would take: on the topic it could never be
    removed."""
    expect_canonical_ids(facts)
    found = unreadable(facts)
    if found is not None:
        fact, problem = found
        raise Unkeepable(
            "a fact that its readers take",
            f"in the fact {fact.id}: {problem}",
            "nothing was written: refuse such a fact at the door",
        )


def _placed(receipt: Receipt, positions: Sequence[int | None]) -> Receipt | None:
    """A receipt that counts from 1 within the batch, with the position that its fact was given."""
    position = positions[receipt.position - 1]
    return None if position is None else receipt._replace(position=position)


def _facts(
    parts: Iterator[list[Message]], on_unreadable: OnUnreadable
) -> Iterator[list[RecordedEvent]]:
    for messages in parts:
        facts = []
        for message in messages:
            try:
                facts.append(recorded(message))
            except NotAFact as problem:
                on_unreadable(message, problem.reason)
        if facts:
            yield facts


def _columns(
    parts: Iterator[list[Message]], on_unreadable: OnUnreadable
) -> Iterator[pa.RecordBatch]:
    for messages in parts:
        found = decoded(messages)
        for message, reason in found.misfits:
            on_unreadable(message, reason)
        if found.facts.num_rows:
            yield found.facts
