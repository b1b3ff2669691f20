"""Members of a group, on a real broker."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from kafka import KafkaProducer

from ledger.errors import LedgerError, OutOfRange, Refused
from ledger.kafka import group_consumer
from ledger.kafka.group_consumer import FORSAKEN, GroupReader
from ledger.kafka.message import UNREADABLE_HEADERS, Message
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.topic_state import Extent, Watch
from tests.helpers import PATIENCE, wait_until
from tests.servers.topics import admin


@pytest.fixture
def settings(broker: str, topic: str) -> KafkaSettings:
    return KafkaSettings(broker, topic)


def produce(
    settings: KafkaSettings,
    values: Mapping[int, Sequence[bytes]],
    *,
    commit: bool = True,
    transaction: str | None = None,
) -> None:
    """Values by partition; in a transaction, if it has a name."""
    config: dict[str, object] = {"bootstrap.servers": settings.bootstrap_servers, "log_level": 0}
    producer = Producer(config | ({"transactional.id": transaction} if transaction else {}))
    if transaction:
        producer.init_transactions(PATIENCE)
        producer.begin_transaction()
    for partition, some in values.items():
        for value in some:
            producer.produce(settings.topic, value, key=b"customer:1", partition=partition)
    assert producer.flush(PATIENCE) == 0
    if transaction:
        if commit:
            producer.commit_transaction(PATIENCE)
        else:
            producer.abort_transaction(PATIENCE)


def numbers(first: int, end: int) -> list[bytes]:
    return [str(number).encode() for number in range(first, end)]


class Member:
    """A member of a group that notes what it hears."""

    def __init__(self, settings: KafkaSettings, group: str | None, **said: float) -> None:
        self.owned: set[int] = set()
        self.lost: set[int] = set()
        self.reader = GroupReader(
            settings,
            group,
            on_assign=self.owned.update,
            on_revoke=self.owned.difference_update,
            on_lost=self._lose,
            **said,
        )
        if group is not None:
            self.reader.join()
        self.messages: list[Message] = []
        self.ends: dict[int, int] = {}

    def _lose(self, partitions: frozenset[int]) -> None:
        self.owned -= partitions
        self.lost |= partitions

    def poll(self, limit: int = 1000, timeout_s: float = 0.05) -> None:
        polled = self.reader.poll(limit, timeout_s)
        self.messages += polled.messages
        self.ends.update(polled.ends)

    def polls_until(self, holds: Callable[[], bool]) -> None:
        def step() -> bool:
            self.poll()
            return holds()

        wait_until(step)

    def start(self, partition: int, offset: int) -> None:
        self.polls_until(lambda: self.reader.start(partition, offset))

    def offsets(self, partition: int) -> list[int]:
        return [one.offset for one in self.messages if one.partition == partition]


@contextmanager
def member(settings: KafkaSettings, group: str | None = "group", **said: float) -> Iterator[Member]:
    one = Member(settings, group, **said)
    try:
        yield one
    finally:
        one.reader.close()


def test_nothing_is_given_before_it_is_started(settings: KafkaSettings) -> None:
    produce(settings, {0: numbers(0, 5), 1: numbers(0, 5)})
    with member(settings) as one:
        one.polls_until(lambda: one.owned == {0, 1, 2})
        for _ in range(5):
            one.poll()
        assert not one.messages
        one.start(0, 2)
        one.polls_until(lambda: one.ends.get(0) == 5)
        assert [(m.partition, m.offset, m.value) for m in one.messages] == [
            (0, 2, b"2"),
            (0, 3, b"3"),
            (0, 4, b"4"),
        ]
        assert one.ends == {0: 5}


def test_a_message_is_as_it_was_sent(settings: KafkaSettings) -> None:
    producer = Producer({"bootstrap.servers": settings.bootstrap_servers, "log_level": 0})
    headers: list[Any] = [("a", b"\xff"), ("a", None), ("é", b"")]
    producer.produce(settings.topic, b"\x00v", key=b"\xfe", headers=headers, partition=1)
    producer.produce(settings.topic, None, partition=1)
    assert producer.flush(PATIENCE) == 0
    with member(settings, None) as one:
        one.reader.assign({1: 0})
        one.polls_until(lambda: len(one.messages) == 2)
    full, empty = one.messages
    assert full.timestamp > 1_700_000_000_000
    assert full == Message(
        1, 0, full.timestamp, b"\xfe", b"\x00v", (("a", b"\xff"), ("a", None), ("é", b""))
    )
    assert empty == Message(1, 1, empty.timestamp, None, None, ())


def test_headers_that_no_client_can_name(settings: KafkaSettings) -> None:
    class Hostile(str):
        __slots__ = ()

        def encode(self, encoding: str = "", errors: str = "") -> bytes:
            return b"\xff\xfe"

    producer = KafkaProducer(bootstrap_servers=settings.bootstrap_servers)
    producer.send(settings.topic, b"v", partition=0, headers=[(Hostile("x"), b"1")]).get(PATIENCE)
    producer.close()
    with member(settings, None) as one:
        one.reader.assign({0: 0})
        one.polls_until(lambda: len(one.messages) == 1)
    assert one.messages[0].headers == ((UNREADABLE_HEADERS, None),)
    assert one.messages[0].value == b"v"


def test_markers_are_passed_over(settings: KafkaSettings) -> None:
    produce(settings, {0: numbers(0, 3)}, transaction=f"{settings.topic}-a")
    produce(settings, {0: numbers(0, 3)}, transaction=f"{settings.topic}-b", commit=False)
    produce(settings, {0: numbers(3, 5)}, transaction=f"{settings.topic}-c")
    with member(settings) as one:
        one.polls_until(lambda: 0 in one.owned)
        one.start(0, 0)
        one.polls_until(lambda: one.ends.get(0) == 11)
        assert [m.value for m in one.messages] == numbers(0, 5)
        assert one.offsets(0) == [0, 1, 2, 8, 9]


def test_starting_again_and_again_gives_each_message_once(settings: KafkaSettings) -> None:
    count, chance = 3_000, random.Random(4)
    produce(settings, {0: numbers(0, count), 1: numbers(0, count)})
    seen = {0: 0, 1: 0}
    with member(settings) as one:
        one.polls_until(lambda: one.owned == {0, 1, 2})

        def take(limit: int) -> None:
            one.poll(limit, 0.2)
            for message in one.messages:
                assert message.offset == seen[message.partition], "a gap or a double"
                seen[message.partition] += 1
            one.messages.clear()

        def start(partition: int, offset: int) -> None:
            # Whatever the client has read ahead is now of another place.
            while not one.reader.start(partition, offset):
                take(1_000)
            seen[partition] = offset

        start(0, 0)
        start(1, 0)
        for _ in range(80):
            take(chance.randint(1, 700))
            start(chance.randint(0, 1), chance.randrange(count))
        while seen != {0: count, 1: count}:
            take(1_000)


def test_a_transaction_that_commits_while_we_read_is_read_whole(settings: KafkaSettings) -> None:
    produce(settings, {partition: numbers(0, 100) for partition in range(3)})
    with member(settings) as one:
        one.polls_until(lambda: one.owned == {0, 1, 2})
        for partition in range(3):
            assert one.reader.start(partition, 0)
        for number in range(1, 6):
            more = {partition: numbers(100 * number, 100 * number + 100) for partition in range(3)}
            produce(settings, more, transaction=settings.topic)
            one.polls_until(lambda: len(one.messages) >= 300 * (number + 1))  # noqa: B023
        for partition in range(3):
            values = [m.value for m in one.messages if m.partition == partition]
            assert values == numbers(0, 600)


def test_a_limit_is_kept(settings: KafkaSettings) -> None:
    produce(settings, {0: numbers(0, 2_000)})
    with member(settings, None) as one:
        one.reader.assign({0: 0})
        one.polls_until(lambda: len(one.messages) > 0)
        before = len(one.messages)
        one.poll(7, 5)
        assert len(one.messages) - before == 7
        assert len(one.reader.poll(10_000, 5, size=1).messages) == 1


def test_a_pause_gives_nothing_and_loses_nothing(settings: KafkaSettings) -> None:
    produce(settings, {0: numbers(0, 1_500)})
    with member(settings) as one:
        one.polls_until(lambda: 0 in one.owned)
        one.start(0, 0)
        while not one.messages:
            one.poll(10)
        one.reader.pause([0])
        seen = len(one.messages)
        for _ in range(5):
            one.poll()
        assert len(one.messages) == seen
        one.reader.resume([0])
        one.polls_until(lambda: len(one.messages) == 1_500)
        assert one.offsets(0) == list(range(1_500))


def test_two_members_share_and_one_that_leaves_is_followed(settings: KafkaSettings) -> None:
    # They hear of each other with a heartbeat, of which there are ten a timeout.
    with member(settings, session_timeout_s=2) as one:
        one.polls_until(lambda: one.owned == {0, 1, 2})
        with member(settings, session_timeout_s=2) as other:

            def both() -> bool:
                one.poll(timeout_s=0.01)
                other.poll(timeout_s=0.01)
                return len(one.owned | other.owned) == 3 and len(other.owned) == 1

            wait_until(both)
            assert not one.owned & other.owned
        assert not other.owned, "it is told of all that it had"
        one.polls_until(lambda: one.owned == {0, 1, 2})
        assert not one.lost


def test_what_was_stopped_and_taken_away_is_read_again_when_it_comes_back(
    settings: KafkaSettings,
) -> None:
    produce(settings, {partition: numbers(0, 5) for partition in range(3)})
    with member(settings, session_timeout_s=2) as one:
        one.polls_until(lambda: one.owned == {0, 1, 2})
        for partition in range(3):
            one.start(partition, 0)
            one.reader.stop(partition)
        with member(settings, session_timeout_s=2) as other:

            def shared() -> bool:
                one.poll(timeout_s=0.01)
                return bool(other.owned)

            other.polls_until(shared)
            taken = set(other.owned)
        one.polls_until(lambda: one.owned == {0, 1, 2})
        one.messages.clear()
        for partition in taken:
            one.start(partition, 2)
        one.polls_until(lambda: all(one.offsets(p) == [2, 3, 4] for p in taken))


def test_what_was_cut_off_is_out_of_range(settings: KafkaSettings) -> None:
    produce(settings, {0: numbers(0, 20)})
    place = TopicPartition(settings.topic, 0, 10)
    client = admin(settings.bootstrap_servers)
    client.delete_records([place])[place].result(PATIENCE)
    with member(settings) as one:
        one.polls_until(lambda: 0 in one.owned)
        assert Watch(settings).bounds([0, 1]) == {0: (10, 20), 1: (0, 0)}
        one.start(0, 5)
        with pytest.raises(OutOfRange) as error:
            one.polls_until(lambda: False)
        assert error.value.partition == 0
    with member(settings, "group2") as two:
        two.polls_until(lambda: 0 in two.owned)
        two.start(0, 25)
        with pytest.raises(OutOfRange):
            two.polls_until(lambda: False)


def test_offsets_are_there_for_those_who_watch(settings: KafkaSettings) -> None:
    produce(settings, {0: numbers(0, 20)})
    with member(settings) as one:
        one.polls_until(lambda: one.owned == {0, 1, 2})
        one.reader.commit({0: 12})
    watcher = Consumer(
        {"bootstrap.servers": settings.bootstrap_servers, "group.id": "group", "log_level": 0}
    )
    try:
        (place,) = watcher.committed([TopicPartition(settings.topic, 0)], timeout=PATIENCE)
        assert place.offset == 12
    finally:
        watcher.close()


def test_a_watch_says_what_partitions_have(settings: KafkaSettings) -> None:
    produce(settings, {0: numbers(0, 3)})
    watch = Watch(settings)
    assert watch.topic()[::2] == (settings.topic, 3)
    found = watch.extents([0, 1])
    assert found[1] == Extent(0, 0, None)
    assert found[0][:2] == (0, 3)
    newest = found[0].newest
    assert newest is not None
    produce(settings, {0: numbers(0, 1)})
    later = watch.extents([0])[0].newest
    assert later is not None
    assert later >= newest


def test_a_topic_that_is_not_there(broker: str) -> None:
    with pytest.raises(LedgerError, match="no-such-topic"):
        Watch(KafkaSettings(broker, "no-such-topic")).topic()


def test_a_broker_that_is_away_is_trouble_and_no_error() -> None:
    with member(KafkaSettings("127.0.0.1:1", "facts")) as one:
        wait_until(lambda: one.reader.poll(10, 0.05).trouble is not None)

    with pytest.raises(LedgerError, match="Kafka"):
        Watch(KafkaSettings("127.0.0.1:1", "facts")).bounds([0], 0.2)


def forget(reader: GroupReader) -> None:
    """What the client reports when it has forgotten every broker: all that is left is its own place
    for partitions without one, and that of the group's coordinator. It takes a broker that stops at
    the wrong moment."""
    own = {":0/internal": {"source": "internal"}, "GroupCoordinator": {"source": "logical"}}
    for _ in range(FORSAKEN):
        reader._on_report(json.dumps({"brokers": own}))


def test_a_member_whose_client_forgot_every_broker_joins_again(settings: KafkaSettings) -> None:
    produce(settings, {0: numbers(0, 3)})
    with member(settings, session_timeout_s=2) as one:
        one.polls_until(lambda: one.owned == {0, 1, 2})
        one.start(0, 0)
        one.polls_until(lambda: one.ends.get(0) == 3)
        forget(one.reader)
        assert one.reader.poll(10, 0).trouble == (
            "the client knew no broker any more, and was made anew"
        )
        assert (one.owned, one.lost) == (set(), {0, 1, 2}), "others may have them"
        # When the timeout of what it was before is over.
        one.polls_until(lambda: one.owned == {0, 1, 2})
        one.messages.clear()
        one.start(0, 2)
        one.polls_until(lambda: one.offsets(0) == [2])


def test_a_reader_whose_client_forgot_every_broker_reads_on(settings: KafkaSettings) -> None:
    with member(settings, None) as one:
        one.reader.assign({0: 0})
        produce(settings, {0: numbers(0, 3)})
        one.polls_until(lambda: one.ends.get(0) == 3)
        forget(one.reader)
        produce(settings, {0: numbers(3, 5)})
        one.polls_until(lambda: one.ends.get(0) == 5)
        assert one.offsets(0) == [0, 1, 2, 3, 4]


def test_a_client_that_knows_a_broker_is_kept(
    settings: KafkaSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_consumer, "REPORT_MS", 100)
    with member(settings) as one:
        one.reader._forsaken = FORSAKEN - 1
        one.polls_until(lambda: one.reader._forsaken == 0)
        one.polls_until(lambda: one.owned == {0, 1, 2})
        assert not one.lost


def test_what_no_waiting_mends_is_refused(settings: KafkaSettings) -> None:
    with member(settings, session_timeout_s=0.2) as one, pytest.raises(Refused, match="timeout"):
        one.polls_until(lambda: False)
