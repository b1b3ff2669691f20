"""How messages are read by their places, outside any group."""

from __future__ import annotations

import time

from confluent_kafka import Consumer, KafkaError, TopicPartition
from confluent_kafka import Message as Consumed

from ledger.errors import Lost
from ledger.kafka.connection import Connection
from ledger.kafka.group_consumer import consumer_config, message_from
from ledger.kafka.message import Message

#: What the client reads ahead.
AHEAD_KB = 32 * 1024
#: How long a fetch waits for more, in milliseconds: one that waits at the end is in the way of the
#: next reading.
WAIT_MS = 20


class PartitionReader:
    """Reads one topic, at one place at a time. One thread at a time may use it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._consumer: Consumer | None = None
        self._next: tuple[int, int] | None = None  # the consumer's partition and offset

    def fetch(self, partition: int, start: int, stop: int, limit: int) -> tuple[list[Message], int]:
        """Some messages at offsets in [start, stop), at most ``limit``, and the offset to go on
        from, which is past ``start``. Raises ``Lost`` or ``Unreachable``."""
        consumer = self._at(partition, start)
        deadline = time.monotonic() + self._connection.patience
        found: list[Message] = []
        self._next = None  # after a failure the consumer's offset is unknown
        after = start
        while after == start or (found and after < stop and len(found) < limit):
            # Without a wait once something is there: the client would stay until it has them all.
            wanted = min(limit - len(found), stop - after)
            some = consumer.consume(wanted, 0) if found else [consumer.poll(0.5)]
            if not some:
                break
            for one in some:
                if one is not None:
                    after = max(after, self._keep(one, (partition, start, stop), found))
            if after == start and time.monotonic() > deadline:
                raise self._connection.unreachable(self._connection.heard)
        self._next = (partition, after)
        return found, after

    def rest(self) -> None:
        """A reading came to its end: nothing need be read ahead."""
        self._next = None
        if self._consumer is not None:
            self._consumer.unassign()

    def close(self) -> None:
        """Close the client."""
        if self._consumer is not None:
            self._consumer.close()
        self._consumer = None

    def _keep(self, consumed: Consumed, wanted: tuple[int, int, int], found: list[Message]) -> int:
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
            raise lost(self._connection, partition, start, None)
        self._connection.heard = error.str()
        return start

    def _at(self, partition: int, offset: int) -> Consumer:
        """The consumer, standing there."""
        if self._consumer is None:
            config = consumer_config(None, AHEAD_KB, WAIT_MS)
            self._consumer = Consumer(self._connection.config(config))
        if self._next != (partition, offset):
            topic = self._connection.settings.topic
            self._consumer.assign([TopicPartition(topic, partition, offset)])
        return self._consumer


def lost(connection: Connection, partition: int, wanted: int, first: int | None) -> Lost:
    """The topic does not have an offset any more; ``first`` is the first that it has, if known."""
    return Lost(
        f"offset {wanted} of partition {partition} of {connection}",
        "that it is not there" if first is None else f"that the first one there is {first}",
        "facts are gone: check the topic's retention with {topic check}, and take them from a"
        " backup",
    )
