"""A clock that a test moves, chance that it can tell, and stores."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from starlette.testclient import TestClient

from application.access.keys import KeyHolders, NewKey, create
from application.access.principals import SCOPES, Principal, Scope
from application.access.sessions import Sessions
from application.access.store import AccessStore
from domain.access import AccessRecord, StoredKey, StoredPass
from entrypoints.http.callers import Access, welcome
from entrypoints.http.sessions import FORM_FIELD
from ledger.sqlite.access import SQLiteAccess
from tests.privacy.planted import SECRET

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ORIGIN = "http://127.0.0.1:8321"
MADE = {
    "specversion": "1.0",
    "id": "0195b1d8-8c00-7000-8000-000000000001",
    "type": "commitment.made",
    "source": "/care/mail",
    "subject": "customer:8412",
    "time": "2026-01-01T09:00:00Z",
    "data": {"commitment_id": "ROSE", "about": "replacement", "wording": SECRET},
}


class Clock:
    """A clock that stands until a test moves it."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


class Chance:
    """Bytes that are other ones each time, and the same in each run."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, size: int) -> bytes:
        self.calls += 1
        return sha256(str(self.calls).encode()).digest()[:size]


def somebody(*scopes: Scope, name: str = "somebody", departments: str | None = None) -> Principal:
    """A principal, of all scopes where none is said."""
    bound = None if departments is None else frozenset(departments.split())
    return Principal(name, frozenset(scopes or SCOPES), bound)


def stored_key(name: str, digest: bytes, **more: Any) -> StoredKey:
    """A key that may ask, made now."""
    return StoredKey(name, digest, ("ask",), None, NOW, None)._replace(**more)


def stored_pass(name: str, digest: bytes, **more: Any) -> StoredPass:
    """A session that is good for an hour."""
    end = NOW + timedelta(hours=1)
    return StoredPass(digest, "session", name, ("ask",), None, end)._replace(**more)


@contextmanager
def access_in(store: AccessStore, clock: Clock) -> Iterator[Access]:
    """What a door asks, over a store, without an issuer."""
    chance, keys = Chance(), KeyHolders(store, clock)
    try:
        yield Access(store, keys, Sessions(store, clock, chance), None, clock, chance)
    finally:
        keys.close()


class Noted:
    """A store of access records alone, in memory."""

    def __init__(self) -> None:
        self.read: list[AccessRecord] = []

    def record(self, read: AccessRecord) -> None:
        self.read.append(read)

    def records(self, after: int, limit: int, who: str | None = None) -> list[AccessRecord]:
        numbered = [one._replace(number=number) for number, one in enumerate(self.read, 1)]
        return [one for one in numbered if one.number > after and who in (None, one.who)][:limit]

    def passes_like(self, digest: bytes) -> list[StoredPass]:
        return []


def noting(clock: Callable[[], datetime]) -> Access:
    """What a door asks that knows its callers otherwise: who read personal fields is noted."""
    store, chance = cast("AccessStore", Noted()), Chance()
    return Access(
        store, KeyHolders(store, clock), Sessions(store, clock, chance), None, clock, chance
    )


@contextmanager
def sqlite_store(folder: Path) -> Iterator[SQLiteAccess]:
    """A store in a folder; opened again, the same."""
    store = SQLiteAccess(folder / "access.sqlite")
    try:
        yield store
    finally:
        store.close()


def key_of(access: Access, name: str, *scopes: str, **more: Any) -> str:
    asked = NewKey(name=name, scopes=scopes, **more)
    return create(access.store, asked, access.clock(), access.chance)["key"]


def bearing(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def logged_in(client: TestClient, access: Access) -> str:
    """Log in by the address that is shown at a start; the token of the forms of the session."""
    answer = client.get(welcome(access, ORIGIN).address)
    assert answer.status_code == 303
    page = client.get("/logout")
    found = re.search(rf'name="{FORM_FIELD}" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]
