"""Connections for questions that stay open: few do for many, nothing of a question is left in one,
and a server that was started again is found again."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from consumers.embedded_projector import catalogue_of_types
from projections.errors import Away, Busy
from projections.postgres import readers
from projections.postgres.store import PostgresStore
from tests.helpers import PATIENCE

MOST = 2


@pytest.fixture
def home(postgres: str) -> Iterator[PostgresStore]:
    with closing(PostgresStore(postgres, catalogue_of_types(), readers=MOST)) as store:
        store.prepare()
        yield store


def ask(home: PostgresStore) -> int:
    """Ask something; which process of the server answered."""
    with home.reading() as session:
        session.alias("known_as", "party_identity")
        assert session.rows("SELECT count(*) FROM known_as") == [(0,)]
        return session.connection.info.backend_pid


def test_many_questions_take_few_connections(home: PostgresStore) -> None:
    together = Barrier(MOST)

    def at_once() -> int:
        with home.reading() as session:
            together.wait(PATIENCE)
            return session.connection.info.backend_pid

    with ThreadPoolExecutor(MOST) as threads:
        used = {each.result() for each in [threads.submit(at_once) for _ in range(MOST)]}
    with ThreadPoolExecutor(3 * MOST) as threads:
        found = {each.result() for each in [threads.submit(ask, home) for _ in range(40)]}
    assert len(used) == MOST
    assert found <= used


def test_nothing_of_a_question_is_left(home: PostgresStore) -> None:
    pid = ask(home)
    with home.reading() as session:
        assert session.connection.info.backend_pid == pid
        assert session.rows("SELECT count(*) FROM party_identity") == [(0,)]
        with pytest.raises(psycopg.errors.UndefinedTable):
            session.rows("SELECT * FROM known_as")
    assert ask(home) == pid  # one that failed is as good as new, too


def test_it_holds_on_to_no_generation_between_questions(home: PostgresStore) -> None:
    ask(home)
    home.swap(home.begin_generation().id)
    assert home.drop_retired() == []
    with home.reading() as session:
        assert session.generation == 2


def test_a_server_that_was_started_again_is_found_again(home: PostgresStore) -> None:
    together = Barrier(MOST)

    def at_once() -> None:
        with home.reading():
            together.wait(PATIENCE)

    with ThreadPoolExecutor(MOST) as threads:
        for each in [threads.submit(at_once) for _ in range(MOST)]:
            each.result()
    with psycopg.connect(home.dsn, autocommit=True) as other:
        ended = other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'pledger reader' AND datname = current_database()"
        ).fetchall()
    assert len(ended) == MOST
    for _ in range(2 * MOST):
        ask(home)


def test_one_that_breaks_in_a_question_is_not_kept(home: PostgresStore) -> None:
    pid = ask(home)

    def broken() -> None:
        with home.reading() as session:
            with psycopg.connect(home.dsn, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [pid])
            session.rows("SELECT 1")

    with pytest.raises(psycopg.OperationalError):
        broken()
    assert ask(home) != pid


def test_who_waits_in_vain_is_told_why(
    home: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "WAIT_S", 0.2)
    nowhere = make_conninfo(home.dsn, port=1, host="127.0.0.1")
    with (
        closing(PostgresStore(nowhere, catalogue_of_types(), readers=1)) as away,
        pytest.raises(Away, match="start it"),
        away.reading(),
    ):
        pass
    with (
        closing(PostgresStore(home.dsn, catalogue_of_types(), readers=1)) as one,
        one.reading(),
        pytest.raises(Busy, match="to be free"),
        one.reading(),
    ):
        pass
