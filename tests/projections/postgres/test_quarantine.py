"""Messages are kept by what they are: their place, and when they were recorded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from consumers.projector import catalogue_of_types
from projections.postgres import quarantine
from projections.postgres.connecting import Postgres, connected
from projections.postgres.home import PostgresHome
from projections.postgres.quarantine import Quarantined

AT = datetime(2026, 1, 1, tzinfo=UTC)
LATER = AT + timedelta(days=1)
SCHEMA = "pledger"


@pytest.fixture
def connection(postgres: str) -> Iterator[Postgres]:
    PostgresHome(postgres, catalogue_of_types()).prepare()
    with connected(postgres, "control") as connection:
        yield connection


def message(recorded_at: datetime, value: bytes) -> Quarantined:
    return Quarantined(1, 7, recorded_at, b"k", value, (), "no fact", recorded_at)


def values(connection: Postgres, state: quarantine.State) -> list[bytes | None]:
    return [one.value for one in quarantine.listed(connection, SCHEMA, [state], limit=9)]


def test_a_topic_that_lost_its_end_has_another_message_at_a_place(connection: Postgres) -> None:
    old, new = message(AT, b"old"), message(LATER, b"new")
    quarantine.add(connection, SCHEMA, [old])
    assert quarantine.settle(connection, SCHEMA, 1, 7, "dismissed", AT, "a test")
    quarantine.add(connection, SCHEMA, [new, old])
    assert quarantine.one(connection, SCHEMA, 1, 7) == new
    assert values(connection, "open") == [b"new"]
    assert values(connection, "dismissed") == [b"old"]
    assert quarantine.dismissed_in(connection, SCHEMA, [(1, 0, 9)]) == {(1, 7, AT)}
    assert quarantine.settle(connection, SCHEMA, 1, 7, "retried", LATER, None)
    assert not quarantine.settle(connection, SCHEMA, 1, 7, "retried", LATER, None)
    assert values(connection, "dismissed") == [b"old"]


def test_two_of_a_place_are_settled_one_by_one(connection: Postgres) -> None:
    quarantine.add(connection, SCHEMA, [message(AT, b"old"), message(LATER, b"new")])
    assert values(connection, "open") == [b"old", b"new"]
    for expected in (b"new", b"old"):
        found = quarantine.one(connection, SCHEMA, 1, 7)
        assert found is not None
        assert found.value == expected
        assert quarantine.settle(connection, SCHEMA, 1, 7, "dismissed", LATER, "a test")
    assert quarantine.count(connection, SCHEMA) == 0
