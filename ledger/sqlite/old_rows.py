"""Rows of a ledger of version 1, each held to what could be a fact: nothing is kept there to check
them by."""

from __future__ import annotations

from collections.abc import Iterator
from types import NoneType
from typing import Any, NamedTuple

from eventsourcing.sqlite import SQLiteCursor

from domain.instants import EARLIEST, LATEST
from ledger.extensions import extensions_from_text
from ledger.port import CANONICAL_ID
from ledger.sqlite.damage import FAILURES

Row = tuple[Any, ...]

_NEXT = (
    "SELECT rowid, originator_id, topic, source, subject, time, recorded_at, correlationid,"
    " causationid, sequence, extensions, state"
    " FROM stored_events WHERE rowid > ? ORDER BY rowid LIMIT ?"
)
_POSITIONS = "SELECT rowid FROM stored_events WHERE rowid > ? ORDER BY rowid LIMIT ?"
# What the columns behind the position hold, by the field's names, and the types of their values.
_OPTIONAL = (str, NoneType)
_KINDS: tuple[tuple[str, type | tuple[type, ...]], ...] = (
    ("id", str), ("type", str), ("source", str), ("subject", str), ("time", int),
    ("recorded time", int), ("correlation", _OPTIONAL), ("causation", _OPTIONAL),
    ("sequence", _OPTIONAL), ("extensions", _OPTIONAL), ("body", bytes),
)  # fmt: skip


class Stored(NamedTuple):
    """What lies at a position, and the name of what is none in it; None if it could be a fact."""

    position: int
    row: Row
    wrong: str | None


def after(c: SQLiteCursor, position: int, limit: int) -> Iterator[Stored]:
    """The next rows behind a position, at most so many. Raises what SQLite raises."""
    for at, row in _read(c, position, limit):
        yield Stored(at, row, _wrong(row))


def _read(c: SQLiteCursor, position: int, limit: int) -> list[tuple[int, Row]]:
    try:
        c.execute(_NEXT, (position, limit))
        return [(row[0], tuple(row)) for row in c.fetchall()]
    except FAILURES:
        # Of one of them, most likely: the others are read all the same.
        c.execute(_POSITIONS, (position, limit))
        return [(at, _row(c, at)) for (at,) in map(tuple, c.fetchall())]


def _row(c: SQLiteCursor, position: int) -> Row:
    try:
        c.execute(_NEXT, (position - 1, 1))
        return tuple(c.fetchone())
    except FAILURES:
        return ()


def _wrong(row: Row) -> str | None:
    if not row:
        return "text"
    for (name, kind), value in zip(_KINDS, row[1:], strict=True):
        if not isinstance(value, kind):
            return name
    if not CANONICAL_ID.fullmatch(row[1]):
        return "id"
    for name, value in (("time", row[5]), ("recorded time", row[6])):
        if not EARLIEST <= value <= LATEST:
            return name
    return "extensions" if row[10] is not None and not _are_extensions(row[10]) else None


def _are_extensions(text: str) -> bool:
    try:
        found = extensions_from_text(text)
    except ValueError:
        return False
    return isinstance(found, dict) and all(isinstance(each, str) for each in found.values())
