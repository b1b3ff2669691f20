"""One key, one partition, whichever client sends it: the facts of a subject keep their order.

The table was made by Kafka's Java client. That kafka-python, with which services send, keeps to it
too is tested in ``tests/sdk/test_partitions.py``.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from confluent_kafka import KafkaError, Message, Producer
from kafka.partitioner import murmur2 as kafka_python_murmur2

from ledger.kafka.ledger import KafkaLedger
from ledger.kafka.settings import KafkaSettings
from tests.helpers import PATIENCE
from tests.ledger.kafka.partitions import PRODUCED, ROWS, Row, murmur2
from tests.ledger.making import a_fact


def test_the_table_holds_keys_of_all_kinds() -> None:
    lengths = {len(row.key) for row in ROWS}
    assert {0, 1, 2, 3, 4, 5} <= lengths
    assert max(lengths) > 4000
    assert any(not row.key.isascii() for row in ROWS)
    assert all(set(row.partitions.values()) != {0} for row in ROWS if row.murmur2 % 1000)
    assert {row.partitions[12] for row in ROWS} == set(range(12))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.key[:12].hex()}-{len(row.key)}")
def test_the_table_is_murmur2(row: Row) -> None:
    assert murmur2(row.key) == row.murmur2
    assert kafka_python_murmur2(row.key) & 0xFFFFFFFF == row.murmur2 & 0xFFFFFFFF
    for count, partition in row.partitions.items():
        assert (row.murmur2 & 0x7FFFFFFF) % count == partition


@pytest.mark.parametrize("count", PRODUCED)
def test_confluent_kafka_sends_each_key_there(
    broker: str, make_topic: Callable[..., str], count: int
) -> None:
    topic = make_topic(partitions=count)
    producer = Producer(KafkaLedger(KafkaSettings(broker, topic))._producer.config({}))
    keys: dict[bytes, int | None] = {}

    def told(_: KafkaError | None, message: Message) -> None:
        keys[message.key() or b""] = message.partition()

    for row in ROWS:
        producer.produce(topic, b"", row.key, on_delivery=told)
    assert producer.flush(PATIENCE) == 0
    assert keys == {row.key: row.partitions[count] for row in ROWS}


def test_the_facts_of_a_subject_are_together_and_in_order(broker: str, topic: str) -> None:
    facts = [a_fact(n)._replace(subject=f"customer:{n % 7}", sequence=str(n)) for n in range(700)]
    with KafkaLedger(KafkaSettings(broker, topic)) as ledger:
        ledger.append(facts)
        messages = [message for part in ledger.messages() for message in part]
    for subject in {fact.subject for fact in facts}:
        there = [one for one in messages if one.key == subject.encode()]
        assert len({one.partition for one in there}) == 1
        assert {(murmur2(subject.encode()) & 0x7FFFFFFF) % 3} == {there[0].partition}
        assert [dict(one.headers)["ce_sequence"] for one in there] == [
            str(fact.sequence).encode() for fact in facts if fact.subject == subject
        ]
