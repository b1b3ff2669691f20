"""The ledger on Kafka, through either client."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ledger.kafka.bulk import BulkKafkaLedger
from ledger.kafka.home import TopicLedger
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.steady import KafkaLedger

Opening = Callable[[str], TopicLedger]
Kind = type[KafkaLedger] | type[BulkKafkaLedger]


@pytest.fixture(params=[KafkaLedger, BulkKafkaLedger], ids=["steady", "bulk"])
def home(request: pytest.FixtureRequest) -> Kind:
    """Either kind of ledger."""
    kind: Kind = request.param
    return kind


@pytest.fixture
def opening(home: Kind, broker: str) -> Iterator[Opening]:
    """Opens the ledger on a topic; closed after the test."""
    opened: list[TopicLedger] = []

    def on(topic: str) -> TopicLedger:
        opened.append(home(KafkaSettings(broker, topic)))
        return opened[-1]

    yield on
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(opening: Opening, topic: str) -> TopicLedger:
    """The ledger on a topic of three partitions."""
    return opening(topic)
