"""The ledger on Kafka."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ledger.kafka.ledger import KafkaLedger
from ledger.kafka.settings import KafkaSettings

Opening = Callable[[str], KafkaLedger]


@pytest.fixture
def opening(broker: str) -> Iterator[Opening]:
    """Opens the ledger on a topic; closed after the test."""
    opened: list[KafkaLedger] = []

    def on(topic: str) -> KafkaLedger:
        opened.append(KafkaLedger(KafkaSettings(broker, topic)))
        return opened[-1]

    yield on
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(opening: Opening, topic: str) -> KafkaLedger:
    """The ledger on a topic of three partitions."""
    return opening(topic)
