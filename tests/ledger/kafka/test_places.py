"""Several partitions, and places that no reader is given."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.positions import Vector, offset_of, partition_of
from ledger.errors import Closed, Lost, Unkeepable
from ledger.kafka.ledger import KafkaLedger
from ledger.kafka.message import Message, message_of
from ledger.port import EventData, Receipt, RecordedEvent
from ledger.sqlite.ledger import SQLiteLedger
from tests.helpers import PATIENCE, wait_until
from tests.ledger.envelopes import FACTS
from tests.ledger.kafka.conftest import Opening
from tests.ledger.making import a_body, a_fact, facts, flat, sealed


def positions(facts: list[RecordedEvent]) -> list[int]:
    return [fact.position for fact in facts]


def abort(broker: str, topic: str, some: list[EventData]) -> None:
    """Facts in a transaction that comes to nothing."""
    producer = Producer({"bootstrap.servers": broker, "transactional.id": f"{topic}-aborted"})
    producer.init_transactions(PATIENCE)
    producer.begin_transaction()
    post(producer, topic, some)
    producer.abort_transaction(PATIENCE)


def post(producer: Producer, topic: str, some: list[EventData]) -> None:
    for fact in some:
        key, value, headers = message_of(fact)
        producer.produce(topic, value, key, headers=list(headers))
    assert producer.flush(PATIENCE) == 0


# --- several partitions ---------------------------------------------------------------------------


def test_facts_come_by_position_and_from_all_partitions(ledger: KafkaLedger) -> None:
    given = facts(0, 200)
    receipts = ledger.append(given)
    by_position = dict(zip((receipt.position for receipt in receipts), given, strict=True))
    assert len(by_position) == 200
    assert {partition_of(position) for position in by_position} == {0, 1, 2}
    parts = list(ledger.read(batch=33))
    assert [len(part) for part in parts] == [33] * 6 + [2]
    kept = flat(parts)
    assert positions(kept) == sorted(by_position)
    assert [sealed(fact) for fact in kept] == [by_position[fact.position] for fact in kept]
    head = ledger.head()
    assert sum(head.values()) == 200
    assert all(head.holds(position) for position in by_position)
    assert ledger.earliest() == Vector({})
    assert ledger.partitions() == 3


def test_reading_from_one_reach_to_another(ledger: KafkaLedger) -> None:
    ledger.append(facts(0, 120))
    everything = positions(flat(list(ledger.read())))
    head = ledger.head()

    @settings(max_examples=15)
    @given(st.data())
    def between(data: st.DataObject) -> None:
        after, upto = (
            Vector({p: data.draw(st.integers(0, end + 3)) for p, end in head.items()})
            for _ in range(2)
        )
        wanted = [p for p in everything if upto.holds(p) and not after.holds(p)]
        assert positions(flat(list(ledger.read(after, upto, batch=17)))) == wanted
        batches = list(ledger.columns(after, upto, batch=17))
        assert [p for batch in batches for p in batch["position"].to_pylist()] == wanted

    between()
    assert list(ledger.read(head)) == []
    assert list(ledger.read(upto=Vector({}))) == []
    assert (
        positions(flat(list(ledger.read(upto=Vector({1: 2})))))
        == [position for position in everything if partition_of(position) == 1][:2]
    )


def test_several_readings_take_turns(ledger: KafkaLedger) -> None:
    ledger.append(facts(0, 60))
    expected = positions(flat(list(ledger.read())))
    readings = [ledger.read(batch=7) for _ in range(5)]
    seen: list[list[int]] = [[] for _ in readings]
    chance = random.Random(1)
    going = set(range(5))
    while going:
        which = chance.choice(sorted(going))
        part = next(readings[which], None)
        if part is None:
            going.remove(which)
        else:
            seen[which] += positions(part)
    assert seen == [expected] * 5


def test_one_message_as_it_lies(ledger: KafkaLedger) -> None:
    (receipt,) = ledger.append([a_fact(5)._replace(extensions={"a": "b"})])
    partition, offset = partition_of(receipt.position), offset_of(receipt.position)
    one = ledger.message(partition, offset)
    key, value, headers = message_of(a_fact(5)._replace(extensions={"a": "b"}))
    assert one == Message(partition, offset, one.timestamp, key, value, tuple(headers))
    for missing in ((partition, offset + 1), (99, 0)):
        with pytest.raises(Lost, match=f"expected a message at offset {missing[1]} of partition"):
            ledger.message(*missing)


# --- appending ------------------------------------------------------------------------------------


def test_an_id_that_comes_again_within_a_batch(ledger: KafkaLedger) -> None:
    other = a_fact(2, a_body("other"))
    receipts = ledger.append([a_fact(1), a_fact(2), a_fact(2), other, a_fact(1), a_fact(3)])
    assert [receipt.outcome for receipt in receipts] == [
        *("accepted", "accepted", "duplicate", "conflict", "duplicate", "accepted")
    ]
    assert receipts[2].position == receipts[3].position == receipts[1].position
    assert receipts[4].position == receipts[0].position
    kept = flat(list(ledger.read()))
    assert {fact.id for fact in kept} == {fact.id for fact in facts(1, 4)}
    assert len(kept) == 3


def test_an_id_that_is_on_the_topic_is_written_again(ledger: KafkaLedger) -> None:
    """Nobody stands at this door: who reads drops it."""
    (one,) = ledger.append([a_fact(1)])
    (again,) = ledger.append([a_fact(1)])
    assert again == Receipt(one.position + 1, "accepted")


def test_all_or_nothing_writes_nothing_beside_a_conflict(ledger: KafkaLedger) -> None:
    batch = [a_fact(1), a_fact(2), a_fact(2, a_body("other")), a_fact(1)]
    assert ledger.append(batch, all_or_nothing=True) == [
        Receipt(0, outcome) for outcome in ("accepted", "accepted", "conflict", "duplicate")
    ]
    assert ledger.head() == Vector({})
    assert ledger.append([], all_or_nothing=True) == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"id": "1"}, "expected the id of a fact as the lower-case text of a UUID"),
        ({"id": a_fact(1).id.upper()}, "expected the id of a fact as the lower-case text"),
        ({"type": "commitment.maed"}, "ce_type: expected a type of the catalogue"),
        ({"source": "care"}, "ce_source: expected /department/system"),
        ({"subject": ""}, "ce_subject: expected kind:name"),
        ({"subject": "customer:\ud800"}, "surrogates not allowed"),
        ({"time": 2**62}, "expected a time in the years 1 to 9999"),
        ({"body": b"?"}, "expected a zero byte and a schema id"),
        ({"body": a_body("x") + b"\0"}, "expected .* bytes; saw"),
        ({"extensions": {"Trace": "1"}}, "expected names of attributes in lower-case"),
        ({"extensions": {"recordedtime": "1"}}, "ce_recordedtime: expected none"),
        ({"extensions": {"id": "1"}}, "expected each attribute once"),
    ],
)
def test_what_no_reader_would_take_is_not_written(
    ledger: KafkaLedger, change: dict[str, Any], why: str
) -> None:
    for together in (False, True):
        for others in (facts(9, 10), facts(10, 100)):
            with pytest.raises(Unkeepable, match=why):
                ledger.append([*others, a_fact(1)._replace(**change)], all_or_nothing=together)
    assert ledger.head() == Vector({})


def test_a_ledger_that_was_closed(opening: Opening, topic: str) -> None:
    ledger = opening(topic)
    ledger.append(facts(0, 3))
    reading = ledger.read(batch=1)
    next(reading)
    ledger.close()
    ledger.close()
    for use in (
        ledger.head,
        ledger.partitions,
        lambda: ledger.append([a_fact(1)]),
        lambda: next(ledger.read()),
        lambda: next(reading),
        lambda: ledger.message(0, 0),
    ):
        with pytest.raises(Closed, match="expected an open ledger, saw that the topic"):
            use()


# --- gaps -----------------------------------------------------------------------------------------


def test_gaps_that_transactions_leave(
    opening: Opening, broker: str, make_topic: Callable[..., str]
) -> None:
    topic = make_topic(partitions=1)
    ledger = opening(topic)
    assert [r.position for r in ledger.append(facts(0, 3), all_or_nothing=True)] == [1, 2, 3]
    assert ledger.head() == Vector({0: 4})  # with the marker
    assert [r.position for r in ledger.append([a_fact(3)])] == [5]
    abort(broker, topic, facts(50, 54))  # at 6 to 9, and the marker at 10
    assert [r.position for r in ledger.append(facts(4, 6), all_or_nothing=True)] == [11, 12]
    there = [1, 2, 3, 5, 11, 12]
    assert positions(flat(list(ledger.read()))) == there
    assert [sealed(fact) for fact in flat(list(ledger.read()))] == facts(0, 6)
    head = ledger.head()
    assert head == Vector({0: 13})
    for after in range(14):
        for upto in range(after + 1, 14):
            wanted = [position for position in there if after < position <= upto]
            read = flat(list(ledger.read(Vector({0: after}), Vector({0: upto}), batch=2)))
            assert positions(read) == wanted, (after, upto)
    for offset in (3, 5, 9, 12):
        with pytest.raises(Lost, match="none that readers are given"):
            ledger.message(0, offset)


def test_a_topic_of_nothing_but_gaps(
    opening: Opening, broker: str, make_topic: Callable[..., str]
) -> None:
    topic = make_topic(partitions=1)
    ledger = opening(topic)
    abort(broker, topic, facts(0, 5))
    wait_until(lambda: ledger.head() == Vector({0: 6}))  # the marker comes a little after
    assert list(ledger.read()) == []
    assert list(ledger.columns()) == []


def test_what_is_undecided_is_not_there_yet(
    opening: Opening, broker: str, make_topic: Callable[..., str]
) -> None:
    topic = make_topic(partitions=1)
    ledger = opening(topic)
    producer = Producer({"bootstrap.servers": broker, "transactional.id": f"{topic}-open"})
    producer.init_transactions(PATIENCE)
    ledger.append([a_fact(0)])
    producer.begin_transaction()
    post(producer, topic, [a_fact(1)])
    ledger.append([a_fact(2)])  # written, and behind what is undecided
    assert ledger.head() == Vector({0: 1})
    assert positions(flat(list(ledger.read()))) == [1]
    with pytest.raises(Lost):
        ledger.message(0, 2)
    producer.commit_transaction(PATIENCE)
    while ledger.head() != Vector({0: 4}):  # the marker comes a little later
        pass
    assert positions(flat(list(ledger.read()))) == [1, 2, 3]


def test_a_transaction_over_several_partitions(ledger: KafkaLedger) -> None:
    given = facts(0, 50)
    receipts = ledger.append(given, all_or_nothing=True)
    kept = {fact.position: sealed(fact) for fact in flat(list(ledger.read()))}
    assert kept == {r.position: fact for r, fact in zip(receipts, given, strict=True)}
    assert {partition_of(position) for position in kept} == {0, 1, 2}


# --- two homes, the same bytes --------------------------------------------------------------------


def test_copied_to_kafka_and_back_every_byte_is_the_same(
    ledger: KafkaLedger, tmp_path: Path
) -> None:
    with (
        SQLiteLedger(tmp_path / "one.sqlite", lambda: 1) as one,
        SQLiteLedger(tmp_path / "other.sqlite", lambda: 2) as other,
    ):

        @settings(max_examples=25)
        @given(st.lists(FACTS, min_size=1, max_size=10, unique_by=lambda fact: fact.id))
        def copy(given: list[EventData]) -> None:
            after, before = one.head(), ledger.head()
            one.append(given)
            there = [sealed(fact) for fact in flat(list(one.read(after)))]
            receipts = ledger.append(there)
            lying = {m.position: m for part in ledger.messages(before) for m in part}
            assert [lying[r.position].value for r in receipts] == [fact.body for fact in there]
            read = {fact.position: sealed(fact) for fact in flat(list(ledger.read(before)))}
            back = [read[receipt.position] for receipt in receipts]
            landed = other.head()
            other.append(back)
            assert [sealed(fact) for fact in flat(list(other.read(landed)))] == there

        copy()
