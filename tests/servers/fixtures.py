"""The fixtures that give a test its servers. Each process of a run starts its own, when the first
of its tests asks, and stops them when it is done."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count

import psycopg
import pytest
from confluent_kafka import KafkaException
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from consumers.embedded_projector import catalogue_of_types
from projections.postgres.store import PostgresStore
from tests.servers.dropping import drop_database
from tests.servers.finding import BROKER, POSTGRES, first_of
from tests.servers.topics import LEDGER_TOPIC, create_topic, delete_topic

_numbers = count(1)


def fresh_name(what: str) -> str:
    """A name that no other test has, not even of another run on the same server."""
    return f"{what}_{os.getpid()}_{os.urandom(3).hex()}_{next(_numbers)}"


@pytest.fixture(scope="session")
def broker() -> Iterator[str]:
    """The address of a Kafka broker, ``HOST:PORT``."""
    with ExitStack() as stack:
        yield first_of("Kafka broker", BROKER, stack)


@pytest.fixture
def make_topic(broker: str) -> Iterator[Callable[..., str]]:
    """Makes fresh topics and gives their names: ``make_topic(partitions=3, **settings)``, the
    settings beside or instead of those that a ledger wants, with ``_`` for their dots."""
    made: list[str] = []

    def make(partitions: int = 3, **settings: str) -> str:
        name = fresh_name("facts")
        wanted = {key.replace("_", "."): value for key, value in settings.items()}
        create_topic(broker, name, partitions, LEDGER_TOPIC | wanted)
        made.append(name)
        return name

    yield make
    for name in made:
        # Not there any more is as good, and so is a broker that the test has stopped.
        with suppress(KafkaException):
            delete_topic(broker, name)


@pytest.fixture
def topic(make_topic: Callable[..., str]) -> str:
    """The name of a fresh topic of three partitions, as a ledger wants it."""
    return make_topic()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The DSN of a database whose role may create others."""
    with ExitStack() as stack:
        yield first_of("PostgreSQL server", POSTGRES, stack)


@contextmanager
def _databases(server: str) -> Iterator[Callable[[str], str]]:
    """Makes databases, each a copy of another one, and gives their DSNs; they are gone in the
    end."""
    made: list[str] = []
    with psycopg.connect(server, autocommit=True) as connection:

        def make(template: str) -> str:
            name = fresh_name("test")
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
            made.append(name)
            return make_conninfo(server, dbname=name)

        yield make
        for name in made:
            drop_database(connection, name)


@pytest.fixture
def make_postgres(postgres_server: str) -> Iterator[Callable[[], str]]:
    """Makes fresh empty databases and gives their DSNs."""
    with _databases(postgres_server) as make:
        yield lambda: make("template1")


@pytest.fixture
def postgres(make_postgres: Callable[[], str]) -> str:
    """The DSN of a fresh empty database, gone after the test."""
    return make_postgres()


@pytest.fixture(scope="session")
def with_empty_views(postgres_server: str) -> Iterator[str]:
    """The name of a database with views into which nothing was folded, to be copied: to make them
    takes longer."""
    with _databases(postgres_server) as make:
        dsn = make("template1")
        PostgresStore(dsn, catalogue_of_types()).prepare()
        yield str(conninfo_to_dict(dsn)["dbname"])


@pytest.fixture
def prepared_postgres(postgres_server: str, with_empty_views: str) -> Iterator[str]:
    """The DSN of a fresh database whose views are made, and empty."""
    with _databases(postgres_server) as make:
        yield make(with_empty_views)
