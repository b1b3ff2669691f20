"""The topic of facts, made fit to keep them, and everything that would make it unfit."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from domain.positions import PARTITIONS
from ledger.errors import LedgerError, NoLedger, Unreachable
from ledger.kafka.ledger import KafkaLedger
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.topic_admin import Fault, _replicas, check, create
from tests.helpers import PATIENCE, wait_until
from tests.ledger.making import facts, largest
from tests.servers.fixtures import fresh_name
from tests.servers.process import free_ports
from tests.servers.topics import admin, delete_topic


@pytest.fixture
def new(broker: str) -> Iterator[KafkaSettings]:
    """Settings that name a topic that is not there yet."""
    settings = KafkaSettings(broker, fresh_name("made"))
    yield settings
    with suppress(KafkaException):
        delete_topic(broker, settings.topic)


def test_a_topic_that_was_made_is_sound(new: KafkaSettings) -> None:
    create(new, 3, 1, 1)
    assert check(new) == []
    assert check(new, partitions=3) == []
    with KafkaLedger(new) as ledger:
        assert ledger.partitions() == 3
        ledger.append([*facts(0, 5), largest(6)])
        assert sum(ledger.head().values()) == 6


def test_a_topic_is_made_once(new: KafkaSettings) -> None:
    create(new, 1, 1, 1)
    with pytest.raises(LedgerError, match="expected no topic .*, saw that there is one"):
        create(new, 2, 1, 1)
    assert check(new, partitions=1) == []


def test_there_are_not_brokers_enough(new: KafkaSettings) -> None:
    with pytest.raises(LedgerError, match="expected at least 100 brokers"):
        create(new, 1, 100, 2)
    with pytest.raises(NoLedger):
        check(new)


def test_a_name_that_the_broker_refuses(broker: str, topic: str) -> None:
    # Metrics of the broker would not tell one from the other.
    collides = topic.replace("_", ".")
    with pytest.raises(
        LedgerError, match=f"to do as it was asked for the topic '{collides}', saw .*Inva"
    ):
        create(KafkaSettings(broker, collides), 1, 1, 1)


@pytest.mark.parametrize(
    ("partitions", "factor", "insync", "why"),
    [
        (0, 1, 1, "expected 1 to 32768 partitions, saw 0"),
        (PARTITIONS + 1, 1, 1, "expected 1 to 32768 partitions"),
        (1, 1, 2, "expected min.insync.replicas of 1 to 1, the replication factor"),
        (1, 3, 4, "expected min.insync.replicas of 1 to 3"),
        (1, 3, 1, "expected min.insync.replicas of 2 to 3"),
        (1, 3, 0, "expected min.insync.replicas of 1 to 3"),
    ],
)
def test_numbers_that_do_not_go_together(
    partitions: int, factor: int, insync: int, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        create(KafkaSettings("nobody:1"), partitions, factor, insync)


def test_no_topic(new: KafkaSettings) -> None:
    with pytest.raises(NoLedger, match=r"there is no such topic; make it with 'topic cre"):
        check(new)


def test_nobody_there() -> None:
    (port,) = free_ports(1)
    settings = KafkaSettings(f"127.0.0.1:{port}")
    why = rf"expected Kafka to answer at 127.0.0.1:{port} within 0.5 s, saw .*refused"
    with pytest.raises(Unreachable, match=why):
        check(settings, patience=0.5)
    with pytest.raises(Unreachable, match=why):
        create(settings, 1, 1, 1, patience=0.5)


@pytest.mark.parametrize(
    ("setting", "value", "seen", "better"),
    [
        ("retention.ms", "604800000", "604800000", "-1"),
        ("retention.bytes", "1073741824", "1073741824", "-1"),
        ("cleanup.policy", "compact", "compact", "delete"),
        ("cleanup.policy", "compact,delete", "compact,delete", "delete"),
        ("message.timestamp.type", "CreateTime", "CreateTime", "LogAppendTime"),
        ("min.insync.replicas", "2", "2", "1"),
        ("unclean.leader.election.enable", "true", "true", "false"),
        ("max.message.bytes", "300000", "300000", "1048588"),
    ],
)
def test_each_setting_that_loses_or_reorders(
    broker: str, make_topic: Callable[..., str], setting: str, value: str, seen: str, better: str
) -> None:
    settings = KafkaSettings(broker, make_topic(**{setting.replace(".", "_"): value}))
    (fault,) = check(settings)
    assert (fault.setting, fault.seen) == (setting, seen)
    assert f"{setting}: expected " in str(fault)
    assert f"seen: {seen}. Remedy: kafka-configs.sh" in str(fault)
    do(broker, fault)
    wait_until(lambda: check(settings) == [])


def do(broker: str, fault: Fault) -> None:
    """What the remedy says, through a client that takes the same settings."""
    words = shlex.split(fault.remedy)
    assert words[:3] == ["kafka-configs.sh", "--bootstrap-server", broker]
    assert words[3:6] == ["--alter", "--entity-type", "topics"]
    assert (words[6], words[8]) == ("--entity-name", "--add-config")
    name, _, value = words[9].partition("=")
    entry = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, words[7], incremental_configs=[entry])
    client = admin(broker)
    (done,) = client.incremental_alter_configs([resource]).values()
    done.result(PATIENCE)


def test_the_defaults_of_a_broker_count(new: KafkaSettings, broker: str) -> None:
    """As any topic is that somebody made without a thought: a week's retention, and so on."""
    client = admin(broker)
    (made,) = client.create_topics([NewTopic(new.topic, 2, 1)]).values()
    made.result(PATIENCE)
    assert {fault.setting: fault.seen for fault in check(new, partitions=3)} == {
        "retention.ms": "604800000",
        "message.timestamp.type": "CreateTime",
        "partitions": "2",
    }


def test_partitions_that_are_not_as_many_as_they_were(broker: str, topic: str) -> None:
    (fault,) = check(KafkaSettings(broker, topic), partitions=2)
    assert fault.setting == "partitions"
    assert fault.seen == "3"
    assert "make a topic of 2 partitions under another name" in fault.remedy


@pytest.mark.parametrize(
    ("insync", "factor", "expected", "remedy"),
    [
        ("1", 1, None, None),
        ("2", 2, None, None),
        ("2", 3, None, None),
        ("3", 3, None, None),
        ("2", 1, "of 1 to 1, the replication factor (nothing could be written", "=1"),
        ("4", 3, "of 1 to 3, the replication factor (nothing could be written", "=2"),
        ("1", 3, "of 2 to 3, the replication factor (a fact that is acknowledged is", "=2"),
    ],
)
def test_replicas_that_the_factor_cannot_honour_or_that_lose(
    insync: str, factor: int, expected: str | None, remedy: str | None
) -> None:
    faults = _replicas(KafkaSettings("one:9092"), insync, factor)
    assert [expected is not None and fault.expected.startswith(expected) for fault in faults] == (
        [] if expected is None else [True]
    )
    assert all(fault.remedy.endswith(f"min.insync.replicas{remedy}") for fault in faults)


def test_a_remedy_for_a_secured_broker_asks_for_credentials() -> None:
    settings = KafkaSettings("one:9092", security={"sasl.password": "s3cr3t"})
    (fault,) = _replicas(settings, "1", 3)
    assert fault.remedy.endswith("--command-config client.properties")
    assert "s3cr3t" not in str(fault)
