"""The broker hangs, goes away, refuses some facts of a batch; and several threads at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from domain.positions import Vector
from ledger.errors import NoLedger, NotAcknowledged, Unreachable
from ledger.kafka.ledger import KafkaLedger
from ledger.kafka.settings import KafkaSettings
from ledger.port import EventData
from tests.helpers import PATIENCE, skip_or_fail, wait_until
from tests.ledger.making import a_fact, facts, flat, largest, sealed
from tests.servers.broker import Broker, NoBroker
from tests.servers.fixtures import fresh_name
from tests.servers.process import free_ports, server_folder
from tests.servers.topics import LEDGER_TOPIC, admin, answers, create_topic


@pytest.fixture(scope="module")
def own_broker() -> Iterator[Broker]:
    """One that a test may hang or stop; it has to set it going again."""
    with server_folder() as folder:
        try:
            broker = Broker(folder)
        except NoBroker as why:
            skip_or_fail(f"no Kafka broker to stop: {why}")
        with broker:
            yield broker


@pytest.fixture
def settings(own_broker: Broker) -> KafkaSettings:
    topic = fresh_name("facts")
    create_topic(own_broker.address, topic, 1, LEDGER_TOPIC)
    return KafkaSettings(own_broker.address, topic)


def kept(ledger: KafkaLedger) -> list[EventData]:
    return [sealed(fact) for fact in flat(list(ledger.read()))]


# --- no answer ------------------------------------------------------------------------------------


def test_nobody_is_there() -> None:
    (port,) = free_ports(1)
    why = rf"expected Kafka to answer at 127.0.0.1:{port} within 0.7 s, saw .*start it, or name"
    with KafkaLedger(KafkaSettings(f"127.0.0.1:{port}"), patience=0.7) as ledger:
        for use in (
            ledger.head,
            ledger.read,
            lambda: ledger.append([a_fact(1)]),
            lambda: ledger.append([a_fact(1)], all_or_nothing=True),
        ):
            with pytest.raises(Unreachable, match=why):
                use()


def test_there_is_no_such_topic(broker: str) -> None:
    settings = KafkaSettings(broker, fresh_name("nothing"))
    with KafkaLedger(settings) as ledger:
        for use in (
            ledger.head,
            ledger.columns,
            lambda: ledger.append([a_fact(1)]),
            lambda: ledger.append([a_fact(1)], all_or_nothing=True),
        ):
            with pytest.raises(
                NoLedger, match=f"expected the topic '{settings.topic}' at {broker}"
            ):
                use()
    assert settings.topic not in admin(broker).list_topics(timeout=PATIENCE).topics


def test_a_broker_that_hangs(own_broker: Broker, settings: KafkaSettings) -> None:
    with KafkaLedger(settings, patience=5.0) as ledger:
        ledger.append(facts(0, 2))
        ledger.append(facts(2, 4), all_or_nothing=True)
        reading = ledger.read(batch=1)
        own_broker.pause()
        try:
            # All of its threads hang a moment after it was told to.
            wait_until(lambda: not answers(own_broker.address, 0.5))
            for together in (False, True):
                with pytest.raises(NotAcknowledged) as raised:
                    ledger.append(facts(10, 13), all_or_nothing=together)
                assert raised.value.receipts == [None] * 3
                assert f"at {own_broker.address} to acknowledge 3 facts" in str(raised.value)
                assert "0 were acknowledged; append the batch again" in str(raised.value)
            with pytest.raises(Unreachable, match="within 5 s"):
                ledger.head()
            with pytest.raises(Unreachable, match="within 5 s"):
                next(reading)
        finally:
            own_broker.resume()
    # What was under way when it hung may have arrived or not; emitted again, it counts once.
    with KafkaLedger(settings, patience=90.0) as ledger:
        assert [r.outcome for r in ledger.append(facts(10, 13))] == ["accepted"] * 3
        assert [r.outcome for r in ledger.append(facts(13, 15), all_or_nothing=True)] == (
            ["accepted"] * 2
        )
        there = kept(ledger)
    assert there[:4] == facts(0, 4)
    assert list(dict.fromkeys(fact.id for fact in there[4:])) == [fact.id for fact in facts(10, 15)]


def test_a_broker_that_goes_and_comes_back(own_broker: Broker, settings: KafkaSettings) -> None:
    with KafkaLedger(settings) as ledger:
        ledger.append(facts(0, 3))
        ledger.append(facts(3, 5), all_or_nothing=True)
        before = kept(ledger)
        own_broker.stop()
        own_broker.start()
        assert kept(ledger) == before == facts(0, 5)
        assert len(ledger.append(facts(5, 8))) == 3
        assert len(ledger.append(facts(8, 10), all_or_nothing=True)) == 2
        assert kept(ledger) == facts(0, 10)


def test_a_ledger_writes_again_after_its_batch_has_expired(
    own_broker: Broker, settings: KafkaSettings
) -> None:
    with KafkaLedger(settings, patience=3.0) as ledger:
        ledger.append(facts(0, 2))
        ledger.append(facts(2, 4), all_or_nothing=True)
        own_broker.stop()
        try:
            for together in (False, True):
                with pytest.raises(NotAcknowledged):
                    ledger.append(facts(4, 6), all_or_nothing=together)
        finally:
            own_broker.start()
        for number in range(2):
            assert len(ledger.append(facts(10 + number, 11 + number))) == 1
            assert len(ledger.append(facts(20 + number, 21 + number), all_or_nothing=True)) == 1
        there = [fact.id for fact in kept(ledger)]
    assert {fact.id for fact in [*facts(0, 4), *facts(10, 12), *facts(20, 22)]} <= set(there)


# --- half-way -------------------------------------------------------------------------------------


def test_those_that_were_acknowledged_are_told_from_the_others(
    broker: str, make_topic: Callable[..., str]
) -> None:
    topic = make_topic(partitions=1, max_message_bytes="100000")
    with KafkaLedger(KafkaSettings(broker, topic), patience=PATIENCE) as ledger:
        ledger.append([a_fact(0)])
        with pytest.raises(NotAcknowledged, match="too large|TooLarge") as raised:
            ledger.append([largest(1)])
        assert raised.value.receipts == [None]
        with pytest.raises(NotAcknowledged) as raised:
            ledger.append([a_fact(1), a_fact(2), largest(3), a_fact(1)])
        one, two, three, again = receipts = raised.value.receipts
        told = [receipt for receipt in receipts if receipt is not None]
        assert three is None
        assert again == (None if one is None else one._replace(outcome="duplicate"))
        assert f"{len({r.position for r in told})} were acknowledged" in str(raised.value)
        there = {fact.position: sealed(fact) for fact in flat(list(ledger.read()))}
        for receipt, fact in ((one, a_fact(1)), (two, a_fact(2))):
            assert receipt is None or there[receipt.position] == fact
        assert [r.outcome for r in ledger.append(facts(1, 3))] == ["accepted"] * 2


def test_a_transaction_that_cannot_be_whole_is_nothing(
    broker: str, make_topic: Callable[..., str]
) -> None:
    topic = make_topic(partitions=3, max_message_bytes="100000")
    with KafkaLedger(KafkaSettings(broker, topic), patience=PATIENCE) as ledger:
        ledger.append(facts(0, 10))
        with pytest.raises(NotAcknowledged) as raised:
            ledger.append([*facts(10, 20), largest(1)], all_or_nothing=True)
        assert raised.value.receipts == [None] * 11
        ledger.append(facts(20, 30), all_or_nothing=True)
        assert sorted(fact.subject for fact in kept(ledger)) == sorted(
            fact.subject for fact in facts(0, 10) + facts(20, 30)
        )


# --- at once --------------------------------------------------------------------------------------


def test_threads_share_one(broker: str, topic: str) -> None:
    with KafkaLedger(KafkaSettings(broker, topic)) as ledger, ThreadPoolExecutor(6) as threads:

        def write(number: int) -> set[int]:
            batches = [ledger.append(facts(n, n + 5)) for n in range(number, number + 50, 5)]
            return {receipt.position for batch in batches for receipt in batch}

        def look(_: int) -> int:
            head = ledger.head()
            return len(flat(list(ledger.read(upto=head, batch=7)))) - sum(head.values())

        writing = list(threads.map(write, range(0, 300, 50)))
        assert len(set.union(*writing)) == 300
        both = [threads.submit(write, 300 + 50 * n) for n in range(3)]
        assert set(threads.map(look, range(12))) == {0}
        assert len(set.union(*(one.result() for one in both))) == 150
        assert len(kept(ledger)) == 450
        assert ledger.head().within(Vector(dict.fromkeys(range(3), 450)))
