"""What a rebuild expects of the topic: all that the live views know. To build without some of it
would lose facts silently.

For the topic that the live views are of, offsets and the last record of each partition show it
before anything is built. Offsets of another topic show nothing; there the facts themselves are
compared, when the new views are ready to be swapped in.
"""

from __future__ import annotations

from collections.abc import Callable

from consumers.worker.apply_batch import instant
from consumers.worker.topic_guard import expect_same
from domain.positions import Vector
from domain.topics import Topic
from ledger.errors import Lost
from ledger.kafka.ledger import KafkaLedger
from projections.postgres import checkpoints, control_schema, generation_topic, generations
from projections.postgres.connection import Postgres
from projections.postgres.generation_topic import Lacking

_GONE = (
    "facts are gone: restore the topic from a backup; to build without them all the same,"
    " {forget lost}"
)


def expect_all(
    ledger: KafkaLedger, connection: Postgres, schema: str, *, forget_lost: bool
) -> Topic:
    """See that the topic has what the live views are of, as far as that can be known now; answers
    which topic it is. Raises ``Lost`` unless facts are to be forgotten, and ``Repartitioned``."""
    topic = ledger.topic()
    live = control_schema.live(connection, schema)
    remembered = None if live is None else generation_topic.topic_of(connection, schema, live.id)
    another = remembered is not None and not remembered.is_same(topic)
    if remembered is not None and not another:
        expect_same(remembered, topic)
    if live is not None and not another and not forget_lost:
        _expect_records(ledger, connection, schema, live.id)
    return topic


def still_has(ledger: KafkaLedger, connection: Postgres, schema: str, generation: int) -> bool:
    """Whether the topic has what a generation is of, as far as offsets and last records show."""
    try:
        _expect_records(ledger, connection, schema, generation)
    except Lost:
        return False
    return True


def are_of_one(connection: Postgres, schema: str, generation: int, topic: Topic) -> bool:
    """Whether a generation is of a topic, as far as its topic is recorded."""
    remembered = generation_topic.topic_of(connection, schema, generation)
    return remembered is None or remembered.is_same(topic)


def expect_facts(lacking: Lacking) -> None:
    """See that a generation has every fact of another. Raises ``Lost``."""
    if lacking.facts or lacking.waiting:
        raise Lost(
            "the new topic to have every fact that the live views have",
            f"that {_counted(lacking)} are not there",
            "the live views are as they were: emit those facts to the new topic"
            " (docs/how-to/back-up-the-server-home.md), and rebuild, which goes on where this was;"
            " to forget them, {forget lost}",
        )


def report_forgotten(lacking: Lacking, on_forgotten: Callable[[str], None]) -> None:
    """The facts of one generation that another lacks."""
    if lacking.facts or lacking.waiting:
        on_forgotten(f"forgotten: {_counted(lacking)}, which the topic does not have")


def _counted(lacking: Lacking) -> str:
    parts = []
    if lacking.facts:
        parts.append(f"{lacking.facts} of the views' facts (such as {lacking.example})")
    if lacking.waiting:
        parts.append(f"{lacking.waiting} facts that wait for parked subjects")
    return " and ".join(parts)


def _expect_records(
    ledger: KafkaLedger, connection: Postgres, schema: str, generation: int
) -> None:
    generations.point_to(connection, schema, generation)
    _expect_offsets(ledger, connection)
    _expect_last_records(ledger, connection)


def _expect_offsets(ledger: KafkaLedger, connection: Postgres) -> None:
    head = ledger.head()
    known = {p: one.next_offset for p, one in checkpoints.progress(connection).items()}
    for partition, end in Vector(known).items():
        if end > head.get(partition, 0):
            raise Lost(
                f"the topic {ledger.settings.topic!r} to have what the live views are of, {end}"
                f" places of partition {partition}",
                str(head.get(partition, 0)),
                _GONE,
            )


def _expect_last_records(ledger: KafkaLedger, connection: Postgres) -> None:
    first = ledger.earliest()
    for partition, (offset, recorded_at) in checkpoints.last_records(connection).items():
        if offset < first.get(partition, 0):
            continue  # facts before it are gone too, and are missed when the topic is read
        try:
            seen = f"one of {instant(ledger.message(partition, offset).timestamp).isoformat()}"
        except Lost:
            seen = "none"
        if seen != f"one of {recorded_at.isoformat()}":
            raise Lost(
                f"the topic {ledger.settings.topic!r} to have what the live views are of, at offset"
                f" {offset} of partition {partition} a record of {recorded_at.isoformat()}",
                seen,
                _GONE,
            )
