"""The servers that tests are given are there, and come back as they were."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import psycopg
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from psycopg.conninfo import make_conninfo

from tests.helpers import PATIENCE, ROOT, wait_until
from tests.servers.broker import Broker, NoBroker
from tests.servers.postgres import NoPostgres, Postgres, account
from tests.servers.process import alive, server_folder
from tests.servers.topics import LEDGER_TOPIC, admin, create_topic


def produce(address: str, topic: str, value: bytes) -> None:
    producer = Producer({"bootstrap.servers": address, "enable.idempotence": True, "log_level": 0})
    producer.produce(topic, value, key=b"customer:1")
    assert producer.flush(60) == 0


def consume(address: str, topic: str, count: int) -> list[bytes]:
    consumer = Consumer({"bootstrap.servers": address, "group.id": "none", "log_level": 0})
    partitions = admin(address).list_topics(topic, timeout=PATIENCE).topics[topic].partitions
    consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
    try:
        messages = consumer.consume(count, timeout=PATIENCE)
    finally:
        consumer.close()
    return [message.value() or b"" for message in messages]


def test_a_topic_is_there_and_another_one_is_another(
    broker: str, make_topic: Callable[..., str]
) -> None:
    one, other = make_topic(), make_topic(partitions=5)
    produce(broker, one, b"a fact")
    assert consume(broker, one, 1) == [b"a fact"]
    seen = admin(broker).list_topics(timeout=PATIENCE).topics
    assert (len(seen[one].partitions), len(seen[other].partitions)) == (3, 5)


def test_a_database_is_empty_and_another_one_is_another(
    postgres: str, make_postgres: Callable[[], str]
) -> None:
    with psycopg.connect(postgres) as here, psycopg.connect(make_postgres()) as there:
        here.execute("CREATE TABLE fact (id uuid)")
        here.commit()
        assert here.execute("SELECT current_setting('is_superuser')").fetchone() == ("off",)
        assert there.execute("SELECT to_regclass('fact')").fetchone() == (None,)


def test_a_broker_comes_back_with_its_topics() -> None:
    with server_folder() as folder:
        try:
            broker = Broker(folder)
        except NoBroker as why:
            pytest.skip(str(why))
        with broker:
            create_topic(broker.address, "facts", 1, LEDGER_TOPIC)
            produce(broker.address, "facts", b"one")
            broker.stop()
            broker.start()
            produce(broker.address, "facts", b"two")
            broker.kill()
            broker.start()
            broker.pause()
            broker.resume()
            assert consume(broker.address, "facts", 2) == [b"one", b"two"]


def test_a_database_server_comes_back_with_its_rows() -> None:
    try:
        user = account()
        with server_folder(user) as folder:
            server = Postgres(folder)
            with server:
                write(server, 1)
                server.stop()
                server.start()
                write(server, 2)
                server.stop(immediately=True)
                server.start()
                write(server, 3)
                server.kill()
                server.start()
                server.pause()
                server.resume()
                assert read(server) == [1, 2, 3]
    except NoPostgres as why:
        pytest.skip(str(why))


def connected(server: Postgres) -> psycopg.Connection[psycopg.rows.TupleRow]:
    return psycopg.connect(make_conninfo(server.dsn, dbname="kept"), autocommit=True)


def write(server: Postgres, number: int) -> None:
    if number == 1:
        with psycopg.connect(server.dsn, autocommit=True) as connection:
            connection.execute("CREATE DATABASE kept")
        with connected(server) as connection:
            connection.execute("CREATE TABLE row (number int)")
    with connected(server) as connection:
        connection.execute("INSERT INTO row VALUES (%s)", (number,))


def read(server: Postgres) -> list[int]:
    with connected(server) as connection:
        return [number for (number,) in connection.execute("SELECT * FROM row ORDER BY 1")]


def test_nothing_is_left_of_a_run_that_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "tests.servers.keeper"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as keeper:
        assert keeper.stdout is not None
        servers, children = (
            [int(word) for word in keeper.stdout.readline().split()] for _ in range(2)
        )
        # A child may have been for one connection, and ended with it.
        running = list(map(alive, servers))
        keeper.kill()
    if not servers:
        pytest.skip("there is neither a broker nor PostgreSQL of our own")
    assert all(running)
    wait_until(lambda: not any(map(alive, [*servers, *children])))
