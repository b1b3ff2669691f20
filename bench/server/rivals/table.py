"""The table that every rival fills, a row a commitment: its state, its due date, when it was
honoured. As simple as an example in a documentation: each fact changes the row as it comes, and
facts that are retracted, come late or name unknown commitments are not thought of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypedDict

from domain.instants import EPOCH, MICROSECOND
from schemas import codec

#: The facts that bear on the table, and the state that each leads to; None: it stays.
STATES: Mapping[str, str | None] = {
    "commitment.made": "open",
    "commitment.rescheduled": None,
    "commitment.honoured": "honoured",
    "commitment.released": "released",
    "commitment.abandoned": "abandoned",
    "commitment.reopened": "open",
    "commitment.disputed": "disputed",
    "commitment.dispute_settled": None,
}
#: Their names as Kafka's headers have them.
NAMES = frozenset(type.encode() for type in STATES)


class Row(TypedDict):
    """A row. Instants are in microseconds since 1970, 0 where there is none."""

    commitment_id: str
    state: str
    due_at: int
    honoured_at: int


#: What a fact says to the table: its type, its time and its body.
Said = tuple[str, int, Mapping[str, Any]]


def said(headers: Iterable[tuple[str, bytes]], value: bytes) -> Said:
    """A fact that bears on the table, from its message."""
    time = dict(headers)["ce_time"].decode()
    type, body = codec.decode(value)
    return type, micros(datetime.fromisoformat(time)), body


def bears(headers: Iterable[tuple[str, bytes]]) -> bool:
    """Whether a message bears on the table: read from its headers, without its body."""
    return any(name == "ce_type" and value in NAMES for name, value in headers)


def step(row: Row | None, fact: Said) -> Row:
    """The row after one more fact."""
    type, time, body = fact
    name = body["commitment_id"]
    before = row or Row(commitment_id=name, state="open", due_at=0, honoured_at=0)
    state = STATES[type] or before["state"]
    if type == "commitment.dispute_settled":
        state = "open" if body["outcome"] == "upheld" else "honoured"
    due_at = before["due_at"] if body.get("due_at") is None else micros(body["due_at"])
    honoured_at = time if type == "commitment.honoured" else before["honoured_at"]
    if state not in ("honoured", "disputed"):
        honoured_at = 0
    return Row(commitment_id=name, state=state, due_at=due_at, honoured_at=honoured_at)


def micros(instant: datetime) -> int:
    """Microseconds since 1970."""
    return (instant - EPOCH) // MICROSECOND
