"""What tests of the package share: bodies, an emitter without a broker, the facts on a topic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from confluent_kafka import Consumer, TopicPartition

from ledger.kafka.message import Message, recorded
from ledger.port import RecordedEvent
from pledger_sdk import Emitter
from pledger_sdk.facts import CommitmentMade
from tests.helpers import PATIENCE

SOURCE = "/billing/invoicing"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
#: Nobody listens there.
NOWHERE = "127.0.0.1:1"


def made(number: int = 1) -> CommitmentMade:
    """A small body."""
    return CommitmentMade(commitment_id=f"INV-{number}", about="refund", refs=(f"order:{number}",))


def offline(**settings: Any) -> Emitter:
    """An emitter whose broker is away."""
    return Emitter(**({"bootstrap_servers": NOWHERE, "source": SOURCE} | settings))


def messages(broker: str, topic: str) -> list[Message]:
    """All messages of a topic, partition by partition."""
    return list(_messages(broker, topic))


def facts(broker: str, topic: str) -> list[RecordedEvent]:
    """All facts of a topic, as the project itself reads them, partition by partition."""
    return [recorded(message) for message in _messages(broker, topic)]


def once(read: list[RecordedEvent]) -> list[RecordedEvent]:
    """What counts: of facts with one id, the first."""
    seen: dict[str, RecordedEvent] = {}
    for fact in read:
        seen.setdefault(fact.id, fact)
    return list(seen.values())


def _messages(broker: str, topic: str) -> Iterator[Message]:
    consumer = Consumer(
        {
            "bootstrap.servers": broker,
            "group.id": "none",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "log_level": 0,
        }
    )
    try:
        for partition in sorted(
            consumer.list_topics(topic, timeout=PATIENCE).topics[topic].partitions
        ):
            place = TopicPartition(topic, partition, 0)
            _, end = consumer.get_watermark_offsets(place, timeout=PATIENCE)
            consumer.assign([place])
            at = 0
            while at < end:
                message = consumer.poll(PATIENCE)
                assert message is not None, f"expected {end} messages, saw {at}"
                assert message.error() is None, message.error()
                offset = message.offset()
                assert offset is not None
                at = offset + 1
                headers = tuple((name, value) for name, value in message.headers() or [])
                yield Message(
                    partition,
                    offset,
                    message.timestamp()[1],
                    message.key(),
                    message.value(),
                    headers,
                )
    finally:
        consumer.close()
