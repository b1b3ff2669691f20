"""Messages are kept by their topic, their place on it, and when they were recorded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from psycopg import sql

from consumers.embedded_projector import catalogue_of_types
from domain.topics import Topic
from projections.postgres import control_schema, generation_topic, quarantine
from projections.postgres.connection import Postgres, connected
from projections.postgres.quarantine import Quarantine, Quarantined
from projections.postgres.store import PostgresStore
from tests.servers.set_aside import quarantine_of_live

AT = datetime(2026, 1, 1, tzinfo=UTC)
LATER = AT + timedelta(days=1)
SCHEMA = "pledger"
PLACE = (1, 7)
TOPIC = Topic("facts", "an-id", 3)
ANOTHER = Topic("facts", "another-id", 3)


@pytest.fixture
def home(postgres: str) -> PostgresStore:
    home = PostgresStore(postgres, catalogue_of_types())
    home.prepare()
    return home


@pytest.fixture
def connection(home: PostgresStore) -> Iterator[Postgres]:
    with connected(home.dsn, "control") as connection:
        yield connection


@pytest.fixture
def aside(connection: Postgres) -> Quarantine:
    return Quarantine(connection, SCHEMA, TOPIC)


def message(recorded_at: datetime, value: bytes) -> Quarantined:
    return Quarantined(*PLACE, recorded_at, b"k", value, (), "no fact", recorded_at)


def values(aside: Quarantine, state: quarantine.State = "open") -> list[bytes | None]:
    return [one.value for one in aside.listed([state], limit=9)]


def test_a_topic_that_lost_its_end_has_another_message_at_a_place(aside: Quarantine) -> None:
    old, new = message(AT, b"old"), message(LATER, b"new")
    aside.add([old])
    assert aside.settle(PLACE, "dismissed", AT, "a test")
    aside.add([new, old])
    assert aside.one(PLACE) == new
    assert values(aside) == [b"new"]
    assert values(aside, "dismissed") == [b"old"]
    assert aside.dismissed_in([(1, 0, 9)]) == {(1, 7, AT)}
    assert aside.settle(PLACE, "retried", LATER, None)
    assert not aside.settle(PLACE, "retried", LATER, None)
    assert values(aside, "dismissed") == [b"old"]


def test_two_of_a_place_are_settled_one_by_one(aside: Quarantine) -> None:
    aside.add([message(AT, b"old"), message(LATER, b"new")])
    assert values(aside) == [b"old", b"new"]
    for expected in (b"new", b"old"):
        found = aside.one(PLACE)
        assert found is not None
        assert found.value == expected
        assert aside.settle(PLACE, "dismissed", LATER, "a test")
    assert aside.count() == 0


def test_a_topic_knows_nothing_of_another_ones(connection: Postgres, aside: Quarantine) -> None:
    """Though both have a message at the same place."""
    other = Quarantine(connection, SCHEMA, ANOTHER)
    aside.add([message(AT, b"ours")])
    other.add([message(LATER, b"theirs")])
    assert (values(aside), values(other)) == ([b"ours"], [b"theirs"])
    assert aside.settle(PLACE, "dismissed", LATER, "a test")
    assert (aside.count(), other.count()) == (0, 1)
    assert (len(aside.dismissed()), other.dismissed()) == (1, [])
    assert other.dismissed_in([(1, 0, 9)]) == set()


def test_what_somebody_decided_holds_on_a_topic_that_was_put_back(
    connection: Postgres, aside: Quarantine
) -> None:
    """With its records as they were, and an id of its own."""
    aside.add([message(AT, b"one")])
    assert aside.settle(PLACE, "dismissed", LATER, "a test")
    back = Quarantine(connection, SCHEMA, ANOTHER)
    back.add([message(AT, b"one")])
    assert (values(back), values(back, "dismissed")) == ([], [b"one"])
    assert values(aside, "dismissed") == []
    Quarantine(connection, SCHEMA, None).add([message(AT, b"one")])
    assert values(back, "dismissed") == [b"one"]


def test_what_was_taken_up_once_is_open_again(aside: Quarantine) -> None:
    aside.add([message(AT, b"one")])
    assert aside.settle(PLACE, "retried", LATER, "it is a fact")
    aside.add([message(AT, b"one")._replace(reason="not to this program")])
    found = aside.one(PLACE)
    assert found is not None
    assert (found.state, found.reason, found.why) == ("open", "not to this program", None)


def test_what_was_kept_before_the_topics_id_was_known_is_found(
    connection: Postgres, aside: Quarantine
) -> None:
    """Servers may be of a version that gives topics no id, and then of one that does."""
    Quarantine(connection, SCHEMA, TOPIC._replace(id=None)).add([message(AT, b"by name")])
    Quarantine(connection, SCHEMA, None).add([message(LATER, b"by nobody")])
    assert values(aside) == [b"by name", b"by nobody"]


def taken_back(connection: Postgres) -> None:
    """The table as a program left it that did not know of topics yet."""
    connection.execute("ALTER TABLE pledger.quarantine DROP COLUMN topic")
    connection.execute("DELETE FROM pledger.step WHERE step >= 5")


def test_what_is_kept_already_is_of_the_topic_of_the_live_views(
    home: PostgresStore, connection: Postgres, aside: Quarantine
) -> None:
    live = control_schema.live(connection, SCHEMA)
    assert live is not None
    generation_topic.remember(connection, SCHEMA, live.id, TOPIC)
    aside.add([message(AT, b"kept")])
    taken_back(connection)
    home.prepare()
    assert values(aside) == [b"kept"]
    assert values(Quarantine(connection, SCHEMA, ANOTHER)) == []


@pytest.mark.parametrize("by", ["an earlier program", "this program"])
def test_a_table_that_was_put_back_is_gone_on_with(
    home: PostgresStore, aside: Quarantine, by: str
) -> None:
    """As docs/how-to/back-up-the-server-home.md says: the schema and this table alone."""
    aside.add([message(AT, b"kept")])
    aside.settle(PLACE, "dismissed", LATER, "a test")
    with connected(home.dsn, "control") as connection, connection.transaction():
        if by == "an earlier program":
            taken_back(connection)
        connection.execute("ALTER TABLE pledger.quarantine SET SCHEMA public")
        for schema in (SCHEMA, control_schema.schema_of(SCHEMA, 1)):
            connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))
        connection.execute("CREATE SCHEMA pledger")
        connection.execute("ALTER TABLE public.quarantine SET SCHEMA pledger")
    home.prepare()
    with connected(home.dsn, "control") as connection:
        assert quarantine_of_live(connection).count() == 0
        again = Quarantine(connection, SCHEMA, TOPIC)
        # A rebuild meets the message once more.
        again.add([message(AT, b"kept")])
        assert (values(again), values(again, "dismissed")) == ([], [b"kept"])
