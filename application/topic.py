"""The topic of facts of a server home: making it, and checking that it can lose no fact and reorder
none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from application.errors import Problem

if TYPE_CHECKING:
    from application.server_home import ServerHome
    from domain.topics import Topic
    from ledger.kafka.settings import KafkaSettings
    from ledger.kafka.topic_admin import Fault


@dataclass(frozen=True, kw_only=True)
class NewTopic:
    """How a topic is to be made. ``partitions`` is for life. ``min_insync_replicas`` of its
    ``replication_factor`` have a fact before it is acknowledged; None is 2, or 1 of 1."""

    partitions: int = 12
    replication_factor: int = 1
    min_insync_replicas: int | None = None


@dataclass(frozen=True)
class Checked:
    """What is wrong with a topic, and whether it was made. ``unchecked`` is why the topic of the
    views could not be read: then that, and the number of partitions, was not checked."""

    topic: str
    created: bool
    faults: Sequence[Fault]
    unchecked: Problem | None = None


def create(home: ServerHome, asked: NewTopic) -> Checked:
    """Make the topic, and check it. One that is there already is as good, if it passes. Raises
    ``Wrong`` where the numbers do not go together."""
    from ledger.kafka.topic_admin import check

    kafka = home.kafka
    made = _create(kafka, asked)
    return Checked(kafka.topic, made, check(kafka, partitions=asked.partitions))


def check(home: ServerHome) -> Checked:
    """Check the topic. What does not need the database is checked without it too. Raises
    ``NoLedger`` where there is no topic."""
    from ledger.kafka.topic_admin import check

    remembered, unchecked = None, None
    try:
        remembered = home.remembered()
    except Problem as error:
        unchecked = error
    kafka = home.kafka
    faults = check(kafka, partitions=remembered and remembered.partitions)
    faults += _another(kafka, remembered)
    return Checked(kafka.topic, False, faults, unchecked)


def _create(kafka: KafkaSettings, asked: NewTopic) -> bool:
    """Make the topic; answers whether it was not there."""
    from ledger.errors import NoLedger
    from ledger.kafka.topic_admin import check, create

    try:
        check(kafka)
    except NoLedger:
        factor = asked.replication_factor
        create(kafka, asked.partitions, factor, asked.min_insync_replicas or min(2, factor))
        return True
    return False


def _another(kafka: KafkaSettings, remembered: Topic | None) -> list[Fault]:
    """What is wrong if the topic is not the one that the views are of."""
    from ledger.kafka.topic_admin import Fault
    from ledger.kafka.topic_state import Watch

    if remembered is None:
        return []
    seen = Watch(kafka).topic()
    if remembered.is_same(seen):
        return []
    remedy = (
        "name the topic of the views in pledger.toml; if that one is gone, copy its facts from a"
        " backup into this one, and build views of it with {rebuild}"
    )
    return [Fault("topic", f"{remembered}, which the views are of", str(seen), remedy)]
