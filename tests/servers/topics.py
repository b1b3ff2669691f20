"""What the fixtures ask of a broker: whether it is there, a topic, and a topic away."""

from __future__ import annotations

import socket

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

from tests.helpers import PATIENCE

#: What a ledger wants of its topic, on a broker that stands alone.
LEDGER_TOPIC = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "message.timestamp.type": "LogAppendTime",
    "min.insync.replicas": "1",
    "unclean.leader.election.enable": "false",
}


def listens(address: str) -> bool:
    """Whether anybody takes connections at one of ``HOST:PORT,…``."""
    for place in address.split(","):
        host, _, port = place.rpartition(":")
        try:
            with socket.create_connection((host.strip("[]"), int(port)), timeout=2):
                return True
        except OSError:
            continue
    return False


def admin(address: str) -> AdminClient:
    """A client that keeps to itself what a broker that comes and goes makes it say."""
    return AdminClient({"bootstrap.servers": address, "log_level": 0})


def answers(address: str, seconds: float = 5.0) -> bool:
    """Whether a broker is there that knows its topics."""
    if not listens(address):
        return False
    try:
        admin(address).list_topics(timeout=seconds)
    except KafkaException:
        return False
    return True


def create_topic(address: str, name: str, partitions: int, settings: dict[str, str]) -> None:
    """Returns when every partition can be written to."""
    client = admin(address)
    wanted = NewTopic(name, partitions, 1, config=settings)
    client.create_topics([wanted], operation_timeout=PATIENCE)[name].result(PATIENCE)
    while True:
        seen = client.list_topics(name, timeout=PATIENCE).topics[name].partitions
        if len(seen) == partitions and all(one.leader >= 0 for one in seen.values()):
            return


def delete_topic(address: str, name: str) -> None:
    """Gone, or on its way there."""
    client = admin(address)  # by a name: its answers do not come once it is gone
    client.delete_topics([name], operation_timeout=PATIENCE)[name].result(PATIENCE)
