"""Topics of the bench's broker, and the ledger on one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ledger.kafka.ledger import KafkaLedger
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.topic_admin import create


def make_topic(broker: str, topic: str, partitions: int) -> None:
    """A topic as a ledger wants it, on a broker that stands alone."""
    create(KafkaSettings(broker, topic), partitions, 1, 1)


@contextmanager
def ledger_of(broker: str, topic: str) -> Iterator[KafkaLedger]:
    """The ledger through which facts are moved in bulk."""
    with KafkaLedger(KafkaSettings(broker, topic)) as ledger:
        yield ledger
