"""The ledger on Kafka through kafka-python: pure Python all the way, for control and for services
that emit a fact at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Literal

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import (
    CorruptRecordError,
    KafkaError,
    KafkaTimeoutError,
    LogTruncationError,
    NoError,
    OffsetOutOfRangeError,
    RetriableError,
    UnknownBrokerIdError,
    UnknownTopicOrPartitionError,
    for_code,
)

from domain.positions import position_of
from ledger.errors import NoLedger, Unreachable
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
from ledger.kafka.opening import Client, opened
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.wire import Message

#: What is sent to a partition at a time, in bytes; a fact of any size fits.
BATCH = 512 * 1024
#: How long a fetch waits on the broker for something new, in milliseconds: one that waits at the
#: end is in the way of the next reading.
WAIT_MS = 20
#: What is said for a moment when a topic is new or its partitions change brokers; the second where
#: a partition has no leader yet.
_PASSING = (RetriableError, UnknownBrokerIdError)


class KafkaLedger(TopicLedger):
    """The facts on a topic, one client for each thing to do. See ``TopicLedger``."""

    def __init__(self, settings: KafkaSettings, *, patience: float = 30.0) -> None:
        super().__init__(settings, patience)
        self._admin: KafkaAdminClient | None = None
        self._producer: KafkaProducer | None = None
        self._together: KafkaProducer | None = None
        self._consumer: KafkaConsumer | None = None
        self._other: TopicLedger | None = None
        self._next: tuple[int, int] | None = None  # where the consumer stands

    def _opened(self, make: Callable[..., Client], **config: Any) -> Client:
        # A request must be given up before what waits for it.
        request_ms = max(1_000, int(self.patience * 500))
        return opened(
            make,
            self.settings,
            self.patience,
            request_timeout_ms=request_ms,
            metrics_enabled=False,
            **config,
        )

    # --- asking -----------------------------------------------------------------------------------

    def _extents(self) -> Extents:
        deadline = time.monotonic() + self.patience
        while True:
            try:
                return self._told_extents()
            except KafkaError as error:
                if not isinstance(error, _PASSING) or time.monotonic() > deadline:
                    raise self._explained(error) from error
            time.sleep(0.05)

    def _told_extents(self) -> Extents:
        if self._admin is None:
            self._admin = admin_client(self.settings, self.patience)
        found = topic_of(self._admin, self.settings)["partitions"]
        places = [
            TopicPartition(self.settings.topic, number)
            for number in sorted(partition["partition_index"] for partition in found)
        ]
        first, end = (
            {
                place.partition: told.offset
                for place, told in self._admin.list_partition_offsets(
                    dict.fromkeys(places, spec), isolation_level="read_committed"
                ).items()
            }
            for spec in (OffsetSpec.EARLIEST, OffsetSpec.LATEST)
        )
        return Extents(first, end)

    def _explained(self, error: KafkaError) -> NoLedger | Unreachable:
        if isinstance(error, UnknownTopicOrPartitionError):
            return no_topic(self.settings)
        return unreachable(self.settings, self.patience, words(error))

    # --- writing ----------------------------------------------------------------------------------

    def _send(self, parcels: Sequence[Parcel]) -> Sent:
        if self._producer is None:
            self._extents()  # a topic that is not there must not come into being by writing
            self._producer = self._made_producer()
        sent = self._posted(self._producer, parcels)
        if sent.problem is not None:
            # What it still holds would be sent later, after what the caller does next.
            _drop(self._producer)
            self._producer = None
        return sent

    def _made_producer(self, **more: Any) -> KafkaProducer:
        patience_ms = int(self.patience * 1000)
        try:
            return self._opened(
                KafkaProducer,
                acks="all",
                enable_idempotence=True,
                delivery_timeout_ms=max(patience_ms, 1_001),
                max_block_ms=patience_ms,
                max_request_size=MESSAGE_LIMIT,
                batch_size=BATCH,
                allow_auto_create_topics=False,
                **more,
            )
        except KafkaError as error:
            raise self._explained(error) from error

    def _posted(self, producer: KafkaProducer, parcels: Sequence[Parcel]) -> Sent:
        positions: list[int | None] = [None] * len(parcels)
        problem: str | None = None
        waiting = []
        try:
            for key, value, headers in parcels:
                future = producer.send(self.settings.topic, value=value, key=key, headers=headers)
                waiting.append(future)
            producer.flush(timeout=self.patience + 1.0)
        except KafkaError as error:
            problem = words(error)
        deadline = time.monotonic() + self.patience + 1.0
        for place, future in enumerate(waiting):
            try:
                # Not all that flush waited for: a batch that was too large is sent in parts after.
                told = future.get(timeout=max(0.0, deadline - time.monotonic()))
            except KafkaError as error:
                problem = problem or words(error)
            else:
                if told.offset >= 0:
                    positions[place] = position_of(told.partition, told.offset)
                else:
                    problem = problem or "no place"
        return Sent(positions, problem)

    def _send_together(self, parcels: Sequence[Parcel]) -> Sent:
        nothing: list[int | None] = [None] * len(parcels)
        problem: str | None = None
        try:
            producer = self._transactional()
            producer.begin_transaction()
            sent = self._posted(producer, parcels)
            if sent.problem is None:
                # A crash or failure before the commit is decided leaves nothing to readers: the
                # broker aborts what nobody ends. One after it leaves all, which we can't know.
                self._end(producer, "begin_commit")
                return sent
            problem = sent.problem
            self._end(producer, "begin_abort")
        except KafkaError as error:
            problem = problem or words(error)
        if self._together is not None:
            _drop(self._together)
        self._together = None
        return Sent(nothing, problem)

    def _end(self, producer: KafkaProducer, how: Literal["begin_commit", "begin_abort"]) -> None:
        """As ``commit_transaction`` and ``abort_transaction``, which would wait for a broker for
        ever. An end that does not come is brought about by the broker: after a while, or when the
        next transaction of this name begins."""
        ending = getattr(producer._transaction_manager, how)()  # noqa: SLF001 - there is no other way
        producer._sender.wakeup()  # noqa: SLF001
        if not ending.wait(timeout_ms=int(self.patience * 1000)):
            raise KafkaTimeoutError("no answer to the end of the transaction")

    def _transactional(self) -> KafkaProducer:
        if self._together is None:
            self._extents()
            name = transactional_id(self.settings)
            together = self._made_producer(
                transactional_id=name, transaction_timeout_ms=TRANSACTION_MS
            )
            try:
                together.init_transactions()
            except KafkaError:
                _drop(together)
                raise
            self._together = together
        return self._together

    # --- reading ----------------------------------------------------------------------------------

    def _fetch(
        self, partition: int, start: int, stop: int, limit: int
    ) -> tuple[list[Message], int]:
        place = TopicPartition(self.settings.topic, partition)
        deadline = time.monotonic() + self.patience
        try:
            consumer = self._at(place, start)
            self._next = None  # should this fail, the consumer stands anywhere
            while True:
                polled = consumer.poll(timeout_ms=500, max_records=limit).get(place, [])
                # Past markers of transactions, which nobody is given.
                after = consumer.position(place, timeout_ms=int(self.patience * 1000))
                if after is not None and after > start:
                    break
                if time.monotonic() > deadline:
                    raise unreachable(self.settings, self.patience, "no answer")
        except CorruptRecordError:
            return self._through_other(partition, start, stop, limit)
        except (OffsetOutOfRangeError, LogTruncationError) as error:
            raise self._lost(partition, start, None) from error
        except KafkaError as error:
            raise self._explained(error) from error
        self._next = (partition, after)
        return [_message(record) for record in polled if start <= record.offset < stop], after

    def _through_other(
        self, partition: int, start: int, stop: int, limit: int
    ) -> tuple[list[Message], int]:
        """What ``_fetch`` gives, through the other client: this one can't get past a batch that
        has a header whose name is not UTF-8. What is corrupt indeed stops that one too."""
        if self._other is None:
            from ledger.kafka.bulk import BulkKafkaLedger

            self._other = BulkKafkaLedger(self.settings, patience=self.patience)
        return self._other._fetch(partition, start, stop, limit)  # noqa: SLF001 - of one family

    def _at(self, place: TopicPartition, offset: int) -> KafkaConsumer:
        """The consumer, standing there."""
        if self._consumer is None:
            self._consumer = self._opened(
                KafkaConsumer,
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="none",
                isolation_level="read_committed",
                allow_auto_create_topics=False,
                fetch_max_wait_ms=WAIT_MS,
            )
        if self._next != (place.partition, offset):
            self._consumer.assign([place])
            self._consumer.seek(place, offset)
        return self._consumer

    def _rest(self) -> None:
        self._next = None
        if self._consumer is not None:
            self._consumer.unsubscribe()

    def _close(self) -> None:
        for producer in (self._producer, self._together):
            if producer is not None:
                _drop(producer)
        for client in (self._consumer, self._admin, self._other):
            if client is not None:
                client.close()
        self._admin = self._producer = self._together = self._consumer = self._other = None


def admin_client(settings: KafkaSettings, patience: float) -> KafkaAdminClient:
    """A client to ask the cluster with. Raises what kafka-python raises."""
    request_ms = int(patience * 1000)
    return opened(KafkaAdminClient, settings, patience, request_timeout_ms=request_ms)


def topic_of(admin: KafkaAdminClient, settings: KafkaSettings) -> dict[str, Any]:
    """What the cluster says of the topic. Raises ``NoLedger`` and what kafka-python raises."""
    found: dict[str, Any]
    (found,) = admin.describe_topics([settings.topic])
    problem = for_code(found["error_code"])
    if problem is UnknownTopicOrPartitionError:
        raise no_topic(settings)
    if problem is not NoError:
        raise problem
    return found


def words(error: BaseException) -> str:
    """What kafka-python says went wrong."""
    name, said = type(error).__name__, str(error)
    return said if name in said else f"{name}: {said}"


def _drop(producer: KafkaProducer) -> None:
    """Close a producer of which nothing more is wanted, whatever it still holds."""
    try:
        producer.close(timeout=1.0)
    except KafkaError:
        # It gave up on closing because of what it holds, and its thread would go on for good.
        producer._sender.force_close()  # noqa: SLF001 - there is no other way
        producer._closed = True  # noqa: SLF001


def _message(record: Any) -> Message:
    return Message(
        record.partition,
        record.offset,
        record.timestamp,
        record.key,
        record.value,
        tuple(record.headers or ()),
    )
