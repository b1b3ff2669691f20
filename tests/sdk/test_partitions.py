"""One key, one partition, whichever client sends it: this one is the services'. The ledger's is in
``tests/ledger/kafka/test_partitions.py``, with the same table."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pledger_sdk._contract.ledger.kafka.settings import KafkaSettings
from pledger_sdk.producer import connect
from tests.helpers import PATIENCE
from tests.ledger.kafka.partitions import PRODUCED, ROWS


@pytest.mark.parametrize("count", PRODUCED)
def test_kafka_python_sends_each_key_there(
    broker: str, make_topic: Callable[..., str], count: int
) -> None:
    topic = make_topic(partitions=count)
    producer = connect(KafkaSettings(broker, topic))
    sent = [producer.send(topic, key=row.key, value=b"") for row in ROWS]
    producer.flush(timeout=PATIENCE)
    producer.close()
    assert [one.value.partition for one in sent] == [row.partitions[count] for row in ROWS]
