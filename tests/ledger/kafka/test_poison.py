"""Messages that are no facts, and facts that are gone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from confluent_kafka import TopicPartition
from kafka import KafkaProducer

from domain.positions import Vector
from ledger.errors import Lost
from ledger.kafka.message import UNREADABLE_HEADERS, Message, message_of
from ledger.port import RecordedEvent
from tests.helpers import PATIENCE
from tests.ledger.contract import from_columns
from tests.ledger.kafka.conftest import Opening
from tests.ledger.making import a_fact, facts, flat
from tests.servers.topics import admin


def positions(facts: list[RecordedEvent]) -> list[int]:
    return [fact.position for fact in facts]


# --- what is no fact ------------------------------------------------------------------------------


class NotUTF8(str):
    """The name of a header whose bytes are none."""

    __slots__ = ()

    def encode(self, *_: object) -> bytes:
        return b"ce_\xff"


def test_what_is_no_fact_is_told_of_and_the_others_are_read(
    opening: Opening, broker: str, make_topic: Callable[..., str]
) -> None:
    topic = make_topic(partitions=1)
    ledger = opening(topic)
    ledger.append(facts(0, 2))
    key, value, headers = message_of(a_fact(9))
    poison: list[tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]] = [
        (None, b"?", []),
        (key, None, headers),
        (key, value[:-1], headers),
        (key, value, [(NotUTF8("ce_x"), b""), *headers]),
        (key, value, [*headers, headers[1]]),
    ]
    producer = KafkaProducer(bootstrap_servers=[broker])
    for bad_key, bad_value, bad_headers in poison:
        producer.send(topic, key=bad_key, value=bad_value, headers=bad_headers)
    producer.close()
    ledger.append(facts(2, 4))
    told: list[tuple[int, str]] = []

    def hear(message: Message, reason: str) -> None:
        told.append((message.offset, reason))

    read = flat(list(ledger.read(batch=3, on_unreadable=hear)))
    assert positions(read) == [1, 2, 8, 9]
    assert [offset for offset, _ in told] == [2, 3, 4, 5, 6]
    assert [reason.split(", ")[0] for _, reason in told] == [
        "expected the header ce_specversion",
        "expected a body of commitment.made as the value of the message",
        "commitment.made refs: expected more bytes; saw the end",
        "expected UTF-8 in the names of headers",
        "expected each attribute once",
    ]
    expected, told = told, []
    batches = list(ledger.columns(batch=3, on_unreadable=hear))
    assert [fact for batch in batches for fact in from_columns(batch)] == read
    assert told == expected
    assert ledger.message(0, 3)[3:5] == (key, None)
    assert ledger.message(0, 5).headers == ((UNREADABLE_HEADERS, None),)
    assert [len(part) for part in ledger.messages(batch=4)] == [4, 4, 1]


# --- facts that are gone --------------------------------------------------------------------------


def test_facts_that_are_gone_are_missed(
    opening: Opening, broker: str, make_topic: Callable[..., str]
) -> None:
    topic = make_topic(partitions=1)
    ledger = opening(topic)
    ledger.append(facts(0, 10))
    reading = ledger.read(batch=4)
    assert positions(next(reading)) == [1, 2, 3, 4]
    client = admin(broker)
    (done,) = client.delete_records([TopicPartition(topic, 0, 6)]).values()
    done.result(PATIENCE)
    assert ledger.earliest() == Vector({0: 6})
    for after in (0, 5):
        with pytest.raises(
            Lost, match=rf"expected offset {after} of .*, saw that the first one there"
        ):
            next(ledger.read(Vector({0: after})))
    assert positions(flat(list(ledger.read(Vector({0: 6}))))) == [7, 8, 9, 10]
    with pytest.raises(Lost):
        ledger.message(0, 5)
    # A reading that had begun goes on with what it had read ahead, or misses it: never skips it.
    try:
        rest = positions(flat(list(reading)))
    except Lost:
        return
    assert rest == [5, 6, 7, 8, 9, 10]
