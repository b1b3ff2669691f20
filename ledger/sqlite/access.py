"""Keys, passes and access records in one SQLite file, beside the ledger of an embedded home.

Any number of processes may use it at once: what one revokes, others find revoked at their next
look. A commit does not wait for the disk. Whoever makes or revokes a key is told once it is
durable; an access record is there before its answer is given, whatever becomes of the process, and
a power cut may take those of the last moments.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from eventsourcing.sqlite import SQLiteCursor

from domain.access import HANDLE_BYTES, AccessRecord, StoredKey, StoredPass
from domain.instants import from_microseconds, to_microseconds
from ledger.sqlite.errors import Explained
from ledger.sqlite.file import Kind, LedgerDatastore, address_to_write, is_of, lay_out, sync
from ledger.sqlite.recorder import statements_in

#: "Plda": marks the file among SQLite files.
KIND = Kind(0x506C6461, 1, "keys and access records", "move it away, and keys are made anew")

_KEY = "SELECT name, digest, scopes, departments, made_at, expires_at, revoked_at, used_at"
_PASS = "SELECT digest, kind, name, scopes, departments, expires_at"  # noqa: S105 - of a query
#: A pass of a key that was revoked is none, whichever of the two came first.
_STANDS = "name NOT IN (SELECT name FROM access_key WHERE revoked_at IS NOT NULL)"


class SQLiteAccess:
    """The file at ``path``, which is made if it is not there. ``patience`` is how long, in seconds,
    one waits while another process writes. Errors are those of ``ledger.errors``. Threads may share
    one."""

    def __init__(self, path: Path, *, patience: float = 10.0) -> None:
        self.path = path
        self._patience = patience
        self._datastore = LedgerDatastore(address_to_write(path), patience, synchronous="NORMAL")
        try:
            with Explained(path, patience), self._datastore.get_connection(commit=False) as one:
                if not is_of(one, path, KIND):
                    # A crash here leaves an empty database: the next opening makes it the file.
                    lay_out(one, path)
                    self._make()
        except BaseException:
            self.close()
            raise

    def _make(self) -> None:
        with self._datastore.transaction(commit=True) as c:
            for statement in (*statements_in("access.sql"), *KIND.marking()):
                c.execute(statement)

    def add_key(self, key: StoredKey) -> bool:
        """See ``AccessStore``."""
        row = (key.name, key.digest, *_grants(key), *map(_number, key[4:]))
        with self._writing() as c:
            c.execute(f"INSERT OR IGNORE INTO access_key VALUES ({_marks(row)})", row)
            added = c.sqlite_cursor.rowcount == 1
        self._sync()
        return added

    def all_keys(self) -> list[StoredKey]:
        """See ``AccessStore``."""
        return [_key(row) for row in self._rows(f"{_KEY} FROM access_key ORDER BY name")]

    def keys_like(self, digest: bytes) -> list[StoredKey]:
        """See ``AccessStore``."""
        where = f"substr(digest, 1, {HANDLE_BYTES}) = ?"
        rows = self._rows(f"{_KEY} FROM access_key WHERE {where}", digest[:HANDLE_BYTES])
        return [_key(row) for row in rows]

    def revoke(self, name: str, at: datetime) -> StoredKey | None:
        """See ``AccessStore``. A crash leaves all of it or nothing."""
        instant = to_microseconds(at)
        with self._writing() as c:
            c.execute(
                "UPDATE access_key SET revoked_at = coalesce(revoked_at, ?) WHERE name = ?",
                (instant, name),
            )
            c.execute("DELETE FROM access_pass WHERE name = ?", (name,))
        self._sync()
        rows = self._rows(f"{_KEY} FROM access_key WHERE name = ?", name)
        return _key(rows[0]) if rows else None

    def note_use(self, name: str, at: datetime) -> None:
        """See ``AccessStore``."""
        with self._writing() as c:
            c.execute(
                "UPDATE access_key SET used_at = max(coalesce(used_at, 0), ?) WHERE name = ?",
                (to_microseconds(at), name),
            )

    def add_pass(self, one: StoredPass, now: datetime) -> None:
        """See ``AccessStore``."""
        row = (one.digest, one.kind, one.name, *_grants(one), to_microseconds(one.expires_at))
        with self._writing() as c:
            c.execute("DELETE FROM access_pass WHERE expires_at <= ?", (to_microseconds(now),))
            c.execute(f"INSERT INTO access_pass VALUES ({_marks(row)})", row)

    def passes_like(self, digest: bytes) -> list[StoredPass]:
        """See ``AccessStore``."""
        rows = self._rows(
            f"{_PASS} FROM access_pass WHERE substr(digest, 1, {HANDLE_BYTES}) = ? AND {_STANDS}",
            digest[:HANDLE_BYTES],
        )
        return [_pass(row) for row in rows]

    def end_pass(self, digest: bytes) -> bool:
        """See ``AccessStore``."""
        with self._writing() as c:
            c.execute("DELETE FROM access_pass WHERE digest = ?", (digest,))
            return c.sqlite_cursor.rowcount == 1

    def end_passes_of(self, name: str) -> int:
        """See ``AccessStore``."""
        with self._writing() as c:
            c.execute("DELETE FROM access_pass WHERE name = ?", (name,))
            ended = c.sqlite_cursor.rowcount
        self._sync()
        return ended

    def record(self, read: AccessRecord) -> None:
        """See ``AccessStore``."""
        row = (to_microseconds(read.at), read.who, read.what, _json(read.fields), _json(read.facts))
        with self._writing() as c:
            c.execute(
                "INSERT INTO access_record (at, who, what, fields, facts) VALUES (?, ?, ?, ?, ?)",
                row,
            )

    def records(self, after: int, limit: int, who: str | None = None) -> list[AccessRecord]:
        """See ``AccessStore``."""
        rows = self._rows(
            "SELECT at, who, what, fields, facts, number FROM access_record"
            " WHERE number > ? AND (? IS NULL OR who = ?) ORDER BY number LIMIT ?",
            *(after, who, who, limit),
        )
        return [_record(*row) for row in rows]

    def close(self) -> None:
        """Close the file."""
        self._datastore.close()

    @contextmanager
    def _writing(self) -> Iterator[SQLiteCursor]:
        with (
            Explained(self.path, self._patience),
            self._datastore.transaction(commit=True) as c,
        ):
            yield c

    def _sync(self) -> None:
        with Explained(self.path, self._patience):
            sync(self.path)

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with (
            Explained(self.path, self._patience),
            self._datastore.transaction(commit=False) as c,
        ):
            c.execute(sql, values)
            return [tuple(row) for row in c.fetchall()]


def _marks(row: tuple[object, ...]) -> str:
    return ", ".join("?" * len(row))


def _json(values: Iterable[str]) -> str:
    return json.dumps(list(values), ensure_ascii=False)


def _grants(of: StoredKey | StoredPass) -> tuple[str, str | None]:
    """The columns of what one may do, and for whom."""
    return _json(of.scopes), None if of.departments is None else _json(of.departments)


def _number(instant: datetime | None) -> int | None:
    return None if instant is None else to_microseconds(instant)


def _instant(number: int | None) -> datetime | None:
    return None if number is None else from_microseconds(number)


def _granted(
    scopes: str, departments: str | None
) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    of = None if departments is None else tuple(json.loads(departments))
    return tuple(json.loads(scopes)), of


def _key(row: tuple[Any, ...]) -> StoredKey:
    name, digest, scopes, departments, made_at, *instants = row
    granted = _granted(scopes, departments)
    return StoredKey(name, digest, *granted, from_microseconds(made_at), *map(_instant, instants))


def _pass(row: tuple[Any, ...]) -> StoredPass:
    digest, kind, name, scopes, departments, expires_at = row
    granted = _granted(scopes, departments)
    return StoredPass(digest, kind, name, *granted, from_microseconds(expires_at))


def _record(at: int, who: str, what: str, fields: str, facts: str, number: int) -> AccessRecord:
    lists = tuple(json.loads(fields)), tuple(json.loads(facts))
    return AccessRecord(from_microseconds(at), who, what, *lists, number)
