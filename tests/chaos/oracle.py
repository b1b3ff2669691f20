"""What the views must be: the ledger read back from Kafka, each id once, folded offline on
DuckDB."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from confluent_kafka import Consumer, TopicPartition

from consumers.embedded_projector import rebuild
from ledger.envelope import NotAFact
from ledger.kafka.message import Message, recorded
from ledger.port import RecordedEvent
from tests.chaos.company import PARTITIONS, TOPIC, Company
from tests.projections.rows import Row
from tests.projections.stores import MemoryHome, MemoryLedger


def read_back(company: Company) -> list[Message]:
    """All messages of the topic that are not of a transaction given up, by partition and offset."""
    consumer = Consumer(
        {
            "bootstrap.servers": company.broker.address,
            "group.id": "oracle",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )
    consumer.assign([TopicPartition(TOPIC, partition, 0) for partition in range(PARTITIONS)])
    found: list[Message] = []
    ended: set[int] = set()
    while len(ended) < PARTITIONS:
        for one in consumer.consume(1000, timeout=1):
            partition, offset = one.partition(), one.offset()
            assert partition is not None
            assert offset is not None
            if one.error() is not None:
                ended.add(partition)
                continue
            headers = tuple(one.headers() or ())
            found.append(
                Message(partition, offset, one.timestamp()[1], one.key(), one.value(), headers)
            )
    consumer.close()
    return sorted(found, key=lambda message: (message.partition, message.offset))


def facts_in(messages: list[Message]) -> tuple[list[RecordedEvent], set[tuple[int, int]]]:
    """The facts, by position, of each id the one that was recorded first; and the places of
    messages that are no facts."""
    by_id: dict[str, RecordedEvent] = {}
    unreadable = set()
    for message in messages:
        try:
            fact = recorded(message)
        except NotAFact:
            unreadable.add((message.partition, message.offset))
            continue
        first = by_id.setdefault(fact.id, fact)
        if (fact.recorded_at, fact.position) < (first.recorded_at, first.position):
            by_id[fact.id] = fact
    return sorted(by_id.values(), key=lambda fact: fact.position), unreadable


def ids_of(messages: list[Message]) -> list[str]:
    """The ids of facts, each where it is first."""
    found: dict[str, None] = {}
    for message in messages:
        with suppress(NotAFact):
            found.setdefault(recorded(message).id)
    return list(found)


def folded(facts: list[RecordedEvent]) -> Mapping[str, list[str]]:
    """All tables that an embedded home of these facts has, the facts' own among them."""
    home = MemoryHome()
    rebuild(MemoryLedger(facts), home)
    return {name: plain(home.rows(name)) for name in home.tables}


def plain(rows: list[Row]) -> list[str]:
    """Rows as text, sorted, alike from both databases."""
    return sorted(", ".join(f"{name}={_plain(row[name])}" for name in sorted(row)) for row in rows)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
