"""Where a SQLite ledger ends."""

from __future__ import annotations

from typing import NamedTuple

from eventsourcing.sqlite import SQLiteCursor

from ledger.digest import START


class Tip(NamedTuple):
    """Where a ledger ends: the last position, when it was recorded, and the digest after it."""

    position: int = 0
    recorded_at: int = 0
    digest: int = START


def tip(c: SQLiteCursor) -> Tip:
    """Where the ledger ends; zeros for an empty one."""
    c.execute("SELECT position, recorded_at, digest FROM fact ORDER BY position DESC LIMIT 1")
    return Tip(*(c.fetchone() or ()))
