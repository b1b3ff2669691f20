"""SQL of the data teams' own on PostgreSQL reads the views and the tables of facts, and does no
more. Each way out that is known is tried, and each of the things that close it by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from consumers.embedded_projector import catalogue_of_types
from projections.errors import QueryRefused, TooSlow
from projections.postgres import generations, read_role
from projections.postgres.adhoc_sql import query
from projections.postgres.connection import connected
from projections.postgres.session import PostgresSession
from projections.postgres.store import PostgresStore
from tests.projections.contract import STORY
from tests.projections.postgres.upkeep import PostgresTables
from tests.servers.fixtures import fresh_name

ACTING = [
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()",
    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()",
    "SELECT pg_advisory_lock(hashtextextended('pledger:live', 0))",
    "SELECT pg_try_advisory_xact_lock_shared(1, 2)",
    "SELECT pg_notify('workers', 'stop')",
    "SELECT pg_sleep(3600)",
    "SELECT set_config('role', 'none', true)",
    "SELECT set_config('transaction_read_only', 'off', true)",
    "SELECT set_config('statement_timeout', '0', true)",
    "SELECT lo_create(0)",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT nextval('a'::regclass) FROM fact",
    "SELECT setseed(0.5)",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_ls_dir('.')",
    "SELECT query_to_xml('SELECT set_config(''role'', ''none'', true)', true, true, '')",
    "SELECT cursor_to_xml('c', 1, true, true, '')",
    "SELECT schema_to_xml('pledger', true, true, '')",
    "SELECT * FROM ts_stat('SELECT set_config(''role'', ''none'', true)')",
    "SELECT ts_rewrite('a'::tsquery, 'SELECT pg_notify(''a'', ''b'')')",
    "SELECT pg_switch_wal()",
    "SELECT pg_reload_conf()",
    "SELECT pg_stat_reset()",
    "SELECT pg_create_restore_point('x')",
    "SELECT pg_export_snapshot()",
    "SELECT pg_catalog.pg_notify('workers', 'stop')",
    "SELECT \"pg_notify\"('workers', 'stop')",
    "SELECT U&\"pg\\005fnotify\"('workers', 'stop')",
    "SELECT 1 WHERE EXISTS (SELECT pg_notify('workers', 'stop'))",
    "SELECT * FROM fact ORDER BY pg_notify('workers', 'stop')",
    "SELECT * FROM pg_notify('workers', 'stop') AS n",
    "SELECT sum(1) OVER (ORDER BY pg_notify('a', 'b')::text) FROM fact",
    "SELECT count(*) FILTER (WHERE pg_notify('a', 'b') IS NULL) FROM fact",
    "SELECT CASE WHEN false THEN pg_notify('a', 'b') END",
    "SELECT 1 LIMIT (SELECT length(pg_notify('a', 'b')::text))",
    "WITH n AS (SELECT pg_notify('a', 'b')) SELECT 1 FROM n",
    "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT 1 FROM pg_notify('a', 'b')) TABLE n",
    "VALUES (pg_notify('a', 'b'))",
    "SELECT 1 /* pg_sleep */ + (SELECT length(pg_sleep(1)::text))",
]

OTHERS = [
    "SET ROLE NONE",
    "RESET ROLE",
    "SET SESSION AUTHORIZATION DEFAULT",
    "BEGIN",
    "COMMIT",
    "SELECT 1; COMMIT; SELECT pg_notify('a', 'b')",
    "SELECT 1) AS a; COMMIT; SELECT 1 FROM (SELECT 1",
    "SELECT 1) AS a, (SELECT 2",
    "NOTIFY workers",
    "LISTEN workers",
    "LOCK TABLE fact",
    "DO $$ BEGIN PERFORM 1; END $$",
    "CALL nothing()",
    "COPY fact TO PROGRAM 'cat'",
    "COPY (SELECT 1) TO STDOUT",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "DECLARE c CURSOR FOR SELECT 1",
    "EXPLAIN ANALYZE SELECT pg_notify('a', 'b')",
    "SHOW ALL",
    "VACUUM",
    "CREATE TEMP TABLE theirs AS SELECT 1",
    "SELECT 1 INTO TEMP theirs",
    "INSERT INTO fact SELECT * FROM fact",
    "WITH gone AS (DELETE FROM fact RETURNING 1) SELECT * FROM gone",
    "GRANT ALL ON fact TO PUBLIC",
    "ALTER ROLE CURRENT_USER NOLOGIN",
    "",
    "SELECT 1 --\n) AS a; COMMIT",
    "SELECT $1::text",
]

HIDDEN = [
    "SELECT value FROM pledger.quarantine",
    "SELECT * FROM pledger.generation",
    "SELECT * FROM pledger.rebuild",
    "SELECT subject, reason FROM parked",
    "SELECT * FROM claim",
    "SELECT * FROM pg_catalog.pg_authid",
    "SELECT * FROM pg_catalog.pg_largeobject",
    "SELECT * FROM fact FOR UPDATE",
]


@pytest.fixture
def told(tables: PostgresTables) -> PostgresTables:
    tables.empty()
    tables.apply_batch(STORY)
    return tables


@pytest.mark.parametrize("text", ACTING + OTHERS)
def test_what_does_more_than_read_is_refused(told: PostgresTables, text: str) -> None:
    with told.home.reading() as session, pytest.raises(QueryRefused):
        query(session, text)


@pytest.mark.parametrize("text", HIDDEN)
def test_what_is_not_for_data_teams_is_not_read(told: PostgresTables, text: str) -> None:
    with told.home.reading() as session, pytest.raises(QueryRefused, match="database says"):
        query(session, text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT count(*) FROM pledger.commitment",
        "TABLE fact",
        "VALUES (1, 'a'), (2, 'b')",
        "SELECT id, id FROM fact",
        "SELECT c FROM commitment AS c",
        "SELECT now(), random() < 2, gen_random_uuid() IS NOT NULL, clock_timestamp() > now()",
        "SELECT 'SET ROLE NONE; pg_notify(' || $$pg_sleep(1)$$ AS \"pg_sleep\" -- pg_terminate",
        "SELECT regexp_replace(subject, '[0-9]+$', '') AS kind, count(*) FROM fact GROUP BY 1",
        "SELECT array_agg(type ORDER BY time) FILTER (WHERE type LIKE 'c%') FROM fact",
        "SELECT rank() OVER (PARTITION BY type ORDER BY time DESC) FROM fact",
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY position) FROM fact",
        "SELECT date_trunc('month', time AT TIME ZONE 'Europe/Paris') FROM fact",
        "SELECT * FROM generate_series(1, 3) AS n",
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'pledger'",
        "SELECT s.id FROM fact AS s TABLESAMPLE BERNOULLI (100)",
        "WITH RECURSIVE n (x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < 3) TABLE n",
    ],
)
def test_what_reads_is_answered(told: PostgresTables, text: str) -> None:
    notes: list[str] = []
    with told.home.reading() as session:
        assert query(session, text, on_note=notes.append).num_rows
    assert not notes


def test_a_view_of_somebody_else_s_is_not_read(told: PostgresTables) -> None:
    with connected(told.home.dsn, "control") as connection:
        connection.execute("CREATE SCHEMA theirs")
        try:
            connection.execute(
                "CREATE VIEW theirs.trap AS SELECT set_config('role', 'none', true) AS x"
            )
            connection.execute("GRANT USAGE ON SCHEMA theirs TO PUBLIC")
            connection.execute("GRANT SELECT ON theirs.trap TO PUBLIC")
            with told.home.reading() as session, pytest.raises(QueryRefused, match="theirs.trap"):
                query(session, "SELECT * FROM fact, theirs.trap")
        finally:
            connection.execute("DROP SCHEMA theirs CASCADE")


def test_a_query_ends_in_time(told: PostgresTables) -> None:
    endless = "SELECT count(*) FROM generate_series(1, 100000000000)"
    with told.home.reading() as session, pytest.raises(TooSlow, match=r"0\.2 s"):
        query(session, endless, timeout_s=0.2)


def test_a_value_that_is_no_number_is_not_quoted(told: PostgresTables) -> None:
    with told.home.reading() as session, pytest.raises(QueryRefused) as refused:
        query(session, "SELECT CAST(subject AS integer) FROM fact")
    assert "customer" not in str(refused.value)


# -------------------------------------------------------------------------- each thing by itself


@contextmanager
def as_reader(told: PostgresTables) -> Iterator[PostgresSession]:
    with told.home.reading() as session:
        assert read_role.enter(session.connection, "pledger")
        yield session


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM pledger.quarantine",
        "SELECT * FROM parked",
        "INSERT INTO claim VALUES (1)",
        "DELETE FROM fact",
        "CREATE TABLE theirs (x integer)",
        "ALTER TABLE fact ADD COLUMN x integer",
        "DROP VIEW pledger.commitment",
        "SET LOCAL ROLE postgres",
    ],
)
def test_the_role_alone_may_not(told: PostgresTables, text: str) -> None:
    with as_reader(told) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.connection.execute(text.encode())


def test_the_role_alone_ends_nobody_s_session(told: PostgresTables) -> None:
    with connected(told.home.dsn, "worker") as worker, as_reader(told) as session:
        ((pid,),) = worker.execute("SELECT pg_backend_pid()").fetchall()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.connection.execute("SELECT pg_terminate_backend(%s)", [pid])


def test_the_role_reads_what_is_there_and_nothing_more(told: PostgresTables) -> None:
    read = (
        "SELECT n.nspname || '.' || c.relname FROM pg_class AS c"
        " JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname LIKE 'pledger%%'"
        " AND c.relkind IN ('r', 'v') AND has_table_privilege(c.oid, %s)"
    )
    with as_reader(told) as session:
        ((home,),) = session.connection.execute("SELECT current_schema()").fetchall()
        found = {name for (name,) in session.connection.execute(read, ["SELECT"]).fetchall()}
        written = session.connection.execute(read, ["INSERT, UPDATE, DELETE, TRUNCATE"]).fetchall()
    names = generations.published_names(catalogue_of_types())
    assert {f"{schema}.{name}" for schema in (home, "pledger") for name in names} == found
    assert not written


# ------------------------------------------------------------------------------ rights that follow


def reads(dsn: str, table: str) -> bool:
    with connected(dsn, "control") as connection:
        asked = "SELECT has_table_privilege('pledger_reader', %s, 'SELECT')"
        return bool(connection.execute(asked, [table]).fetchall()[0][0])


def test_rights_follow_a_rebuild(postgres: str) -> None:
    home = PostgresStore(postgres, catalogue_of_types())
    home.prepare()
    next_one = home.begin_generation()
    home.swap(next_one.id)
    assert home.drop_retired() == []
    with home.reading() as session:
        assert session.generation == next_one.id
        assert query(session, "SELECT count(*) FROM commitment").num_rows == 1
    assert reads(postgres, "pledger.commitment")


def test_rights_that_are_missing_are_given_when_a_worker_starts(postgres: str) -> None:
    home = PostgresStore(postgres, catalogue_of_types())
    home.prepare()
    with connected(postgres, "control") as connection:
        # As in a database of before there was the role; and a view that was dropped and made again.
        connection.execute("REVOKE ALL ON ALL TABLES IN SCHEMA pledger_g1 FROM pledger_reader")
        connection.execute("REVOKE ALL ON SCHEMA pledger_g1, pledger FROM pledger_reader")
        connection.execute("REVOKE ALL ON pledger.commitment FROM pledger_reader")
    notes: list[str] = []
    with home.reading() as session:
        query(session, "SELECT 1 FROM commitment", on_note=notes.append)
    (note,) = notes
    assert "as the owner" in note
    home.prepare()
    assert reads(postgres, "pledger_g1.commitment")
    assert reads(postgres, "pledger.commitment")


def test_an_owner_that_may_make_no_roles_is_told_who_may(postgres_server: str) -> None:
    owner, name = fresh_name("owner"), fresh_name("theirs")
    role = read_role.name_of(name)
    notes: list[str] = []
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {owner} LOGIN PASSWORD 'x'".encode())
        connection.execute(f"GRANT {owner} TO CURRENT_USER".encode())
        connection.execute(f"CREATE DATABASE {name} OWNER {owner}".encode())
        try:
            dsn = make_conninfo(postgres_server, dbname=name, user=owner, password="x")
            home = PostgresStore(dsn, catalogue_of_types(), schema=name, on_wait=notes.append)
            home.prepare()
            (note,) = notes
            advice = f"CREATE ROLE {role} NOLOGIN ROLE {owner}"
            assert advice in note
            with home.reading() as session:
                query(session, "SELECT 1 FROM fact", schema=name, on_note=notes.append)
                assert "as the owner of the views" in notes[1]
            with home.reading() as session, pytest.raises(QueryRefused):
                query(session, "SELECT pg_notify('a', 'b')", schema=name)
            connection.execute(advice.encode())
            home.prepare()
            with home.reading() as session:
                query(session, "SELECT 1 FROM fact", schema=name, on_note=notes.append)
            assert len(notes) == 2
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
            for gone in (owner, role):
                connection.execute(f"DROP ROLE IF EXISTS {gone}".encode())
