"""The commitment table as both sides must have it: its columns, and a digest of its rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from projections.session import Session

TEXTS = (
    "commitment_id",
    "customer",
    "subject",
    "about",
    "kind",
    "made_to",
    "entry_point",
    "supports",
    "due_chosen_by",
    "consigned",
    "made_id",
    "state",
    "owner",
    "proposed_owner",
)
NUMBERS = ("feasibility_checked", "reschedulings", "chases", "paused", "facts")
INSTANTS = (
    "made_at",
    "earliest_at",
    "requested_at",
    "first_due_at",
    "agreed_due_at",
    "latest_due_at",
    "honoured_at",
    "released_at",
    "abandoned_at",
    "first_chased_at",
    "last_sign_at",
)
COLUMNS = (*TEXTS, *NUMBERS, *INSTANTS)

#: What there is no column for is null; a truth value is 0 or 1; an instant is in microseconds.
Cell = str | int | None


def digest_of_view(session: Session) -> str:
    """A digest of the view ``commitment`` of a home."""
    values = [f"epoch_us({name})" if name in INSTANTS else _plain(name) for name in COLUMNS]
    return digest(session.rows(f"SELECT {', '.join(values)} FROM commitment"))


def _plain(name: str) -> str:
    if name in NUMBERS:
        # PostgreSQL makes a large number of a truth value by way of a smaller one only.
        return f"CAST(CAST({name} AS INTEGER) AS BIGINT)"
    return f"CAST({name} AS VARCHAR)"


def digest(rows: Iterable[Sequence[Cell]]) -> str:
    """The same for the same rows in any order, told as how many they are and a hash."""
    lines = sorted(repr(tuple(row)) for row in rows)
    return f"{len(lines):,} rows, {hashlib.sha256(chr(10).join(lines).encode()).hexdigest()[:16]}"
