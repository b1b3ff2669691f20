"""Keys, passes and access records in the control schema of a server home, where every process that
serves it finds the same ones: what one revokes, others find revoked at their next look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import RLock
from typing import Any

from domain.access import HANDLE_BYTES, AccessRecord, StoredKey, StoredPass
from projections.file_locks import OnWait
from projections.postgres import migration
from projections.postgres.connection import Postgres, connect
from projections.postgres.control_schema import lock, named
from projections.postgres.errors import explained
from projections.sql_files import statements_of

_SQL = statements_of(__file__)


class PostgresAccess:
    """What a control schema keeps of it, whose tables are made where they are not there. Errors are
    those of ``projections.errors``. Threads may share one: each has its turn. A connection that was
    lost is made anew."""

    def __init__(self, dsn: str, schema: str, on_wait: OnWait) -> None:
        self._dsn = dsn
        self._schema = schema
        self._turn = RLock()
        self._connection = connect(dsn, "control")
        try:
            with explained():
                migration.prepare(self._connection, schema, on_wait)
        except BaseException:
            self.close()
            raise

    def add_key(self, key: StoredKey) -> bool:
        """See ``AccessStore``."""
        row = [key.name, key.digest, *_grants(key), *key[4:]]
        return bool(self._run("add_key", row))

    def all_keys(self) -> list[StoredKey]:
        """See ``AccessStore``."""
        return [_key(row) for row in self._ask("keys", [])]

    def keys_like(self, digest: bytes) -> list[StoredKey]:
        """See ``AccessStore``."""
        rows = self._ask("keys_like", [HANDLE_BYTES, digest[:HANDLE_BYTES]])
        return [_key(row) for row in rows]

    def revoke(self, name: str, at: datetime) -> StoredKey | None:
        """See ``AccessStore``. A crash leaves all of it or nothing."""
        with self._transaction():
            rows = self._run("revoke", [at, name])
            self._run("end_passes_of", [name])
        return _key(rows[0]) if rows else None

    def note_use(self, name: str, at: datetime) -> None:
        """See ``AccessStore``."""
        self._run("note_use", [at, name])

    def add_pass(self, one: StoredPass, now: datetime) -> None:
        """See ``AccessStore``."""
        with self._transaction():
            self._run("expire_passes", [now])
            row = [one.digest, one.kind, one.name, *_grants(one), one.expires_at]
            self._run("add_pass", row)

    def passes_like(self, digest: bytes) -> list[StoredPass]:
        """See ``AccessStore``."""
        rows = self._ask("passes_like", [HANDLE_BYTES, digest[:HANDLE_BYTES]])
        return [_pass(row) for row in rows]

    def end_pass(self, digest: bytes) -> bool:
        """See ``AccessStore``."""
        return bool(self._run("end_pass", [digest]))

    def end_passes_of(self, name: str) -> int:
        """See ``AccessStore``."""
        return len(self._run("end_passes_of", [name]))

    def record(self, read: AccessRecord) -> None:
        """See ``AccessStore``. One at a time, so that numbers appear in their order: who has read
        up to one has missed none before it."""
        row = [read.at, read.who, read.what, list(read.fields), list(read.facts)]
        with self._transaction():
            lock(self._connection, f"{self._schema}:access_record")
            self._run("record", row)

    def records(self, after: int, limit: int, who: str | None = None) -> list[AccessRecord]:
        """See ``AccessStore``."""
        rows = self._ask("records", {"after": after, "limit": limit, "who": who})
        return [_record(row) for row in rows]

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _ask(self, name: str, values: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The rows of a question, which can be asked again where the connection breaks under it."""
        with self._turn:
            try:
                return self._run(name, values)
            except Exception:
                if not self._connection.closed:
                    raise
                return self._run(name, values)

    def _run(self, name: str, values: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
        with self._turn, explained():
            cursor = self._open().execute(named(_SQL[name], self._schema), values)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._turn, explained(), self._open().transaction():
            yield

    def _open(self) -> Postgres:
        if self._connection.closed:
            self._connection = connect(self._dsn, "control")
        return self._connection


def _grants(of: StoredKey | StoredPass) -> tuple[list[str], list[str] | None]:
    """The columns of what one may do, and for whom."""
    return list(of.scopes), None if of.departments is None else list(of.departments)


def _granted(
    scopes: Sequence[str], departments: Sequence[str] | None
) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    return tuple(scopes), None if departments is None else tuple(departments)


def _utc(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.astimezone(UTC)


def _key(row: tuple[Any, ...]) -> StoredKey:
    name, digest, scopes, departments, made_at, *instants = row
    granted = _granted(scopes, departments)
    return StoredKey(name, digest, *granted, made_at.astimezone(UTC), *map(_utc, instants))


def _pass(row: tuple[Any, ...]) -> StoredPass:
    digest, kind, name, scopes, departments, expires_at = row
    granted = _granted(scopes, departments)
    return StoredPass(digest, kind, name, *granted, expires_at.astimezone(UTC))


def _record(row: tuple[Any, ...]) -> AccessRecord:
    at, who, what, fields, facts, number = row
    return AccessRecord(at.astimezone(UTC), who, what, tuple(fields), tuple(facts), number)
