"""What a home keeps of who may do what: keys, passes, and who read personal fields. No secret is
among it: of a key or a pass there is its digest alone."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

#: How many bytes at the beginning of a digest it is looked up by. What they find is compared whole,
#: in constant time.
HANDLE_BYTES = 8

#: A ticket is good for once, and becomes a session.
PassKind = Literal["ticket", "session"]


class StoredKey(NamedTuple):
    """A service's key: its name, the digest of it, what it may do, for whom (None: for every
    department), and its instants. ``used_at`` lags behind by a minute at the most."""

    name: str
    digest: bytes
    scopes: tuple[str, ...]
    departments: tuple[str, ...] | None
    made_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None = None
    used_at: datetime | None = None


class StoredPass(NamedTuple):
    """What a person's browser has in the place of a key: as whom, until when."""

    digest: bytes
    kind: PassKind
    name: str
    scopes: tuple[str, ...]
    departments: tuple[str, ...] | None
    expires_at: datetime


class AccessRecord(NamedTuple):
    """That somebody read personal fields: when, who, by which question, which fields, and of which
    facts by their ids. ``number`` is given by the store, growing; 0 before that."""

    at: datetime
    who: str
    what: str
    fields: tuple[str, ...]
    facts: tuple[str, ...]
    number: int = 0
