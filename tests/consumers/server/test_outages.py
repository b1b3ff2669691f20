"""Servers that go away and come back: workers wait, and recover by themselves."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.consumers.server.place import Place
from tests.consumers.server.workers import WorkerProcess, worker
from tests.helpers import run, skip_or_fail, wait_until
from tests.servers.broker import Broker, NoBroker
from tests.servers.fixtures import fresh_name
from tests.servers.postgres import NoPostgres, Postgres, account
from tests.servers.process import server_folder
from tests.servers.topics import LEDGER_TOPIC, create_topic
from tests.simulator.simulated import facts

FACTS = facts(3, 10)
THIRD = len(FACTS) // 3
MANY = facts(10, 60)


@pytest.fixture(scope="module")
def own_broker() -> Iterator[Broker]:
    """A broker that the tests of this module may stop."""
    with server_folder() as folder:
        try:
            broker = Broker(folder)
        except NoBroker as why:
            skip_or_fail(str(why))
        with broker:
            yield broker


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A server that the test may stop."""
    try:
        with server_folder(account()) as folder, Postgres(folder) as postgres:
            with psycopg.connect(postgres.dsn, autocommit=True) as connection:
                connection.execute("CREATE DATABASE views")
            yield postgres
    except NoPostgres as why:
        skip_or_fail(str(why))


def views_of(postgres: Postgres) -> str:
    return make_conninfo(postgres.dsn, dbname="views")


@pytest.fixture
def own_topic(own_broker: Broker) -> str:
    name = fresh_name("facts")
    create_topic(own_broker.address, name, 3, LEDGER_TOPIC)
    return name


def test_the_database_goes_and_comes_back(
    broker: str, topic: str, own_postgres: Postgres, tmp_path: Path
) -> None:
    place = Place(broker, topic, views_of(own_postgres))
    with worker(place, tmp_path) as one:
        place.emit(FACTS[:THIRD])
        place.wait_for(place.head())
        own_postgres.stop()
        place.emit(FACTS[THIRD : 2 * THIRD])
        one.wait_for("the database is away", 2)
        own_postgres.start()
        one.wait_for("the database is back")
        place.wait_for(place.head())
        # As if the power had gone, while it writes: what was not on its disk is read again.
        place.emit(FACTS[2 * THIRD :])
        own_postgres.kill()
        own_postgres.start()
        one.wait_for("the database is back", 2)
        place.wait_for(place.head())
        assert one.partitions() == {0, 1, 2}, "it left the group meanwhile"
        assert not one.events("revoked")
        one.stop()
    place.expect_rows()


def test_a_role_without_rights_is_told(
    broker: str, topic: str, own_postgres: Postgres, tmp_path: Path
) -> None:
    with worker(Place(broker, topic, own_postgres.dsn), tmp_path) as one:
        assert one.ended() == 2
    assert "permission denied" in one.log[-1]["error"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"password": "sesame"}, "password authentication failed"),
        ({"password": ""}, "no password supplied"),
        ({"user": "nobody_of_ours"}, "nobody_of_ours"),
        ({"dbname": "nothing_of_ours"}, 'database "nothing_of_ours" does not exist'),
        ({"sslmode": "nonsense"}, 'invalid sslmode value: "nonsense"'),
    ],
)
def test_who_is_not_let_in_is_told_so_at_once(
    place: Place, tmp_path: Path, wrong: dict[str, str], said: str
) -> None:
    place.dsn = make_conninfo(place.dsn, **wrong)
    with worker(place, tmp_path) as one:
        assert one.ended() == 2
    assert one.log[-1]["event"] == "refused"
    assert not one.events("the database is away")
    for told in (one.log[-1]["error"], run(tmp_path, ["promises"]).err):
        assert said in told
        assert "expected PostgreSQL to let us in" in told
        assert "pledger.toml" in told
        assert "sesame" not in told


def test_who_is_not_let_in_any_more_sounds_the_alarm_and_goes_on(
    broker: str, topic: str, own_postgres: Postgres, tmp_path: Path
) -> None:
    place = Place(broker, topic, views_of(own_postgres))
    password = conninfo_to_dict(place.dsn)["password"]
    with worker(place, tmp_path) as one, psycopg.connect(place.dsn, autocommit=True) as us:
        one.wait_for("took over", 3)
        us.execute("ALTER ROLE pledger PASSWORD 'another'")
        us.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'pledger worker'"
        )
        alarm = one.wait_for("the database refuses us", 2)[0]
        assert alarm["level"] == "critical"
        assert "password authentication failed" in alarm["trouble"]
        us.execute(f"ALTER ROLE pledger PASSWORD '{password}'".encode())
        one.wait_for("the database is back")
        place.emit(FACTS[:THIRD])
        place.wait_for(place.head())
        one.stop()
    place.expect_rows()


def test_a_worker_that_begins_without_a_database_waits_for_it(
    broker: str, topic: str, own_postgres: Postgres, tmp_path: Path
) -> None:
    place = Place(broker, topic, views_of(own_postgres))
    own_postgres.stop()
    place.emit(FACTS[:THIRD])
    with worker(place, tmp_path) as one:
        one.wait_for("the database is away")
        own_postgres.start()
        place.wait_for(place.head())
        one.stop()
    place.expect_rows()


def test_a_worker_is_stopped_while_the_database_is_away(
    broker: str, topic: str, own_postgres: Postgres, tmp_path: Path
) -> None:
    place = Place(broker, topic, views_of(own_postgres))
    with worker(place, tmp_path) as one:
        one.wait_for("took over", 3)
        own_postgres.pause()
        try:
            place.emit(FACTS[:THIRD])
            one.wait_for("assigned")
            one.signal(signal.SIGTERM)
            told_at = time.monotonic()
            assert one.ended() == 0
            assert (took := time.monotonic() - told_at) < 5 + 3, (
                f"{took} s, on however busy a machine"
            )
        finally:
            own_postgres.resume()


def test_the_second_signal_ends_a_worker_at_once(
    broker: str, topic: str, own_postgres: Postgres, tmp_path: Path
) -> None:
    place = Place(broker, topic, views_of(own_postgres))
    with worker(place, tmp_path) as one:
        one.wait_for("took over", 3)
        own_postgres.pause()
        try:
            one.signal(signal.SIGTERM)
            one.wait_for("stopping")
            one.signal(signal.SIGTERM)
            assert one.ended() == 128 + signal.SIGTERM
        finally:
            own_postgres.resume()


def test_kafka_goes_and_comes_back(
    own_broker: Broker, own_topic: str, postgres: str, tmp_path: Path
) -> None:
    place = Place(own_broker.address, own_topic, postgres)
    with worker(place, tmp_path) as one:
        place.emit(FACTS[:THIRD])
        place.wait_for(place.head())
        own_broker.stop()
        one.wait_for("trouble with Kafka")
        own_broker.start()
        place.emit(FACTS[THIRD:])
        place.wait_for(place.head(), 120)
        one.wait_for("the trouble with Kafka is over")
        one.stop()
    place.expect_rows()


def test_a_worker_is_stopped_while_kafka_is_away(
    own_broker: Broker, own_topic: str, postgres: str, tmp_path: Path
) -> None:
    place = Place(own_broker.address, own_topic, postgres)
    with worker(place, tmp_path) as one:
        one.wait_for("took over", 3)
        own_broker.stop()
        try:
            one.wait_for("trouble with Kafka")
            told_at = time.monotonic()
            one.stop()
            assert (took := time.monotonic() - told_at) < 5 + 3, (
                f"{took} s, on however busy a machine"
            )
        finally:
            own_broker.start()


def expect_stopped_in_time(one: WorkerProcess) -> None:
    told_at = time.monotonic()
    one.stop()
    assert (took := time.monotonic() - told_at) < 5, f"{took} s"


@pytest.mark.parametrize("catching_up", [True, False])
def test_a_worker_is_stopped_while_kafka_hangs(
    own_broker: Broker, own_topic: str, postgres: str, tmp_path: Path, catching_up: bool
) -> None:
    place = Place(own_broker.address, own_topic, postgres)
    if catching_up:
        place.emit(MANY)
    with worker(place, tmp_path, "--batch", "20") as one:
        one.wait_for("took over", 3)
        if catching_up:
            one.wait_for("batch")
        own_broker.pause()
        try:
            one.wait_for("partitions lost")
            expect_stopped_in_time(one)
        finally:
            own_broker.resume()


def test_a_worker_is_stopped_as_soon_as_kafka_hangs(
    own_broker: Broker, own_topic: str, postgres: str, tmp_path: Path
) -> None:
    place = Place(own_broker.address, own_topic, postgres)
    with worker(place, tmp_path) as one:
        one.wait_for("took over", 3)
        own_broker.pause()
        try:
            expect_stopped_in_time(one)
        finally:
            own_broker.resume()


def test_a_worker_that_begins_without_kafka_waits_for_it(
    own_broker: Broker, own_topic: str, postgres: str, tmp_path: Path
) -> None:
    place = Place(own_broker.address, own_topic, postgres)
    place.emit(FACTS[:THIRD])
    head = place.head()
    own_broker.stop()
    with worker(place, tmp_path) as one:
        try:
            one.wait_for("trouble with Kafka")
        finally:
            own_broker.start()
        one.wait_for("the trouble with Kafka is over")
        place_is_there = place.home.live
        wait_until(lambda: place_is_there() is not None)
        place.wait_for(head, 120)
        one.stop()
    place.expect_rows()


def test_sessions_that_somebody_ends_are_opened_again(place: Place, tmp_path: Path) -> None:
    end = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'pledger worker' AND datname = current_database()"
    )
    with worker(place, tmp_path) as one:
        one.wait_for("took over", 3)
        for number in range(3):
            place.emit(FACTS[number * THIRD : (number + 1) * THIRD])
            with psycopg.connect(place.dsn, autocommit=True) as connection:
                connection.execute(end)
            one.wait_for("the database is back", number + 1)
        place.emit(FACTS[3 * THIRD :])
        place.wait_for(place.head())
        one.stop()
    place.expect_rows()
