"""Views are of one topic: nothing is taken from another, from one that lost its end and grew again,
or from one whose partitions have become more."""

from __future__ import annotations

import signal
from pathlib import Path

import psycopg
import pytest
from confluent_kafka.admin import NewPartitions

from consumers.errors import Missing
from ledger.errors import Repartitioned
from ledger.kafka.topic_state import Watch
from tests.consumers.server.place import Place
from tests.consumers.server.workers import command, worker
from tests.helpers import PATIENCE, wait_until
from tests.servers.topics import LEDGER_TOPIC, admin, create_topic
from tests.simulator.simulated import facts

FACTS = facts(3, 10)


def make_anew(place: Place, partitions: int = 3) -> None:
    """Delete the topic, and make one of the same name."""
    client = admin(place.kafka.bootstrap_servers)
    topic = place.kafka.topic
    client.delete_topics([topic], operation_timeout=PATIENCE)[topic].result(PATIENCE)
    wait_until(lambda: topic not in client.list_topics(timeout=PATIENCE).topics)
    create_topic(place.kafka.bootstrap_servers, topic, partitions, LEDGER_TOPIC)


def change(place: Place, statement: str) -> None:
    with psycopg.connect(place.dsn) as connection:
        connection.execute(statement.encode())


def test_the_topic_is_remembered_when_views_are_begun(place: Place, tmp_path: Path) -> None:
    seen = Watch(place.kafka).topic()
    assert seen.id is not None
    remembered = "SELECT generation, name, id, partitions FROM pledger.topic"
    with worker(place, tmp_path) as one:
        one.wait_for("took over", 3)
        one.stop()
    assert place.ask(remembered) == [(1, place.kafka.topic, seen.id, 3)]
    # As an earlier program left it, which did not say.
    change(place, "DELETE FROM pledger.topic")
    place.emit(FACTS[:10])
    place.catch_up()
    assert place.ask(remembered) == [(1, place.kafka.topic, seen.id, 3)]


def test_a_topic_that_was_made_anew_and_has_grown_beyond(place: Place, tmp_path: Path) -> None:
    place.emit(FACTS[:50])
    place.catch_up()
    reach, rows = place.reach(), place.rows("fact")
    make_anew(place)
    place.emit(FACTS)
    assert reach.within(place.head()), "the offsets alone would tell nothing"
    for _ in range(2):
        with worker(place, tmp_path) as one:
            assert one.ended() == 1
        (alarm,) = one.events("facts are lost")
        assert place.kafka.topic in alarm["expected"]
        assert alarm["expected"] != alarm["seen"]
        assert not one.events("assigned"), "it took partitions"
        assert "expected the topic" in one.log[-1]["error"]
    with pytest.raises(Missing, match=r"made anew.*'rebuild'"):
        place.catch_up()
    # The places of facts that wait are those of other facts now.
    status, _, complaint = command(place, tmp_path, "unpark", "customer:1")
    assert status != 0
    assert "expected the topic" in complaint
    assert (place.reach(), place.rows("fact")) == (reach, rows)


def test_a_topic_that_is_made_anew_under_a_worker(place: Place, tmp_path: Path) -> None:
    place.emit(FACTS[:50])
    with worker(place, tmp_path) as one:
        place.wait_for(place.head())
        reach, rows = place.reach(), place.rows("fact")
        make_anew(place)
        place.emit(FACTS)
        assert one.ended() == 1
    assert one.events("facts are lost")
    assert (place.reach(), place.rows("fact")) == (reach, rows)


def test_a_topic_that_grows_beyond_a_worker_that_does_not_look(
    place: Place, tmp_path: Path
) -> None:
    place.emit(FACTS[:50])
    with worker(place, tmp_path, "--session-timeout", "30") as one:
        place.wait_for(place.head())
        one.signal(signal.SIGSTOP)
        make_anew(place)
        place.emit(FACTS)
        one.signal(signal.SIGCONT)
        assert one.ended() == 1
    (alarm,) = one.events("facts are lost")
    assert alarm["expected"].startswith("the topic")
    assert len(one.events("assigned")) == 1, "it was the group that told it"


def test_a_last_record_that_is_another_one(place: Place, tmp_path: Path) -> None:
    place.emit(FACTS[:50])
    place.catch_up()
    ((partition, last),) = place.ask(
        "SELECT partition, last_offset FROM progress WHERE last_offset > 0 ORDER BY 1 LIMIT 1"
    )
    # As if the topic had lost its end, and other facts had come later.
    place.run(
        f"UPDATE progress SET last_at = last_at - interval '1 s' WHERE partition = {partition}"
    )
    place.emit(FACTS[50:])
    reach = place.reach()
    with worker(place, tmp_path) as one:
        assert one.ended() == 1
    (alarm,) = one.events("facts are lost")
    assert alarm["partition"] == partition
    assert f"offset {last}," in alarm["expected"]
    assert f"offset {last}," in alarm["seen"]
    with pytest.raises(Missing, match="lost its end"):
        place.catch_up()
    assert place.reach()[partition] == reach[partition]


def test_a_marker_where_the_last_record_was(place: Place, tmp_path: Path) -> None:
    place.emit(FACTS, at_once=True)
    place.catch_up()
    # The end of each partition is a marker, which no record has.
    for partition, end, last in place.ask(
        "SELECT partition, next_offset, last_offset FROM progress"
    ):
        assert (end, last) == (place.head()[partition], end - 2)
    with worker(place, tmp_path) as one:
        one.wait_for("took over", 3)
        place.emit(FACTS[:20], at_once=True)
        place.wait_for(place.head())
        one.stop()
    # As if there had been a record, and there is none behind it.
    place.run("UPDATE progress SET last_offset = next_offset - 1")
    with worker(place, tmp_path) as one:
        assert one.ended() == 1
    assert one.events("facts are lost")[0]["seen"] == "none"


def test_partitions_that_were_added(place: Place, tmp_path: Path) -> None:
    place.emit(FACTS[:50])
    place.catch_up()
    reach = place.reach()
    client, topic = admin(place.kafka.bootstrap_servers), place.kafka.topic
    client.create_partitions([NewPartitions(topic, 4)])[topic].result(PATIENCE)
    wait_until(lambda: Watch(place.kafka).topic().partitions == 4)
    with worker(place, tmp_path) as one:
        assert one.ended() == 2
    assert one.log[-1]["event"] == "refused"
    for part in ("3 partitions", "saw 4", "pledger copy"):
        assert part in one.log[-1]["error"]
    assert not one.events("assigned")
    place.emit(FACTS[50:])
    with pytest.raises(Repartitioned):
        place.catch_up()
    assert place.reach() == reach


def test_who_is_refused_does_not_disturb_the_others(place: Place, tmp_path: Path) -> None:
    with worker(place, tmp_path) as one:
        one.wait_for("took over", 3)
        # A worker looks at it when it opens its session.
        change(place, "UPDATE pledger.generation SET definition = 'that of tomorrow'")
        with worker(place, tmp_path) as other:
            assert other.ended() == 2
        assert not other.events("assigned")
        assert not one.events("revoked")
        place.emit(FACTS)
        place.wait_for(place.head())
        assert len(one.events("assigned")) == 1, "the group was called together once more"
        one.stop()
