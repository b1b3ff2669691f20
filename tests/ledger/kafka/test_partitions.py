"""One key, one partition, whichever client sends it: the facts of a subject keep their order.

The table was made by Kafka's Java client (Partitions.java). The keys are in hexadecimal.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from confluent_kafka import KafkaError, Message, Producer
from kafka import KafkaProducer
from kafka.partitioner import murmur2 as kafka_python_murmur2

from ledger.kafka.bulk import BulkKafkaLedger
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.steady import KafkaLedger
from tests.ledger.kafka.conftest import Kind
from tests.ledger.making import a_fact

PRODUCED = [1, 3, 12]  # more would be slow to make


class Row(NamedTuple):
    key: bytes
    murmur2: int
    partitions: dict[int, int]  # by how many there are


def table() -> list[Row]:
    with (Path(__file__).parent / "partitions.csv").open(encoding="ascii") as file:
        return [
            Row(
                bytes.fromhex(row.pop("key")),
                int(row.pop("murmur2")),
                {int(name.removeprefix("of_")): int(value) for name, value in row.items()},
            )
            for row in csv.DictReader(file)
        ]


ROWS = table()


def murmur2(data: bytes) -> int:
    """Austin Appleby's MurmurHash2 with Kafka's seed, as a signed number of 32 bits; written for
    this test from its description, so that no client is its own judge."""
    mask, mix = 0xFFFFFFFF, 0x5BD1E995
    hashed = 0x9747B28C ^ len(data)
    whole = len(data) - len(data) % 4
    for start in range(0, whole, 4):
        word = int.from_bytes(data[start : start + 4], "little") * mix & mask
        word = (word ^ word >> 24) * mix & mask
        hashed = hashed * mix & mask ^ word
    if rest := data[whole:]:
        hashed = (hashed ^ int.from_bytes(rest, "little")) * mix & mask
    hashed = (hashed ^ hashed >> 13) * mix & mask
    hashed ^= hashed >> 15
    return hashed - (1 << 32) if hashed >> 31 else hashed


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
def test_kafka_python_sends_each_key_there(
    broker: str, make_topic: Callable[..., str], count: int
) -> None:
    topic = make_topic(partitions=count)
    ledger = KafkaLedger(KafkaSettings(broker, topic))
    producer: KafkaProducer = ledger._made_producer()
    sent = [producer.send(topic, key=row.key, value=b"") for row in ROWS]
    producer.flush(timeout=30)
    producer.close()
    ledger.close()
    assert [one.value.partition for one in sent] == [row.partitions[count] for row in ROWS]


@pytest.mark.parametrize("count", PRODUCED)
def test_confluent_kafka_sends_each_key_there(
    broker: str, make_topic: Callable[..., str], count: int
) -> None:
    topic = make_topic(partitions=count)
    producer = Producer(BulkKafkaLedger(KafkaSettings(broker, topic))._producing({}))
    keys: dict[bytes, int | None] = {}

    def told(_: KafkaError | None, message: Message) -> None:
        keys[message.key() or b""] = message.partition()

    for row in ROWS:
        producer.produce(topic, b"", row.key, on_delivery=told)
    assert producer.flush(30) == 0
    assert keys == {row.key: row.partitions[count] for row in ROWS}


def test_the_facts_of_a_subject_are_together_and_in_order(
    broker: str, topic: str, home: Kind
) -> None:
    facts = [a_fact(n)._replace(subject=f"customer:{n % 7}", sequence=str(n)) for n in range(700)]
    with home(KafkaSettings(broker, topic)) as ledger:
        ledger.append(facts)
        messages = [message for part in ledger.messages() for message in part]
    for subject in {fact.subject for fact in facts}:
        there = [one for one in messages if one.key == subject.encode()]
        assert len({one.partition for one in there}) == 1
        assert {(murmur2(subject.encode()) & 0x7FFFFFFF) % 3} == {there[0].partition}
        assert [dict(one.headers)["ce_sequence"] for one in there] == [
            str(fact.sequence).encode() for fact in facts if fact.subject == subject
        ]
