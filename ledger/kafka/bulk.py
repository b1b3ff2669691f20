"""The ledger on Kafka through confluent-kafka: for those who move millions of facts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from confluent_kafka import (
    Consumer,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka import Message as Consumed
from confluent_kafka.admin import AdminClient, OffsetSpec

from domain.positions import position_of
from domain.topics import Topic
from ledger.errors import NoLedger, Unreachable
from ledger.kafka.group import message_from
from ledger.kafka.home import (
    MESSAGE_LIMIT,
    TRANSACTION_MS,
    Extents,
    Parcel,
    Sent,
    TopicLedger,
    no_topic,
    transactional_id,
    unreachable,
)
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.watch import PASSING, described
from ledger.kafka.wire import Message

Answer = TypeVar("Answer")

#: What the client holds of facts that wait to be sent, and of those read ahead.
QUEUE_KB = 128 * 1024
AHEAD_KB = 32 * 1024


class BulkKafkaLedger(TopicLedger):
    """The facts on a topic, in bulk. See ``TopicLedger``."""

    def __init__(self, settings: KafkaSettings, *, patience: float = 30.0) -> None:
        super().__init__(settings, patience)
        self._said = "no answer"  # the last that the clients were told of their connections
        self._admin: AdminClient | None = None
        self._producer: Producer | None = None
        self._together: Producer | None = None
        self._consumer: Consumer | None = None
        self._next: tuple[int, int] | None = None  # where the consumer stands

    def _config(self, more: dict[str, Any]) -> dict[str, Any]:
        return {
            **self.settings.for_confluent(),
            "error_cb": self._hear,
            # What it would write to standard error is told in our errors.
            "log_level": 0,
            "reconnect.backoff.max.ms": 2_000,
            **more,
        }

    def _hear(self, error: KafkaError) -> None:
        if error.code() != KafkaError._ALL_BROKERS_DOWN:  # noqa: SLF001 - says less than the others
            self._said = error.str()

    # --- asking -----------------------------------------------------------------------------------

    def topic(self) -> Topic:
        """What the topic is known by now. Raises ``NoLedger`` or ``Unreachable``."""
        with self._reading:
            self._expect_open()
            return self._patiently(self._told_topic)

    def _extents(self) -> Extents:
        return self._patiently(self._told_extents)

    def _patiently(self, ask: Callable[[], Answer]) -> Answer:
        deadline = time.monotonic() + self.patience
        while True:
            try:
                return ask()
            except KafkaException as error:
                said = error.args[0]
                code = said.code() if isinstance(said, KafkaError) else None
                if code not in PASSING or time.monotonic() > deadline:
                    raise self._explained(error) from error
            time.sleep(0.05)

    def _asking(self) -> AdminClient:
        if self._admin is None:
            self._admin = AdminClient(self._config({}))
        return self._admin

    def _told_topic(self) -> Topic:
        return described(self._asking(), self.settings.topic, self.patience)

    def _told_extents(self) -> Extents:
        partitions = range(self._told_topic().partitions)
        return Extents(
            self._offsets(self._asking(), partitions, OffsetSpec.earliest()),
            self._offsets(self._asking(), partitions, OffsetSpec.latest()),
        )

    def _offsets(
        self, admin: AdminClient, partitions: Sequence[int], spec: OffsetSpec
    ) -> dict[int, int]:
        asked = admin.list_offsets(
            {TopicPartition(self.settings.topic, partition): spec for partition in partitions},
            isolation_level=IsolationLevel.READ_COMMITTED,
            request_timeout=self.patience,
        )
        told: dict[TopicPartition, Any] = {place: each.result() for place, each in asked.items()}
        return {place.partition: found.offset for place, found in told.items()}

    def _explained(self, error: KafkaException) -> NoLedger | Unreachable:
        said = error.args[0]
        if isinstance(said, KafkaError) and said.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            return no_topic(self.settings)
        while self._admin is not None and self._admin.poll(0):
            pass  # it hears of its connections only when it is asked to
        return unreachable(self.settings, self.patience, f"{_words(error)} ({self._said})")

    # --- writing ----------------------------------------------------------------------------------

    def _send(self, parcels: Sequence[Parcel]) -> Sent:
        if self._producer is None:
            self._extents()  # a topic that is not there must not come into being by writing
            self._producer = Producer(self._producing({}))
        sent = self._posted(self._producer, parcels)
        if sent.problem is not None:
            # What it still holds would be sent later, after what the caller does next.
            self._producer.purge()
            self._producer = None
        return sent

    def _producing(self, more: dict[str, Any]) -> dict[str, Any]:
        patience_ms = int(self.patience * 1000)
        return self._config(
            {
                "acks": "all",
                "enable.idempotence": True,
                # As the Java client, for all keys: librdkafka's own default differs.
                "partitioner": "murmur2_random",
                "delivery.timeout.ms": patience_ms,
                "message.max.bytes": MESSAGE_LIMIT,
                "queue.buffering.max.kbytes": QUEUE_KB,
                **more,
            }
        )

    def _posted(self, producer: Producer, parcels: Sequence[Parcel]) -> Sent:
        post = _Post(len(parcels))
        topic = self.settings.topic
        for place, (key, value, headers) in enumerate(parcels):
            while True:
                try:
                    producer.produce(
                        topic, value, key, headers=list(headers), on_delivery=post.hears(place)
                    )
                except BufferError:
                    producer.poll(0.1)  # full: what was sent makes room, or is given up in time
                    continue
                except KafkaException as error:
                    post.problem = _words(error)
                break
            if post.problem is not None:
                break
            if place % 1_000 == 0:
                producer.poll(0)
        if producer.flush(self.patience + 1.0) and post.problem is None:
            post.problem = self._said
        if post.problem is not None:
            post.problem = f"{post.problem} ({self._said})"
        return Sent(post.positions, post.problem)

    def _send_together(self, parcels: Sequence[Parcel]) -> Sent:
        nothing: list[int | None] = [None] * len(parcels)
        try:
            producer = self._transactional()
            producer.begin_transaction()
            sent = self._posted(producer, parcels)
            if sent.problem is None:
                # A crash or failure before the commit is decided leaves nothing to readers: the
                # broker aborts what nobody ends. One after it leaves all, which we can't know.
                producer.commit_transaction(self.patience)
                return sent
            problem = sent.problem
            producer.abort_transaction(self.patience)
        except KafkaException as error:
            problem = f"{_words(error)} ({self._said})"
        # Not used again: after some failures all that it is given is thrown away.
        self._together = None
        return Sent(nothing, problem)

    def _transactional(self) -> Producer:
        if self._together is None:
            self._extents()
            name = transactional_id(self.settings)
            more = {"transactional.id": name, "transaction.timeout.ms": TRANSACTION_MS}
            patience_ms = min(int(self.patience * 1000), TRANSACTION_MS)
            self._together = Producer(self._producing({**more, "delivery.timeout.ms": patience_ms}))
            try:
                self._together.init_transactions(self.patience)
            except KafkaException:
                self._together = None
                raise
        return self._together

    # --- reading ----------------------------------------------------------------------------------

    def _fetch(
        self, partition: int, start: int, stop: int, limit: int
    ) -> tuple[list[Message], int]:
        consumer = self._at(partition, start)
        deadline = time.monotonic() + self.patience
        found: list[Message] = []
        self._next = None  # should this fail, the consumer stands anywhere
        after = start
        while after == start or (found and after < stop and len(found) < limit):
            # Without a wait once something is there: the client would stay until it has them all.
            wanted = min(limit - len(found), stop - after)
            some = consumer.consume(wanted, 0) if found else [consumer.poll(0.5)]
            if not some:
                break
            for one in some:
                if one is not None:
                    after = max(after, self._taken(one, (partition, start, stop), found))
            if after == start and time.monotonic() > deadline:
                raise unreachable(self.settings, self.patience, self._said)
        self._next = (partition, after)
        return found, after

    def _taken(self, consumed: Consumed, wanted: tuple[int, int, int], found: list[Message]) -> int:
        """Put a message to those found, and answer the offset after it."""
        partition, start, stop = wanted
        error = consumed.error()
        if error is None:
            message = message_from(consumed)
            if message.partition != partition or message.offset < start:
                return start  # read ahead for another reading
            if message.offset < stop:
                found.append(message)
            return message.offset + 1
        if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its public name
            # At the end; markers of transactions before it are passed over.
            return consumed.offset() or start
        if error.code() in {KafkaError.OFFSET_OUT_OF_RANGE, KafkaError._AUTO_OFFSET_RESET}:  # noqa: SLF001
            raise self._lost(partition, start, None)
        self._said = error.str()
        return start

    def _at(self, partition: int, offset: int) -> Consumer:
        """The consumer, standing there."""
        if self._consumer is None:
            self._consumer = Consumer(
                self._config(
                    {
                        # The client wants the name of a group even if it never joins it.
                        "group.id": "none",
                        "enable.auto.commit": False,
                        "enable.auto.offset.store": False,
                        "auto.offset.reset": "error",
                        "isolation.level": "read_committed",
                        "enable.partition.eof": True,
                        "check.crcs": True,
                        "queued.max.messages.kbytes": AHEAD_KB,
                        # Its default makes it wait for a second whenever it has read ahead enough.
                        "fetch.queue.backoff.ms": 20,
                        # A fetch that waits at the end is in the way of the next reading.
                        "fetch.wait.max.ms": 20,
                    }
                )
            )
        if self._next != (partition, offset):
            self._consumer.assign([TopicPartition(self.settings.topic, partition, offset)])
        return self._consumer

    def _rest(self) -> None:
        self._next = None
        if self._consumer is not None:
            self._consumer.unassign()

    def _close(self) -> None:
        for producer in (self._producer, self._together):
            if producer is not None:
                producer.flush(self.patience)
        if self._consumer is not None:
            self._consumer.close()
        self._admin = self._producer = self._together = self._consumer = None


class _Post:
    """What is told of facts on their way."""

    def __init__(self, facts: int) -> None:
        self.positions: list[int | None] = [None] * facts
        self.problem: str | None = None

    def hears(self, place: int) -> Callable[[KafkaError | None, Consumed], None]:
        def heard(error: KafkaError | None, message: Consumed) -> None:
            partition, offset = message.partition(), message.offset()
            if error is not None or partition is None or offset is None or offset < 0:
                self.problem = self.problem or ("no place" if error is None else error.str())
            else:
                self.positions[place] = position_of(partition, offset)

        return heard


def _words(error: KafkaException) -> str:
    said = error.args[0]
    return said.str() if isinstance(said, KafkaError) else str(said)
