"""A worker's way to read the topic: as a member of a group that shares the partitions.

Kafka assigns the partitions; where to begin comes from the store of the views, so no message of a
partition is returned until ``start``. What Kafka keeps as the group's offsets is for those who
watch, and never read here.

The client joins, leaves and learns of partitions inside ``poll`` and ``close``: the three callbacks
are called inside one of the two, and at no other time.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from operator import methodcaller
from typing import Any, NamedTuple

from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka import Message as Consumed

from ledger.errors import OutOfRange, Refused
from ledger.kafka.message import UNREADABLE_HEADERS, Message
from ledger.kafka.settings import KafkaSettings

#: Called with the partitions that are assigned from now on, or not any more.
OnPartitions = Callable[[frozenset[int]], None]

_HEADERS = methodcaller("headers")

#: What the client reads ahead, in all.
AHEAD_KB = 64 * 1024
#: How long a fetch waits on the broker for something new, in milliseconds.
WAIT_MS = 100
#: How long a broker may take to answer when the member leaves.
LEAVING_S = 10.0
#: How often the client reports which brokers it knows, in milliseconds; and after how many reports
#: of none at all it is made anew. In one the next may not have come yet.
REPORT_MS, FORSAKEN = 5_000, 2
#: Messages taken from the client at a time: large ones are noticed before there are many.
SLICE = 512

#: Errors that do not pass by themselves: rights, names or versions have to be changed.
_HOPELESS = frozenset(
    {
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.INVALID_GROUP_ID,
        KafkaError.INCONSISTENT_GROUP_PROTOCOL,
        KafkaError.INVALID_SESSION_TIMEOUT,
        KafkaError.UNSUPPORTED_VERSION,
    }
)


class Polled(NamedTuple):
    """What one ``poll`` returned: messages in the order of each partition; partition -> the offset
    before which everything has been returned, for those that were read to their end (it passes over
    markers of transactions, which no message has); and what the client has trouble with, if
    anything. It recovers by itself."""

    messages: list[Message]
    ends: dict[int, int]
    trouble: str | None


class GroupReader:
    """A member of a group, once it has joined. ``session_timeout_s`` is how long after its last
    sign of life a member is taken for dead, and its partitions are given to others.

    With ``group`` None it is in no group: ``assign`` sets which partitions it reads.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        group: str | None,
        *,
        session_timeout_s: float = 10.0,
        on_assign: OnPartitions = lambda partitions: None,
        on_revoke: OnPartitions = lambda partitions: None,
        on_lost: OnPartitions = lambda partitions: None,
    ) -> None:
        self._topic = settings.topic
        self._on_assign = on_assign
        self._on_revoke = on_revoke
        self._on_lost = on_lost
        self._joined = False
        self._assigned_now: set[int] = set()  # by the group
        self._reading: set[int] = set()  # what the client is set to read
        self._next: dict[int, int] = {}  # what `poll` returns, and from which offset on
        self._trouble: str | None = None
        self._fatal: str | None = None
        self._forsaken = 0  # so many reports in a row had no broker
        self._config = {
            **_config(settings, group, session_timeout_s),
            "error_cb": self._on_error,
            "stats_cb": self._on_report,
        }
        self._consumer = Consumer(self._config)

    def join(self) -> None:
        """Become a member of the group: partitions come, and go from other members."""
        self._joined = True
        self._consumer.subscribe(
            [self._topic],
            on_assign=self._assigned,
            on_revoke=self._revoked,
            on_lost=self._lost,
        )

    def assign(self, offsets: Mapping[int, int]) -> None:
        """Read these partitions from these offsets, outside any group."""
        self._next = dict(offsets)
        self._reading = set(offsets)
        self._consumer.assign(self._places(offsets))

    def poll(self, limit: int, timeout_s: float, *, size: int = AHEAD_KB * 1024) -> Polled:
        """The messages there are, up to about ``limit`` of them and ``size`` bytes of values. Waits
        ``timeout_s`` for the first one and for none after it. Raises ``OutOfRange``, ``Refused``.
        """
        polled = Polled([], {}, None)
        if self._forsaken >= FORSAKEN:
            self._begin_anew()
        first = self._consumer.poll(timeout_s)
        some = [] if first is None else [first]
        while some:
            for one in some:
                size -= len(one)
                polled = self._sorted(one, polled)
            wanted = min(SLICE, limit - len(polled.messages))
            if wanted <= 0 or size <= 0:
                break
            # Without a wait, or the client would stay until it has all that were asked for.
            some = self._consumer.consume(wanted, 0)
        trouble, self._trouble = self._trouble, None
        if self._fatal is not None:
            raise _refused(self._fatal)
        return polled if trouble is None else polled._replace(trouble=trouble)

    def start(self, partition: int, offset: int) -> bool:
        """Return messages of an assigned partition from an offset on. False if the client is not
        ready for that: try again after the next ``poll``."""
        place = TopicPartition(self._topic, partition, offset)
        try:
            if partition in self._reading:
                self._consumer.seek(place)
                self._consumer.resume([place])
            else:
                self._consumer.incremental_assign([place])
        except KafkaException:
            return False
        self._reading.add(partition)
        self._next[partition] = offset
        return True

    def stop(self, partition: int) -> None:
        """Return nothing of a partition until it is started again."""
        self._next.pop(partition, None)
        self.pause([partition])

    def pause(self, partitions: Collection[int]) -> None:
        """Read nothing more of partitions that were started; ``poll`` goes on, so that the group
        sees the member alive."""
        with suppress(KafkaException):
            self._consumer.pause(self._started(partitions))

    def resume(self, partitions: Collection[int]) -> None:
        """Read on where a pause began."""
        with suppress(KafkaException):
            self._consumer.resume(self._started(partitions))

    def commit(self, offsets: Mapping[int, int]) -> None:
        """Commit offsets for those who watch the group, without a wait: nothing depends on them."""
        if offsets:
            with suppress(KafkaException):
                self._consumer.commit(offsets=self._places(offsets), asynchronous=True)

    def close(self, patience_s: float = LEAVING_S) -> bool:
        """Leave the group, so that the others need not wait for its timeout. Answers whether that
        was done in time. The client would wait for a broker that hangs for as long as for any
        answer; what it has not done by then is left to a thread that keeps no process alive."""
        left: Future[None] = Future()
        threading.Thread(target=self._leave, args=(left,), name="leaving", daemon=True).start()
        try:
            left.result(patience_s)
        except TimeoutError:
            self._on_assign = self._on_revoke = self._on_lost = lambda partitions: None
            return False
        return True

    def _leave(self, left: Future[None]) -> None:
        try:
            self._consumer.close()
        except BaseException as error:  # noqa: BLE001 - raised where the result is awaited
            left.set_exception(error)
        else:
            left.set_result(None)

    def _sorted(self, consumed: Consumed, polled: Polled) -> Polled:
        error = consumed.error()
        if error is not None:
            return self._judge(consumed, error, polled)
        self._take(consumed, polled)
        return polled

    def _take(self, consumed: Consumed, polled: Polled) -> None:
        message = message_from(consumed)
        expected = self._next.get(message.partition)
        # Of a partition that is not started, or before the next offset: read ahead before a seek,
        # and returned after it.
        if expected is not None and message.offset >= expected:
            self._next[message.partition] = message.offset + 1
            polled.messages.append(message)

    def _judge(self, consumed: Consumed, error: KafkaError, polled: Polled) -> Polled:
        partition, offset = consumed.partition(), consumed.offset()
        started = partition in self._next
        code = error.code()
        if code == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its public name
            if started and partition is not None and offset is not None:
                self._next[partition] = max(self._next[partition], offset)
                polled.ends[partition] = self._next[partition]
            return polled
        if code in {KafkaError.OFFSET_OUT_OF_RANGE, KafkaError._AUTO_OFFSET_RESET}:  # noqa: SLF001
            if started and partition is not None:
                raise OutOfRange(partition)
            return polled
        if error.fatal() or code in _HOPELESS:
            raise _refused(error.str())
        return polled._replace(trouble=error.str())

    def _on_error(self, error: KafkaError) -> None:
        """The client's own errors: mostly that a broker is away; it recovers by itself."""
        if error.fatal() or error.code() in _HOPELESS:
            self._fatal = error.str()
        self._trouble = error.str()

    def _on_report(self, report: str) -> None:
        """What the client tells of itself every few seconds."""
        brokers = json.loads(report)["brokers"].values()
        # The others are the client's own, and stand for none.
        known = any(broker["source"] in {"configured", "learned"} for broker in brokers)
        self._forsaken = 0 if known else self._forsaken + 1

    def _begin_anew(self) -> None:
        """Replace a client that knows no broker any more. A broker that is about to stop says that
        there are none, and the client forgets those that it knew; now and then also the ones that
        it was told of at its start (https://github.com/confluentinc/librdkafka/issues/5301). It
        asks nobody from then on, and reports nothing: without this, the member would be gone for
        good, and nobody would know."""
        self._forsaken = 0
        self._trouble = "the client knew no broker any more, and was made anew"
        # Without the last reference, the old one ends without a word to the group or to us.
        self._consumer = Consumer(self._config)
        if self._joined:
            gone = frozenset(self._assigned_now)
            self._assigned_now.clear()
            self._reading.clear()
            self._next.clear()
            self.join()
            if gone:
                self._on_lost(gone)
        else:
            self.assign(self._next)

    def _assigned(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        # The group has assigned these; the client reads none of them before `start` sets from
        # where. (It could read them from their end until then, and seek elsewhere later. But it
        # asks for the end by itself, and an answer that comes late takes it there.)
        consumer.incremental_assign([])
        partitions = frozenset(place.partition for place in places)
        self._assigned_now |= partitions
        self._on_assign(partitions)

    def _revoked(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        # Their next owner waits until this returns: a batch that is under way can be finished.
        self._drop(consumer, places, self._on_revoke)

    def _lost(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        # Another member has them already.
        self._drop(consumer, places, self._on_lost)

    def _drop(self, consumer: Consumer, places: list[TopicPartition], call: OnPartitions) -> None:
        partitions = frozenset(place.partition for place in places)
        self._assigned_now -= partitions
        for partition in partitions:
            self._next.pop(partition, None)
        try:
            call(partitions)
        finally:
            # The client remembers that a partition is paused even while it is not assigned, and
            # would read nothing of it when it is given back.
            self.resume(partitions)
            consumer.incremental_unassign(self._started(partitions))
            self._reading -= partitions

    def _started(self, partitions: Collection[int]) -> list[TopicPartition]:
        started = sorted(self._reading.intersection(partitions))
        return [TopicPartition(self._topic, partition) for partition in started]

    def _places(self, offsets: Mapping[int, int]) -> list[TopicPartition]:
        return [TopicPartition(self._topic, *place) for place in sorted(offsets.items())]


def _refused(seen: str) -> Refused:
    return Refused(
        "Kafka to have this process in the group that shares the partitions",
        seen,
        "give this client its rights, or settings that the broker knows",
    )


def _config(settings: KafkaSettings, group: str | None, session_timeout_s: float) -> dict[str, Any]:
    session_ms = int(session_timeout_s * 1000)
    return {
        **settings.for_confluent(),
        **consumer_config(group, AHEAD_KB, WAIT_MS),
        "partition.assignment.strategy": "cooperative-sticky",
        "session.timeout.ms": session_ms,
        # What others do at the end of a timeout arrives with the next heartbeat: ten a timeout
        # instead of Kafka's three, so that the next owner takes over soon after it.
        "heartbeat.interval.ms": min(1_000, session_ms // 10),
        "reconnect.backoff.max.ms": 2_000,
        "statistics.interval.ms": REPORT_MS,
        # What it would write to standard error is in `Polled.trouble`.
        "log_level": 0,
    }


def consumer_config(group: str | None, ahead_kb: int, wait_ms: int) -> dict[str, Any]:
    """How facts are read, by a member of a group or outside any: only committed messages, from the
    offset that is set, with an event at the end of each partition. ``ahead_kb`` is read ahead; a
    fetch waits ``wait_ms`` for something new."""
    return {
        # The client wants the name of a group even if it never joins it.
        "group.id": group or "none",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "error",
        "isolation.level": "read_committed",
        "enable.partition.eof": True,
        "check.crcs": True,
        "queued.max.messages.kbytes": ahead_kb,
        # Its default makes it wait for a second whenever it has read ahead enough.
        "fetch.queue.backoff.ms": 20,
        "fetch.wait.max.ms": wait_ms,
    }


def message_from(consumed: Consumed) -> Message:
    """A message as the client gives it, in the form that the ledger reads."""
    headers: Iterable[tuple[str, bytes | None]] | None
    try:
        headers = _HEADERS(consumed)
    except SystemError:
        # How the client reports that a header's name is not UTF-8: it returns none of them then. It
        # leaves the error pending, and Python raises it at once only in a call as `_HEADERS` makes
        # it; a plain one, once it has run often enough, would let whatever comes next fail instead.
        headers = [(UNREADABLE_HEADERS, None)]
    _, timestamp = consumed.timestamp()
    return Message._make(
        (
            consumed.partition(),
            consumed.offset(),
            timestamp,
            consumed.key(),
            consumed.value(),
            tuple(headers) if headers else (),
        )
    )
