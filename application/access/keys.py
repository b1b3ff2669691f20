"""API keys: what a service shows at a door to be known."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, TypedDict

from application.access.principals import SCOPES, Principal, Scope
from application.access.tokens import Chance, digest_of, new_token, of_digest
from application.errors import Unknown, Wrong
from application.request_checks import meant
from domain.access import StoredKey

if TYPE_CHECKING:
    from application.access.store import AccessStore

#: What every key begins with, so that one that lies about is known for what it is.
PREFIX = "pk_"
#: In the place of a department: every one.
EVERY_DEPARTMENT = "*"
#: What is done in the name of a department.
_FOR_DEPARTMENTS: tuple[Scope, ...] = ("emit", "desk")
#: How often at the most it is noted that a key was used.
NOTED_EVERY = timedelta(minutes=1)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


@dataclass(frozen=True, kw_only=True)
class NewKey:
    """A key that is wanted: its name; what it may do; of emit and desk, for which departments
    (``*`` alone: for every one); and how long it is good, as an ISO 8601 duration, None for as long
    as it is not revoked. Raises ``Wrong``."""

    name: str
    scopes: Sequence[str]
    departments: Sequence[str] = ()
    expires: str | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise Wrong(
                "a name of at most 64 letters, digits and . _ @ -, with a letter or a digit first",
                f"{self.name!r}",
                "name the key after who uses it, as in web-shop",
            )
        if not self.scopes:
            raise Wrong(f"one of the scopes {', '.join(SCOPES)}", "none", "say what it is for")
        for scope in self.scopes:
            if scope not in SCOPES:
                known = f"one of the scopes {', '.join(SCOPES)}"
                raise Wrong(known, f"{scope!r}", meant(scope, SCOPES) or "name one of them")
        self._expect_departments()

    def _expect_departments(self) -> None:
        bound = [scope for scope in _FOR_DEPARTMENTS if scope in self.scopes]
        if bound and not self.departments:
            raise Wrong(
                f"the departments in whose name a key with the scope {bound[0]!r} speaks",
                "none",
                "{name the departments}",
            )
        if self.departments and not bound:
            raise Wrong(
                f"a key with the scope {' or '.join(_FOR_DEPARTMENTS)}, for departments",
                f"{', '.join(self.scopes)} alone, which no department bounds",
                "leave the departments out, or add such a scope",
            )
        if EVERY_DEPARTMENT in self.departments:
            if len(self.departments) > 1:
                raise Wrong(
                    "departments by name, or * alone for every one", "both", "leave one out"
                )
            return
        from ledger.envelope import source_problem

        for department in self.departments:
            if "/" in department or source_problem(f"/{department}/system") is not None:
                raise Wrong(
                    "a department as in a source, without spaces and slashes",
                    "another text",
                    "write it as sources do: care for /care/phone",
                )


class Made(TypedDict):
    """A key that was made, with the key itself, which is shown this once. ``departments`` is null
    for every one."""

    name: str
    key: str
    scopes: list[str]
    departments: list[str] | None
    expires_at: datetime | None


class Listed(TypedDict):
    """A key as lists show it: everything but the key itself."""

    name: str
    scopes: list[str]
    departments: list[str] | None
    made_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None


class Keys(TypedDict):
    """The keys by name, those that are good no more too."""

    keys: list[Listed]


class Revoked(TypedDict):
    """Whose key and sessions are good no more, since when, and how many sessions that ended; null
    where there is no key of that name."""

    name: str
    revoked_at: datetime | None
    sessions_ended: int


def create(store: AccessStore, asked: NewKey, now: datetime, chance: Chance) -> Made:
    """Make a key. Raises ``Wrong`` where its name is taken, or its duration can't be read."""
    token = new_token(PREFIX, chance)
    every = EVERY_DEPARTMENT in asked.departments or not asked.departments
    key = StoredKey(
        asked.name,
        digest_of(token),
        tuple(scope for scope in SCOPES if scope in asked.scopes),
        None if every else tuple(sorted({*asked.departments})),
        now,
        _end(asked, now),
    )
    if not store.add_key(key):
        raise Wrong(
            "a name that no key has had",
            f"{asked.name!r}, which one has, good or not",
            "name it otherwise: records of access call keys by their names",
        )
    listed = _listed(key)
    return {
        "name": key.name,
        "key": token,
        "scopes": listed["scopes"],
        "departments": listed["departments"],
        "expires_at": key.expires_at,
    }


def _end(asked: NewKey, now: datetime) -> datetime | None:
    if asked.expires is None:
        return None
    from domain.durations import add, parse

    end = add(now, parse(asked.expires))
    if end <= now:
        raise Wrong("a key that is good for some time", f"{asked.expires}", "give it longer")
    return end


def listed(store: AccessStore) -> Keys:
    """All keys, without what would let anybody in."""
    return {"keys": [_listed(key) for key in store.all_keys()]}


def _listed(key: StoredKey) -> Listed:
    return {
        "name": key.name,
        "scopes": list(key.scopes),
        "departments": None if key.departments is None else list(key.departments),
        "made_at": key.made_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "used_at": key.used_at,
    }


def revoke(store: AccessStore, name: str, now: datetime) -> Revoked:
    """Revoke a key, at once in all processes, and end the sessions of its name; also those of a
    name that has no key. Raises ``Unknown`` where there is neither."""
    ended = store.end_passes_of(name)
    key = store.revoke(name, now)
    if key is None and not ended:
        known = [each.name for each in store.all_keys()]
        raise Unknown(
            "the name of a key, or of somebody with a session",
            f"{name!r}",
            meant(name, known) or "{key list} has the keys",
        )
    return {
        "name": name,
        "revoked_at": None if key is None else key.revoked_at,
        "sessions_ended": ended,
    }


class KeyHolders:
    """Who holds which key, for a door: looked up anew each time, so that what is revoked elsewhere
    is at once nobody's here. That a key was used is noted behind the requests, which wait for no
    disk; ``close`` waits until all is noted."""

    def __init__(self, store: AccessStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._lock = Lock()
        self._noted: dict[str, datetime] = {}
        self._notes = ThreadPoolExecutor(max_workers=1, thread_name_prefix="key-use")

    def whose(self, token: str) -> Principal | None:
        """Whose key it is; None where nobody's, or where it has expired or was revoked."""
        found = self.found(token)
        return found and found[0]

    def found(self, token: str) -> tuple[Principal, datetime | None] | None:
        """As ``whose``, with the end of the key, if it has one."""
        digest = digest_of(token)
        key = of_digest(digest, self._store.keys_like(digest))
        now = self._clock()
        if key is None or not good(key, now):
            return None
        self._note(key, now)
        return principal(key.name, key.scopes, key.departments), key.expires_at

    def _note(self, key: StoredKey, now: datetime) -> None:
        with self._lock:
            noted = self._noted.get(key.name, key.used_at)
            if noted is not None and now - noted < NOTED_EVERY:
                return
            self._noted[key.name] = now
        try:
            noting = self._notes.submit(self._store.note_use, key.name, now)
        except RuntimeError:  # closed: this is the last request
            return
        noting.add_done_callback(lambda done: self._forget(done, key.name))

    def _forget(self, noting: Future[None], name: str) -> None:
        """Where it could not be noted, the next use is."""
        if noting.exception() is not None:
            with self._lock:
                self._noted.pop(name, None)

    def close(self) -> None:
        """Return when all is noted."""
        self._notes.shutdown()


def good(key: StoredKey, now: datetime) -> bool:
    """Whether a key opens anything now."""
    return key.revoked_at is None and (key.expires_at is None or now < key.expires_at)


def principal(name: str, scopes: Sequence[str], departments: Sequence[str] | None) -> Principal:
    """Who may do what is stored. Scopes of another version of Pledger open nothing."""
    known = frozenset(scope for scope in SCOPES if scope in scopes)
    return Principal(name, known, None if departments is None else frozenset(departments))
