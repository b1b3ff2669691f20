"""Making the topic of facts, and checking that it can neither lose nor reorder any.

A broker's defaults do not suit a ledger: a week's retention, the emitters' clocks. So what counts
is each setting as it is in force, whether it was set on the topic or comes from the broker.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import (
    BrokerResponseError,
    InvalidReplicationFactorError,
    KafkaError,
    NoError,
    RequestTimedOutError,
    TopicAlreadyExistsError,
    UnknownTopicOrPartitionError,
    for_code,
)

from domain.errors import Wrong
from domain.positions import PARTITIONS
from ledger.errors import LedgerError
from ledger.kafka.admin_client import admin_client, text_of
from ledger.kafka.connection import no_topic, unreachable
from ledger.kafka.message import MESSAGE_LIMIT
from ledger.kafka.settings import KafkaSettings

#: What each setting has to be, and what another would do.
WANTED: Mapping[str, tuple[str, str]] = {
    "cleanup.policy": ("delete", "compaction throws away all but the last fact of a subject"),
    "retention.ms": ("-1", "facts that are older are thrown away"),
    "retention.bytes": ("-1", "the oldest facts are thrown away when there are more"),
    "message.timestamp.type": (
        "LogAppendTime",
        "when the ledger learned of a fact would be what its emitter's clock said",
    ),
    "unclean.leader.election.enable": (
        "false",
        "a broker that lacks acknowledged facts may become the one that counts",
    ),
}
#: Kafka's own default, set so that a broker's lower one does not count.
_MAX_MESSAGE_BYTES = 1_048_588


class Fault(NamedTuple):
    """One thing that is wrong with a topic. ``remedy`` is a command of Kafka's, or a sentence, with
    what Pledger can do in braces as in ``domain.errors``."""

    setting: str
    expected: str
    seen: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.setting}: expected {self.expected}; seen: {self.seen}. Remedy: {self.remedy}"


def create(
    settings: KafkaSettings,
    partitions: int,
    replication_factor: int,
    min_insync_replicas: int,
    *,
    patience: float = 30.0,
) -> None:
    """Make the topic, with as many partitions as it will have for life: a subject's facts are in
    the partition that their number and the subject give. Returns when it can be written to. Raises
    ``Wrong`` (numbers that do not go together) and ``LedgerError``."""
    if not 1 <= partitions <= PARTITIONS:
        raise Wrong(f"1 to {PARTITIONS} partitions", str(partitions))
    problem = _replicas_problem(min_insync_replicas, replication_factor)
    if problem is not None:
        raise Wrong(f"min.insync.replicas {problem}", str(min_insync_replicas))
    configs = {name: value for name, (value, _) in WANTED.items()}
    configs["min.insync.replicas"] = str(min_insync_replicas)
    configs["max.message.bytes"] = str(_MAX_MESSAGE_BYTES)
    wanted = {
        "num_partitions": partitions,
        "replication_factor": replication_factor,
        "configs": configs,
    }
    with _admin(settings, patience) as admin:
        try:
            admin.create_topics({settings.topic: wanted}, wait_for_metadata=True)
        except TopicAlreadyExistsError as error:
            raise LedgerError(
                f"no topic {settings.topic!r} at {settings.bootstrap_servers}",
                "that there is one",
                "check it with {topic check}, or name another",
            ) from error
        except InvalidReplicationFactorError as error:
            raise LedgerError(
                f"at least {replication_factor} brokers at {settings.bootstrap_servers}, one for"
                " each replica",
                text_of(error),
                "start more, or ask for fewer",
            ) from error


def check(
    settings: KafkaSettings, *, partitions: int | None = None, patience: float = 30.0
) -> list[Fault]:
    """Everything about the topic that can lose or reorder facts; empty if it is fit to be a ledger.
    ``partitions`` is how many it had, if that is known. Raises ``NoLedger`` where there is no
    topic, and ``LedgerError``."""
    with _admin(settings, patience) as admin:
        topic = _topic_of(admin, settings)
        config = _config_of(admin, settings)
    factor = min(len(partition["replica_nodes"]) for partition in topic["partitions"])
    faults = [
        Fault(name, f"{value} ({why} otherwise)", config[name], _remedy(settings, name, value))
        for name, (value, why) in WANTED.items()
        if config[name] != value
    ]
    faults += _replicas(settings, config["min.insync.replicas"], factor)
    if int(config["max.message.bytes"]) < MESSAGE_LIMIT:
        name, value = "max.message.bytes", str(_MAX_MESSAGE_BYTES)
        expected = f"{MESSAGE_LIMIT} at least, since a fact of 256 KiB with its headers has to fit"
        faults.append(Fault(name, expected, config[name], _remedy(settings, name, value)))
    there = len(topic["partitions"])
    if partitions not in {None, there}:
        faults.append(
            Fault(
                "partitions",
                f"{partitions}, as when its views were begun (subjects change their partition"
                " otherwise, and their facts their order)",
                str(there),
                f"make a topic of {partitions} partitions under another name with {{topic create}},"
                " and copy the facts to it with {copy}",
            )
        )
    return faults


def _replicas(settings: KafkaSettings, seen: str, factor: int) -> list[Fault]:
    problem = _replicas_problem(int(seen), factor)
    if problem is None:
        return []
    name, value = "min.insync.replicas", str(min(2, factor))
    return [Fault(name, problem, seen, _remedy(settings, name, value))]


def _replicas_problem(wanted: int, factor: int) -> str | None:
    """What is wrong with a number of replicas that have to hold a fact before it is acknowledged.

    One of one is let pass: with a single broker, its disk is known to be all there is."""
    if not 1 <= wanted <= factor:
        return f"of 1 to {factor}, the replication factor (nothing could be written otherwise)"
    if wanted == 1 and factor > 1:
        return (
            f"of 2 to {factor}, the replication factor (a fact that is acknowledged is otherwise"
            " lost with the one broker that had it)"
        )
    return None


def _remedy(settings: KafkaSettings, name: str, value: str) -> str:
    command = [
        *("kafka-configs.sh", "--bootstrap-server", settings.bootstrap_servers),
        *("--alter", "--entity-type", "topics", "--entity-name", settings.topic),
        *("--add-config", f"{name}={value}"),
    ]
    if settings.security:
        command += ["--command-config", "client.properties"]
    return shlex.join(command)


def _topic_of(admin: KafkaAdminClient, settings: KafkaSettings) -> dict[str, Any]:
    """The cluster's description of the topic. Raises ``NoLedger`` and what kafka-python raises."""
    found: dict[str, Any]
    (found,) = admin.describe_topics([settings.topic])
    problem = for_code(found["error_code"])
    if problem is UnknownTopicOrPartitionError:
        raise no_topic(settings)
    if problem is not NoError:
        raise problem
    return found


def _config_of(admin: KafkaAdminClient, settings: KafkaSettings) -> dict[str, str]:
    """The topic's settings as they are in force."""
    resource = ConfigResource(ConfigResourceType.TOPIC, settings.topic)
    found = admin.describe_configs([resource], config_filter="all")
    config = {
        name: str(entry["value"])
        for name, entry in found.get("topic", {}).get(settings.topic, {}).items()
    }
    for name in (*WANTED, "min.insync.replicas", "max.message.bytes"):
        if name not in config:
            raise LedgerError(
                f"to be told {name} of the topic {settings.topic!r}",
                "no answer",
                "allow this client to describe the topic's configuration (DescribeConfigs)",
            )
    return config


@contextmanager
def _admin(settings: KafkaSettings, patience: float) -> Iterator[KafkaAdminClient]:
    """A client for a few questions; what it can't do is explained."""
    try:
        client = admin_client(settings, patience)
        try:
            yield client
        finally:
            client.close()
    except KafkaError as error:
        if isinstance(error, BrokerResponseError) and not isinstance(error, RequestTimedOutError):
            raise LedgerError(
                f"Kafka at {settings.bootstrap_servers} to do as it was asked for the topic"
                f" {settings.topic!r}",
                text_of(error),
                "change what was asked, or the rights of this client",
            ) from error
        raise unreachable(settings, patience, text_of(error)) from error
