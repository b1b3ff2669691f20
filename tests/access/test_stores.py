"""Both stores, held to the same; and what is of one alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from application.access.store import AccessStore
from ledger.errors import NotALedger, UnknownVersion
from ledger.sqlite.access import SQLiteAccess
from ledger.sqlite.decisions import SQLiteDecisions
from projections.postgres.access import PostgresAccess
from tests.access.contract import StoreContract
from tests.access.given import NOW, stored_key


class TestSQLite(StoreContract):
    """The file of an embedded home."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[AccessStore]:
        yield from opened(SQLiteAccess(tmp_path / "access.sqlite"))

    @pytest.fixture
    def another(self, store: AccessStore, tmp_path: Path) -> Iterator[AccessStore]:
        yield from opened(SQLiteAccess(tmp_path / "access.sqlite"))


class TestPostgres(StoreContract):
    """The control schema of a server home."""

    @pytest.fixture
    def store(self, postgres: str) -> Iterator[AccessStore]:
        yield from opened(PostgresAccess(postgres, "pledger", lambda sentence: None))

    @pytest.fixture
    def another(self, store: AccessStore, postgres: str) -> Iterator[AccessStore]:
        yield from opened(PostgresAccess(postgres, "pledger", lambda sentence: None))


def opened(store: AccessStore) -> Iterator[AccessStore]:
    yield store
    store.close()


def test_a_connection_that_breaks_is_made_anew(postgres: str) -> None:
    store = PostgresAccess(postgres, "pledger", lambda sentence: None)
    store.add_key(stored_key("a", b"\1" * 32))
    with psycopg.connect(postgres, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert [key.name for key in store.keys_like(b"\1" * 32)] == ["a"]
    store.close()


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    store = SQLiteAccess(tmp_path / "access.sqlite")
    store.add_key(stored_key("a", b"\1" * 32))
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    store.close()


@pytest.mark.parametrize("content", [b"", b"no database at all", None])
def test_only_its_own_file_is_taken_for_it(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "access.sqlite"
    if content is None:
        SQLiteDecisions(path).close()
    else:
        path.write_bytes(content)
    if content == b"":
        SQLiteAccess(path).close()  # as after a crash: it is made one
        return
    with pytest.raises(NotALedger):
        SQLiteAccess(path)


def test_a_later_version_of_the_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "access.sqlite"
    store = SQLiteAccess(path)
    store.add_key(stored_key("a", b"\1" * 32, made_at=NOW))
    with store._datastore.transaction(commit=True) as c:
        c.execute("PRAGMA user_version = 99")
    store.close()
    with pytest.raises(UnknownVersion):
        SQLiteAccess(path)
