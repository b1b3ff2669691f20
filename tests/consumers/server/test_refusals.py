"""When a worker must not begin, or must not go on: it says why, skips nothing, and ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from confluent_kafka import TopicPartition
from psycopg.conninfo import make_conninfo

from consumers.errors import OtherDefinition
from consumers.worker.db_session import DbSession
from domain.positions import Vector
from ledger.errors import Lost
from ledger.kafka.topic_admin import check
from projections.postgres import control_schema
from tests.consumers.server.place import UNSTOPPED, Place
from tests.consumers.server.workers import worker
from tests.domain.given import made
from tests.helpers import PATIENCE, wait_until
from tests.servers.dropping import drop_database
from tests.servers.fixtures import fresh_name
from tests.servers.topics import LEDGER_TOPIC, admin, create_topic
from tests.simulator.simulated import facts

FACTS = facts(3, 10)


def test_a_topic_that_may_lose_facts(
    broker: str, make_topic: Callable[..., str], postgres: str, tmp_path: Path
) -> None:
    place = Place(broker, make_topic(retention_ms="1000"), postgres)
    assert check(place.kafka)
    with worker(place, tmp_path) as one:
        assert one.ended() == 2
    assert one.log[-1]["event"] == "refused"
    assert "retention.ms" in one.log[-1]["error"]
    assert "Remedy" in one.log[-1]["error"]
    assert place.home.live() is None, "something was made all the same"


def test_a_topic_that_is_not_there(broker: str, postgres: str, tmp_path: Path) -> None:
    with worker(Place(broker, "no-such-topic", postgres), tmp_path) as one:
        assert one.ended() == 2
    assert "no-such-topic" in one.log[-1]["error"]


def test_a_database_that_can_not_hold_every_text(
    place: Place, postgres_server: str, tmp_path: Path
) -> None:
    name = fresh_name("latin")
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(
            f"CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc"
            " TEMPLATE template0".encode()
        )
        place.dsn = make_conninfo(postgres_server, dbname=name)
        try:
            with worker(place, tmp_path) as one:
                assert one.ended() == 2
        finally:
            drop_database(connection, name)
    assert one.log[-1]["event"] == "refused"
    assert "UTF8, saw LATIN1" in one.log[-1]["error"]
    assert "make one with" in one.log[-1]["error"]


#: The fingerprint of views that were built when it was one of source files.
BEFORE = "025e74f1574d3f8a"


def test_views_of_another_version(place: Place, tmp_path: Path) -> None:
    place.emit(FACTS[:50])
    place.catch_up()
    reach = place.reach()
    place.run(f"UPDATE pledger.generation SET definition = '{BEFORE}'")
    place.emit(FACTS[50:60])
    db_session = DbSession(place.views(), "a test", lambda places: [], UNSTOPPED)
    with pytest.raises(OtherDefinition, match="'rebuild'"):
        db_session.take_over([0])
    db_session.close()
    with worker(place, tmp_path) as one:
        assert one.ended() == 2
    assert one.log[-1]["event"] == "refused"
    assert BEFORE in one.log[-1]["error"]
    assert place.reach() == reach


def delete_before(place: Place, partition: int, offset: int) -> None:
    spot = TopicPartition(place.kafka.topic, partition, offset)
    client = admin(place.kafka.bootstrap_servers)
    client.delete_records([spot])[spot].result(PATIENCE)


def test_facts_that_were_cut_off_before_they_were_read(place: Place, tmp_path: Path) -> None:
    place.emit(FACTS[:100])
    place.catch_up()
    reach = place.reach()
    (partition, end) = next(iter(reach.items()))
    place.emit(FACTS[100:])
    delete_before(place, partition, end + 5)
    with worker(place, tmp_path) as one:
        assert one.ended() == 1
    (alarm,) = one.events("facts are lost")
    assert (alarm["level"], alarm["partition"]) == ("critical", partition)
    assert alarm["expected"] == f"offset {end}"
    assert alarm["seen"].startswith(f"offsets {end + 5} up to ")
    assert place.reach()[partition] == end, "a loss was skipped"
    with pytest.raises(Lost):
        place.catch_up()
    assert place.reach()[partition] == end


def test_facts_that_were_cut_off_behind_a_worker_are_no_loss(place: Place, tmp_path: Path) -> None:
    place.emit(FACTS)
    with worker(place, tmp_path) as one:
        place.wait_for(place.head())
        for partition, end in place.reach().items():
            delete_before(place, partition, end)
        place.emit([made(0)])
        place.wait_for(place.head())
        one.stop()


def test_a_topic_that_was_made_anew(place: Place, tmp_path: Path) -> None:
    place.emit(FACTS)
    place.catch_up()
    reach = place.reach()
    client = admin(place.kafka.bootstrap_servers)
    topic = place.kafka.topic
    client.delete_topics([topic], operation_timeout=PATIENCE)[topic].result(PATIENCE)
    wait_until(lambda: topic not in client.list_topics(timeout=PATIENCE).topics)
    create_topic(place.kafka.bootstrap_servers, topic, 3, LEDGER_TOPIC)
    place.emit([made(0)])
    with worker(place, tmp_path) as one:
        assert one.ended() == 1
    assert one.events("facts are lost")
    assert place.reach() == reach


def test_a_vector_beyond_the_topic(place: Place) -> None:
    from consumers.catch_up import run_until

    with pytest.raises(Lost):
        run_until(place.kafka, place.views(), Vector({0: 7}), UNSTOPPED)


def test_a_projection_that_fails_on_everybody_parks_nobody(place: Place, tmp_path: Path) -> None:
    place.catch_up()
    place.run("ALTER TABLE customer ADD CHECK (customer IS NULL)")
    place.emit([made(0, of=f"customer:{n}", commitment_id=f"C{n}") for n in range(200)])
    with worker(place, tmp_path) as one:
        assert one.ended() == 1
    assert one.log[-1]["event"] == "failed"
    assert "it is the program" in one.log[-1]["error"]
    assert not place.rows("parked")
    assert not place.rows("fact")
    place.run("ALTER TABLE customer DROP CONSTRAINT customer_customer_check")
    place.catch_up()
    place.expect_rows()


def test_the_port_of_the_numbers_is_taken(place: Place, tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with worker(place, tmp_path, "--metrics", str(taken.getsockname()[1])) as one:
            assert one.ended() == 2
    assert "--metrics" in one.log[-1]["error"]


def test_a_swap_while_a_session_opens(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.emit(FACTS[:20])
    place.catch_up()
    before = control_schema.live
    swapped: list[int] = []

    def swapping(*args: Any) -> object:
        if not swapped:
            swapped.append(place.home.begin_generation().id)
            place.home.swap(swapped[0])
        return before(*args)

    monkeypatch.setattr(control_schema, "live", swapping)
    db_session = DbSession(place.views(), "a test", lambda places: [], UNSTOPPED)
    assert db_session.within(lambda writer, connection: writer.generation) == 2
    db_session.close()
