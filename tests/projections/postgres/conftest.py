"""Databases for these tests: a fresh one for a test, or one that the tests of a module share."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.projections.postgres.upkeep import PostgresTables
from tests.servers.dropping import drop_database
from tests.servers.fixtures import fresh_name


@pytest.fixture(scope="module")
def shared_postgres(postgres_server: str) -> Iterator[str]:
    """The DSN of a database that the tests of a module share."""
    name = fresh_name("shared")
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield make_conninfo(postgres_server, dbname=name)
        drop_database(connection, name)


@pytest.fixture(scope="module")
def tables(shared_postgres: str) -> Iterator[PostgresTables]:
    """Tables that a test empties and fills."""
    found = PostgresTables(shared_postgres)
    yield found
    found.close()


@pytest.fixture
def several(tables: PostgresTables) -> PostgresTables:
    """Empty tables that two workers share."""
    tables.empty(workers=2)
    return tables
