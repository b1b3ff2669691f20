"""What the two homes on Kafka share: all but the client.

Reading is by partition, each in its order, so that facts come by position. A reading holds nothing
on the broker and may be left off; several may go on at once, and take turns at one consumer.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from types import TracebackType
from typing import NamedTuple, Self

import pyarrow as pa

from domain.positions import Vector
from ledger.errors import Closed, Lost, NoLedger, NotAcknowledged, Unkeepable, Unreachable
from ledger.kafka.bodies import whole_columns
from ledger.kafka.columns import Misfit
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.wire import Message, Unreadable, message_of, recorded
from ledger.port import Receipt, Recorded, Sealed
from ledger.sameness import judge
from ledger.whole import CANONICAL_ID

#: Told of each message that is no fact, and why.
OnUnreadable = Callable[[Message, str], None]

#: A fact as it is sent: key, value, headers.
Parcel = tuple[bytes, bytes, list[tuple[str, bytes]]]

#: A fact has 256 KiB at most, as ``ledger.envelope`` counts. As a message it has more: the subject
#: twice, and five bytes more for each attribute. Whatever they are, it stays under this.
MESSAGE_LIMIT = 1024 * 1024

#: A transaction that its writer left open holds up all readers so long, in milliseconds.
TRANSACTION_MS = 60_000

#: Up to so many facts are looked at one by one: columns are made for many.
FEW = 50

NOTHING = Vector({})

_numbers = count(1)


class Extents(NamedTuple):
    """Each partition's first offset that is there, and its end: the offset before which nothing is
    undecided any more."""

    first: dict[int, int]
    end: dict[int, int]


class Sent(NamedTuple):
    """Where what was sent lies now, None for what was not acknowledged; and why, if any."""

    positions: list[int | None]
    problem: str | None


class TopicLedger(ABC):
    """The facts on one topic. ``patience`` is how long the servers may take to answer, in seconds.

    Threads may share one; only one of them appends at a time. It does not survive a fork: make one
    in each process. Errors are those of ``ledger.errors``.
    """

    def __init__(self, settings: KafkaSettings, patience: float) -> None:
        self.settings = settings
        self.patience = patience
        self._closed = False
        self._appending = threading.Lock()
        self._reading = threading.Lock()

    def append(self, facts: Sequence[Sealed], *, all_or_nothing: bool = False) -> list[Receipt]:
        """See ``Ledger.append``. What lies on the topic already is not looked at: a fact whose id
        is there is kept again, and whoever reads drops it. With ``all_or_nothing``, the batch is
        one transaction. Raises ``Unkeepable`` (nothing was written) and ``NotAcknowledged``."""
        receipts, fresh = judge(facts, 0, lambda ids: {})
        if all_or_nothing and any(receipt.outcome == "conflict" for receipt in receipts):
            return [receipt._replace(position=0) for receipt in receipts]
        if not fresh:
            return []
        parcels = _parcels(fresh)
        with self._appending:
            self._expect_open()
            # A crash in here leaves some of the facts on the topic, in their order by subject; of
            # a transaction none. What was not acknowledged is emitted again and known by its id.
            sent = self._send_together(parcels) if all_or_nothing else self._send(parcels)
        if all_or_nothing and sent.problem is None:
            self._await_readers(sent)
        told = [_placed(receipt, sent.positions) for receipt in receipts]
        if sent.problem is None:
            return [receipt for receipt in told if receipt is not None]
        arrived = sum(position is not None for position in sent.positions)
        raise NotAcknowledged(
            f"expected {self._where} to acknowledge {len(parcels)} facts within"
            f" {self.patience:g} s each; seen: {sent.problem}. {arrived} were acknowledged. Append"
            " the batch again: what is there already counts once.",
            told,
        )

    def read(
        self,
        after: Vector = NOTHING,
        upto: Vector | None = None,
        batch: int = 10_000,
        *,
        on_unreadable: OnUnreadable = lambda message, reason: None,
    ) -> Iterator[list[Recorded]]:
        """See ``Ledger.read``. Messages that are no facts are left out, and told of."""
        return _facts(self.messages(after, upto, batch), on_unreadable)

    def columns(
        self,
        after: Vector = NOTHING,
        upto: Vector | None = None,
        batch: int = 50_000,
        *,
        on_unreadable: OnUnreadable = lambda message, reason: None,
    ) -> Iterator[pa.RecordBatch]:
        """See ``Ledger.columns``. Messages that are no facts are left out, and told of."""
        return _columns(self.messages(after, upto, batch), on_unreadable)

    def messages(
        self, after: Vector = NOTHING, upto: Vector | None = None, batch: int = 10_000
    ) -> Iterator[list[Message]]:
        """The messages after one reach and up to another, as they lie on the topic, by position.
        Raises ``Lost`` if some of them are not there any more."""
        if batch < 1:
            raise ValueError(f"expected batch ≥ 1; seen batch={batch}")
        first, end = self._asked_extents()
        stops = end if upto is None else {p: min(stop, upto.get(p, 0)) for p, stop in end.items()}
        plan = [
            (partition, after.get(partition, 0), stop)
            for partition, stop in sorted(stops.items())
            if after.get(partition, 0) < stop
        ]
        for partition, start, _ in plan:
            if start < first[partition]:
                raise self._lost(partition, start, first[partition])
        return self._runs(plan, batch)

    def message(self, partition: int, offset: int) -> Message:
        """The one message at an offset. Raises ``Lost`` if there is none: it was taken off the
        topic, has not come yet, or is the marker of a transaction, which readers never see."""
        first, end = self._asked_extents()
        if first.get(partition, 0) <= offset < end.get(partition, 0):
            with self._reading:
                found, _ = self._fetch(partition, offset, offset + 1, 1)
            if found:
                return found[0]
        raise Lost(
            f"expected a message at offset {offset} of partition {partition} of {self._where};"
            " seen: none that readers are given. Look at another offset."
        )

    def head(self) -> Vector:
        """How far the topic goes: up to the first offset that belongs to an open transaction."""
        return Vector(self._asked_extents().end)

    def earliest(self) -> Vector:
        """The offset of each partition before which nothing is there any more: empty as long as
        the topic keeps all its facts."""
        return Vector(self._asked_extents().first)

    def partitions(self) -> int:
        """How many partitions the topic has."""
        return len(self._asked_extents().end)

    def close(self) -> None:
        """See ``Ledger.close``. Closing twice is closing once."""
        with self._appending, self._reading:
            if not self._closed:
                self._closed = True
                self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @abstractmethod
    def _extents(self) -> Extents:
        """Asks the servers. Raises ``NoLedger`` or ``Unreachable``."""

    @abstractmethod
    def _send(self, parcels: Sequence[Parcel]) -> Sent:
        """Write, and wait until all that can be known is known."""

    @abstractmethod
    def _send_together(self, parcels: Sequence[Parcel]) -> Sent:
        """Write all in one transaction, or nothing."""

    @abstractmethod
    def _fetch(
        self, partition: int, start: int, stop: int, limit: int
    ) -> tuple[list[Message], int]:
        """Some messages at offsets in [start, stop), at most ``limit``, and the offset to go on
        from, which is past ``start``. Raises ``Lost`` or ``Unreachable``."""

    @abstractmethod
    def _rest(self) -> None:
        """A reading came to its end: nothing need be read ahead."""

    @abstractmethod
    def _close(self) -> None:
        """Let go of the clients."""

    @property
    def _where(self) -> str:
        return f"the topic {self.settings.topic!r} at {self.settings.bootstrap_servers}"

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
                    found, start = self._fetch(partition, start, stop, batch - len(heap))
                heap += found
                if len(heap) >= batch:
                    yield heap
                    heap = []
        with self._reading:
            if not self._closed:
                self._rest()
        if heap:
            yield heap

    def _asked_extents(self) -> Extents:
        with self._reading:
            self._expect_open()
            return self._extents()

    def _expect_open(self) -> None:
        if self._closed:
            raise Closed(f"expected an open ledger; seen: {self._where} was closed. Open it again.")

    def _lost(self, partition: int, wanted: int, first: int | None) -> Lost:
        seen = "it is not there" if first is None else f"the first one there is {first}"
        return Lost(
            f"expected offset {wanted} of partition {partition} of {self._where}; seen: {seen}."
            " Facts are gone: check the topic's retention (./pledger topic check), and take them"
            " from a backup."
        )


def _parcels(facts: Sequence[Sealed]) -> list[Parcel]:
    """The facts as they are sent. Raises ``Unkeepable`` for one that no reader would take: on the
    topic it could never be removed."""
    parcels = []
    for fact in facts:
        if not CANONICAL_ID.fullmatch(fact.id):
            raise Unkeepable(
                f"expected the id of a fact as the lower-case text of a UUID; seen: {fact.id!r}. "
                "Nothing was written. Write the id canonically."
            )
        try:
            parcels.append(message_of(fact))
        except ValueError as error:
            raise _unkeepable(fact, str(error)) from error
    trial = [
        Message(0, place, 0, key, value, tuple(headers))
        for place, (key, value, headers) in enumerate(parcels)
    ]
    for message, reason in _misfits(trial):
        raise _unkeepable(facts[message.offset], reason)
    return parcels


def _misfits(trial: Sequence[Message]) -> list[Misfit]:
    if len(trial) > FEW:
        return whole_columns(trial)[1]
    misfits = []
    for message in trial:
        try:
            recorded(message)
        except Unreadable as problem:
            misfits.append((message, problem.reason))
    return misfits


def _unkeepable(fact: Sealed, problem: str) -> Unkeepable:
    return Unkeepable(
        f"expected a fact that its readers take; seen in the fact {fact.id}: {problem}. Nothing was"
        " written. Refuse such a fact at the door."
    )


def _placed(receipt: Receipt, positions: Sequence[int | None]) -> Receipt | None:
    """A receipt that counts from 1 within the batch, with the position that its fact was given."""
    position = positions[receipt.position - 1]
    return None if position is None else receipt._replace(position=position)


def _facts(parts: Iterator[list[Message]], on_unreadable: OnUnreadable) -> Iterator[list[Recorded]]:
    for messages in parts:
        facts = []
        for message in messages:
            try:
                facts.append(recorded(message))
            except Unreadable as problem:
                on_unreadable(message, problem.reason)
        if facts:
            yield facts


def _columns(
    parts: Iterator[list[Message]], on_unreadable: OnUnreadable
) -> Iterator[pa.RecordBatch]:
    for messages in parts:
        facts, misfits = whole_columns(messages)
        for message, reason in misfits:
            on_unreadable(message, reason)
        if facts.num_rows:
            yield facts


def transactional_id(settings: KafkaSettings) -> str:
    """A name for one writer's transactions, that no other has at the same time: it would end
    theirs."""
    return f"{settings.client_id}-{socket.gethostname()}-{os.getpid()}-{next(_numbers)}"


def no_topic(settings: KafkaSettings) -> NoLedger:
    """The topic is not there."""
    return NoLedger(
        f"expected the topic {settings.topic!r} at {settings.bootstrap_servers}; seen: there is no"
        " such topic. Make it with './pledger topic create', or name another in pledger.toml."
    )


def unreachable(settings: KafkaSettings, patience: float, seen: str) -> Unreachable:
    """Nobody answers."""
    return Unreachable(
        f"expected Kafka to answer at {settings.bootstrap_servers} within {patience:g} s; seen:"
        f" {seen}. Start it, or name another address or other security settings in pledger.toml."
    )
