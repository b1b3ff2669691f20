"""What brokers say of a topic when they are asked: what it is known by, and what it has."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from confluent_kafka import (
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec

from domain.topics import Topic
from ledger.errors import Unreachable
from ledger.kafka.settings import KafkaSettings

Answer = TypeVar("Answer")

#: How long a question to the broker may take.
ASKING_S = 10.0
#: How long until a question is put again, of which the answer was that it is too early.
AGAIN_S = 0.05

#: What brokers say for a moment when a topic is new or its partitions change brokers.
PASSING = frozenset(
    {
        KafkaError.FENCED_LEADER_EPOCH,
        KafkaError.KAFKA_STORAGE_ERROR,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NETWORK_EXCEPTION,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.OFFSET_NOT_AVAILABLE,
        KafkaError.REPLICA_NOT_AVAILABLE,
        KafkaError.UNKNOWN_LEADER_EPOCH,
        KafkaError._TRANSPORT,  # noqa: SLF001 - its public name
    }
)


class Extent(NamedTuple):
    """What a partition has: its first offset, the one after its last, and when its newest record
    was recorded, in milliseconds since 1970 (None if it has none)."""

    first: int
    end: int
    newest: int | None


class Watch:
    """Asks the broker what partitions have, for those who watch. Not a member of any group.
    Methods raise ``Unreachable`` if the broker does not answer, or knows no such topic."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._topic = settings.topic
        self._admin = AdminClient({**settings.for_confluent(), "log_level": 0})

    def topic(self, timeout_s: float = ASKING_S) -> Topic:
        """What the topic is known by now."""
        return self._patiently(lambda: described(self._admin, self._topic, timeout_s), timeout_s)

    def bounds(
        self, partitions: Iterable[int], timeout_s: float = ASKING_S
    ) -> dict[int, tuple[int, int]]:
        """Partition -> the first offset that it has, and the one after its last: one question for
        all of them."""
        places = self._places(partitions)

        def ask() -> dict[int, tuple[int, int]]:
            specs = (OffsetSpec.earliest(), OffsetSpec.latest())
            # Both are on their way before either is waited for.
            asked = [self._asked(places, spec, timeout_s) for spec in specs]
            first, end = ({place: told[place].result().offset for place in told} for told in asked)
            return {place.partition: (first[place], end[place]) for place in first}

        return self._patiently(ask, timeout_s)

    def extents(self, partitions: Iterable[int]) -> dict[int, Extent]:
        """What each partition has now."""
        places = self._places(partitions)
        specs = (OffsetSpec.earliest(), OffsetSpec.latest(), OffsetSpec.max_timestamp())
        try:
            asked = [self._asked(places, spec, ASKING_S) for spec in specs]
            first, end, newest = (
                {place.partition: found.result() for place, found in told.items()} for told in asked
            )
        except KafkaException as error:
            raise self._unanswered(error) from error
        return {
            partition: Extent(
                first[partition].offset,
                end[partition].offset,
                newest[partition].timestamp if newest[partition].timestamp >= 0 else None,
            )
            for partition in first
        }

    def _places(self, partitions: Iterable[int]) -> list[TopicPartition]:
        return [TopicPartition(self._topic, partition) for partition in partitions]

    def _asked(
        self, places: Sequence[TopicPartition], spec: OffsetSpec, timeout_s: float
    ) -> dict[TopicPartition, Any]:
        return self._admin.list_offsets(
            dict.fromkeys(places, spec),
            isolation_level=IsolationLevel.READ_COMMITTED,
            request_timeout=timeout_s,
        )

    def _patiently(self, ask: Callable[[], Answer], timeout_s: float) -> Answer:
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                return ask()
            except KafkaException as error:
                said = error.args[0]
                passing = isinstance(said, KafkaError) and said.code() in PASSING
                if not passing or time.monotonic() > deadline:
                    raise self._unanswered(error) from error
            time.sleep(AGAIN_S)

    def _unanswered(self, error: KafkaException) -> Unreachable:
        said = error.args[0]
        seen = said.str() if isinstance(said, KafkaError) else said
        return Unreachable(
            f"expected Kafka to tell what the topic {self._topic!r} has; seen: {seen}."
            " Start the broker; look whether the topic is there with './pledger topic check'"
        )


def described(admin: AdminClient, name: str, timeout_s: float) -> Topic:
    """What a topic is known by. Raises ``KafkaException``."""
    # Not list_topics: a broker may make the topic that it is asked about.
    asked = admin.describe_topics(TopicCollection([name]), request_timeout=timeout_s)
    found = asked[name].result()
    return Topic(name, id_of(found.topic_id), len(found.partitions))


def id_of(uuid: Any) -> str | None:
    """A topic's id as Kafka's own tools write it; None for that of no topic."""
    if not uuid.get_most_significant_bits() and not uuid.get_least_significant_bits():
        return None
    return str(uuid).replace("+", "-").replace("/", "_")
