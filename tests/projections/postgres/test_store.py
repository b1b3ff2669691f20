"""PostgreSQL's home of views keeps the contract, and looks after its schemas."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from consumers.embedded_projector import catalogue_of_types
from domain.topics import Topic
from projections.errors import Away, Forbidden, NoViews, OlderViews, TooNew
from projections.postgres import (
    apply_batch,
    checkpoints,
    control_schema,
    generation_topic,
    generations,
    migration,
)
from projections.postgres.connection import connected
from projections.postgres.store import PostgresStore
from projections.view_registry import VIEWS
from tests.helpers import wait_until
from tests.projections.contract import HALF, STORY, KeepsViews, LetsReadersBe, OpenHome
from tests.projections.postgres.upkeep import PostgresKeeper
from tests.projections.stores import MemoryLedger


@pytest.fixture
def open_home(postgres: str) -> OpenHome:
    return lambda: PostgresKeeper(postgres)


class TestPostgresKeepsViews(KeepsViews):
    steps = ((apply_batch, "fold_touched"), (checkpoints, "advance"))
    steps_of_a_rebuild = ((apply_batch, "fold_touched"), (checkpoints, "advance"))


class TestPostgresLetsReadersBe(LetsReadersBe):
    pass


@pytest.fixture
def home(postgres: str) -> PostgresStore:
    return PostgresStore(postgres, catalogue_of_types())


def schemas(dsn: str) -> set[str]:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'pledger%'")
        return {name for (name,) in rows.fetchall()}


# ---------------------------------------------------------------------------- making the schema


def test_a_limit_of_the_database_s_own_ends_no_statement(home: PostgresStore) -> None:
    with psycopg.connect(home.dsn, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE \"{name}\" SET statement_timeout = '1s'".encode())
    home.prepare()
    with connected(home.dsn, "worker") as one:
        assert one.execute("SHOW statement_timeout").fetchone() == ("0",)


def test_ten_that_start_at_once_make_one_home(home: PostgresStore) -> None:
    with ThreadPoolExecutor(10) as pool:
        for done in [pool.submit(home.prepare) for _ in range(10)]:
            done.result(120)
    (only,) = home.generations()
    assert (only.id, only.state, only.definition) == (1, "live", home.definition)
    assert schemas(home.dsn) == {"pledger", "pledger_g1"}


def test_views_of_another_version_that_lack_what_is_asked(home: PostgresStore) -> None:
    home.prepare()
    with psycopg.connect(home.dsn) as connection:
        connection.execute("UPDATE pledger.generation SET definition = 'that of yesterday'")
        connection.execute("ALTER TABLE pledger_g1.loose_fact RENAME n TO number")
    with home.reading() as session:
        assert session.rows("SELECT count(*) FROM loose_fact") == [(0,)]
    with pytest.raises(OlderViews, match="that of yesterday"), home.reading() as session:
        session.rows("SELECT f.n FROM loose_fact AS f")
    home.definition = "that of yesterday"
    with pytest.raises(psycopg.errors.UndefinedColumn), home.reading() as session:
        session.rows("SELECT f.n FROM loose_fact AS f")


def test_two_homes_in_one_database(home: PostgresStore) -> None:
    other = PostgresStore(home.dsn, home.catalogue, schema="Théâtre 2")
    for one in (home, other):
        one.prepare()
        with one.reading() as session:
            assert session.rows("SELECT count(*) FROM fact") == [(0,)]


def test_who_waits_for_another_that_makes_tables_is_told(
    home: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Event()
    waiting = PostgresStore(home.dsn, home.catalogue, on_wait=lambda sentence: told.set())
    monkeypatch.setattr(migration, "_NOTICE", "1ms")
    with ThreadPoolExecutor(1) as pool, connected(home.dsn, "control") as connection:
        with connection.transaction():
            control_schema.lock(connection, "pledger:prepare")
            prepared = pool.submit(waiting.prepare)
            assert told.wait(60)
        prepared.result(60)
    assert home.live() is not None


LATER = "CREATE TABLE {schema}.later (n int)"


def test_a_later_step_is_taken_once(home: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> None:
    home.prepare()

    monkeypatch.setattr(migration, "STEPS", (*migration.STEPS, LATER))
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(home.prepare) for _ in range(4)]:
            done.result(60)
    with psycopg.connect(home.dsn) as connection:
        found = connection.execute("SELECT step FROM pledger.step ORDER BY 1").fetchall()
        assert found == [(number,) for number in range(1, len(migration.STEPS) + 1)]
        assert connection.execute("SELECT count(*) FROM pledger.later").fetchall() == [(0,)]


def test_views_of_an_earlier_program_get_to_know_their_topic(
    home: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "STEPS", migration.STEPS[:1])
    home.prepare()
    monkeypatch.undo()
    with psycopg.connect(home.dsn) as connection:
        connection.execute("DROP VIEW pledger.progress")
        connection.execute(
            "ALTER TABLE pledger_g1.progress DROP COLUMN last_offset, DROP COLUMN last_at"
        )
        connection.execute("CREATE VIEW pledger.progress AS SELECT * FROM pledger_g1.progress")
    # Those who ask need not wait for a worker that changes it.
    assert home.topic() is None
    home.prepare()
    one, other = (Topic("facts", "an id", 3), Topic("facts", "another id", 3))
    with connected(home.dsn, "control") as connection:
        for topic in (one, other):
            generation_topic.remember(connection, "pledger", 1, topic)
        generations.point_to(connection, "pledger", 1)
        assert checkpoints.last_records(connection) == {}
    assert home.topic() == one, "what was said first counts"


def test_a_step_that_fails_leaves_those_before(
    home: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "STEPS", (*migration.STEPS, f"{LATER}; SELECT 1 FROM nowhere"))
    with pytest.raises(psycopg.errors.UndefinedTable):
        home.prepare()
    monkeypatch.undo()
    home.prepare()
    assert home.live() is not None


def test_a_home_of_a_newer_program_is_refused(home: PostgresStore) -> None:
    home.prepare()
    with psycopg.connect(home.dsn) as connection:
        connection.execute("INSERT INTO pledger.step VALUES (99, now())")
    with pytest.raises(TooNew) as told:
        home.prepare()
    for part in ("expected", "99", "newer", "another database"):
        assert part in str(told.value)


def test_a_database_of_another_encoding_is_refused(
    home: PostgresStore, postgres_server: str
) -> None:
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(
            "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc"
            " TEMPLATE template0"
        )
        try:
            dsn = make_conninfo(postgres_server, dbname="latin")
            with pytest.raises(Forbidden, match="UTF8, saw LATIN1"):
                PostgresStore(dsn, home.catalogue).prepare()
        finally:
            connection.execute("DROP DATABASE latin WITH (FORCE)")


def test_no_views_and_no_server(home: PostgresStore) -> None:
    assert home.live() is None
    assert home.generations() == []
    with pytest.raises(NoViews, match="saw none; 'worker' makes them"), home.reading():
        pass
    away = PostgresStore("host=127.0.0.1 port=1 dbname=none", home.catalogue)
    with pytest.raises(Away):
        away.prepare()


# ---------------------------------------------------------------------------- generations


def test_a_generation_is_dropped_when_nobody_reads_it(home: PostgresStore) -> None:
    home.prepare()
    begun = home.begin_generation(pinned="0:3")
    assert (begun.id, begun.state, begun.pinned) == (2, "building", "0:3")
    with home.reading() as session, home.writing() as writer:
        home.swap(begun.id)
        assert home.drop_retired() == [1]
        assert session.rows("SELECT count(*) FROM fact") == [(0,)]
        with writer.transaction():
            assert not home.holds_live(writer)
    eventually_dropped(home)
    assert schemas(home.dsn) == {"pledger", "pledger_g2"}
    assert home.state() is not None
    assert not home.drop(2), "the live one"


def eventually_dropped(home: PostgresStore) -> None:
    """The server takes a moment to notice that a connection was closed."""
    wait_until(lambda: not home.drop_retired())


def test_a_swap_waits_for_a_batch(home: PostgresStore) -> None:
    home.prepare()
    begun = home.begin_generation()
    with ThreadPoolExecutor(1) as pool, home.writing() as session:
        with session.transaction():
            assert home.holds_live(session)
            swapped = pool.submit(home.swap, begun.id)
            with psycopg.connect(home.dsn, autocommit=True) as watching:
                waits = "SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"
                while not watching.execute(waits).fetchall():
                    assert not swapped.done()
        swapped.result(60)
    live = home.live()
    assert live is not None
    assert live.id == 2


def test_a_generation_that_was_never_live_can_go(home: PostgresStore) -> None:
    home.prepare()
    begun = home.begin_generation()
    assert home.drop(begun.id)
    assert schemas(home.dsn) == {"pledger", "pledger_g1"}
    assert [one.id for one in home.generations()] == [1]


# ---------------------------------------------------------------------------- what data teams ask


def test_the_stable_views_are_of_the_live_generation(postgres: str) -> None:
    keeper = PostgresKeeper(postgres)
    keeper.keep_up(MemoryLedger(STORY[:HALF]))
    with psycopg.connect(postgres, autocommit=True) as asking:

        def count(table: str) -> int:
            ((found,),) = asking.execute(
                f"SELECT count(*) FROM pledger.{table}".encode()
            ).fetchall()
            return int(found)

        assert count("fact") == HALF
        asking.execute("CREATE VIEW theirs AS SELECT count(*) AS facts FROM pledger.fact")
        keeper.rebuild(MemoryLedger(STORY))
        assert count("fact") == len(STORY)
        assert asking.execute("SELECT facts FROM theirs").fetchall() == [(len(STORY),)]
        for name in (*(view.name for view in VIEWS), "commitment_made", "retracted", "progress"):
            count(name)


def test_a_long_query_holds_up_the_stable_views_and_nothing_else(
    home: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generations, "PATIENCE", "1ms")
    home.prepare()
    begun = home.begin_generation()
    with psycopg.connect(home.dsn) as asking:
        asking.execute("SELECT count(*) FROM pledger.fact")  # and its transaction goes on
        home.swap(begun.id)
        state = home.state()
        assert state is not None
        assert state.generation == 2
        assert home.drop_retired() == [1]
    eventually_dropped(home)


def test_views_of_theirs_on_columns_that_go_are_named(postgres: str) -> None:
    told: list[str] = []
    home = PostgresStore(postgres, catalogue_of_types(), on_wait=told.append)
    home.prepare()
    with psycopg.connect(postgres, autocommit=True) as asking:
        asking.execute("CREATE VIEW theirs AS SELECT reason FROM pledger.suspense")
        begun = home.begin_generation()
        asking.execute("ALTER TABLE pledger_g2.suspense RENAME COLUMN reason TO why")
        home.swap(begun.id)
        assert len(told) == 1
        for part in ("expected", "theirs", "drop them, start a worker"):
            assert part in told[0]
        live = home.live()
        assert live is not None
        assert live.id == 2, "reading goes on with the new views all the same"
        assert home.drop_retired() == [], "nothing to wait for"
        assert schemas(postgres) == {"pledger", "pledger_g1", "pledger_g2"}
        asking.execute("SELECT reason FROM theirs")
        asking.execute("DROP VIEW theirs")
        told.clear()
        home.prepare()  # as a worker does
        assert not told
        asking.execute("SELECT why FROM pledger.suspense")
    eventually_dropped(home)
    assert schemas(postgres) == {"pledger", "pledger_g2"}


# ---------------------------------------------------------------------------- reading


def test_a_reader_sees_one_moment(postgres: str) -> None:
    keeper = PostgresKeeper(postgres)
    keeper.keep_up(MemoryLedger(STORY[:HALF]))
    with keeper.reading() as session:
        before = session.horizon
        keeper.keep_up(MemoryLedger(STORY))
        assert session.horizon == before == {0: HALF}
        assert session.rows("SELECT count(*) FROM fact") == [(HALF,)]
    with keeper.reading() as session:
        assert session.horizon == {0: len(STORY)}


def test_what_a_reader_makes_goes_with_it(home: PostgresStore) -> None:
    home.prepare()
    with home.reading() as session:
        session.shadow()
        session.execute("CREATE VIEW fact AS SELECT 1 AS one")
        assert session.rows("SELECT * FROM fact") == [(1,)]
    with home.reading() as session:
        assert session.rows("SELECT count(*) FROM fact") == [(0,)]
