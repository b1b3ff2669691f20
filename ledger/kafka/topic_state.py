"""What brokers answer about a topic: its name and id, and which offsets it has."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
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
from ledger.kafka.connection import patiently, text_of
from ledger.kafka.settings import KafkaSettings

Answer = TypeVar("Answer")

#: How long a question to the broker may take.
ASKING_S = 10.0
#: Seconds of errors after which a client is made anew: it may have forgotten every broker
#: (``GroupReader`` says how), and would find none any more.
ANEW_S = 30.0


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
        self._config = {**settings.for_confluent(), "log_level": 0}
        self._admin = AdminClient(self._config)
        self._failing_since: float | None = None

    def topic(self, timeout_s: float = ASKING_S) -> Topic:
        """What the topic is known by now."""
        return self._asked(
            lambda admin: patiently(lambda: described(admin, self._topic, timeout_s), timeout_s)
        )

    def bounds(
        self, partitions: Iterable[int], timeout_s: float = ASKING_S
    ) -> dict[int, tuple[int, int]]:
        """Partition -> the first offset that it has, and the one after its last: one question for
        all of them."""
        wanted = list(partitions)
        return self._asked(
            lambda admin: patiently(
                lambda: bounds(admin, self._topic, wanted, timeout_s), timeout_s
            )
        )

    def extents(self, partitions: Iterable[int]) -> dict[int, Extent]:
        """What each partition has now."""
        wanted = list(partitions)
        return self._asked(lambda admin: _extents(admin, self._topic, wanted))

    def _asked(self, ask: Callable[[AdminClient], Answer]) -> Answer:
        try:
            answer = ask(self._admin)
        except KafkaException as error:
            self._failed(time.monotonic())
            raise Unreachable(
                f"Kafka to tell what the topic {self._topic!r} has",
                text_of(error),
                "start the broker; look whether the topic is there with {topic check}",
            ) from error
        self._failing_since = None
        return answer

    def _failed(self, now: float) -> None:
        if self._failing_since is None:
            self._failing_since = now
        elif now - self._failing_since >= ANEW_S:
            self._admin, self._failing_since = AdminClient(self._config), now


def described(admin: AdminClient, name: str, timeout_s: float) -> Topic:
    """What a topic is known by. Raises ``KafkaException``."""
    # Not list_topics: a broker may make the topic that it is asked about.
    asked = admin.describe_topics(TopicCollection([name]), request_timeout=timeout_s)
    found = asked[name].result()
    return Topic(name, id_of(found.topic_id), len(found.partitions))


def bounds(
    admin: AdminClient, name: str, partitions: Iterable[int], timeout_s: float
) -> dict[int, tuple[int, int]]:
    """Partition -> the first offset that it has, and the one after its last that is decided. Raises
    ``KafkaException``."""
    specs = (OffsetSpec.earliest(), OffsetSpec.latest())
    return _within(*_offsets(admin, name, partitions, specs, timeout_s))


def _extents(admin: AdminClient, name: str, partitions: Iterable[int]) -> dict[int, Extent]:
    """What each partition has. Raises ``KafkaException``."""
    specs = (OffsetSpec.earliest(), OffsetSpec.latest(), OffsetSpec.max_timestamp())
    first, end, newest = _offsets(admin, name, partitions, specs, ASKING_S)
    return {
        partition: Extent(
            *offsets,
            newest[partition].timestamp if newest[partition].timestamp >= 0 else None,
        )
        for partition, offsets in _within(first, end).items()
    }


def _within(first: Mapping[int, Any], end: Mapping[int, Any]) -> dict[int, tuple[int, int]]:
    """Partition -> its first offset and the one after its last, of the answers. A broker that has
    just been started may answer, without an error, that it does not know one: an error here, or it
    would pass for an offset before all those that were read."""
    found = {partition: (first[partition].offset, end[partition].offset) for partition in first}
    for partition, offsets in found.items():
        if min(offsets) < 0:
            text = f"the broker does not know yet what partition {partition} has"
            raise KafkaException(KafkaError(KafkaError.OFFSET_NOT_AVAILABLE, text))
    return found


def _offsets(
    admin: AdminClient,
    name: str,
    partitions: Iterable[int],
    specs: Sequence[OffsetSpec],
    timeout_s: float,
) -> list[dict[int, Any]]:
    """What each partition has, for each kind of offset."""
    places = [TopicPartition(name, partition) for partition in partitions]
    # All are on their way before one is waited for.
    asked = [
        admin.list_offsets(
            dict.fromkeys(places, spec),
            isolation_level=IsolationLevel.READ_COMMITTED,
            request_timeout=timeout_s,
        )
        for spec in specs
    ]
    return [{place.partition: one.result() for place, one in some.items()} for some in asked]


def id_of(uuid: Any) -> str | None:
    """A topic's id as Kafka's own tools write it; None for that of no topic."""
    if not uuid.get_most_significant_bits() and not uuid.get_least_significant_bits():
        return None
    return str(uuid).replace("+", "-").replace("/", "_")
