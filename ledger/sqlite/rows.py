"""Rows of a SQLite ledger as facts, each held to the digest that is stored with it.

A row is checked from the digest of the row before it. Where that row is not there, or is not as it
was, there may be nothing to check it by; it is then taken as it is only if the row before it is
missing altogether.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from eventsourcing.sqlite import SQLiteCursor

from ledger.digest import START, extend, numbers_to_bytes, texts_to_bytes
from ledger.extensions import extensions_from_text
from ledger.port import RecordedEvent
from ledger.sqlite.origins import Origin, Origins

#: What is read of a fact, in the order of ``ledger.port.RecordedEvent``: the id as bytes, the
#: origin in the place of type and source.
STORED = (
    "position, recorded_at, id, origin, subject, time, body,"
    " correlationid, causationid, sequence, extensions"
)

Row = tuple[Any, ...]

#: What can come of a row, or of a page, that was changed past the ledger.
UNREADABLE = (
    sqlite3.Error, struct.error, AttributeError, IndexError, OverflowError, TypeError, ValueError,
)  # fmt: skip


class Fault(NamedTuple):
    """What is wrong with the fact at a position, without quoting it."""

    position: int
    seen: str


class Step(NamedTuple):
    """What is at a position: a fact, or what is wrong with it."""

    position: int
    fact: RecordedEvent | None
    fault: Fault | None


def select(c: SQLiteCursor, where: str, values: Sequence[object]) -> list[Row]:
    """The columns of ``STORED`` and the digest of some facts."""
    cursor = c.sqlite_cursor
    cursor.row_factory = None  # plain tuples: a sqlite3.Row would only be taken apart again
    cursor.execute(f"SELECT {STORED}, digest FROM fact {where}", values)
    return cursor.fetchall()


def fact_of(row: Row, origins: Sequence[Origin | None]) -> RecordedEvent:
    """The fact of a row of ``select``."""
    position, recorded_at, key, number, subject, time, body, *rest = row
    id = key.hex()
    type, source, mark = _origin(origins, number)
    return RecordedEvent(
        position,
        recorded_at,
        f"{id[:8]}-{id[8:12]}-{id[12:16]}-{id[16:20]}-{id[20:]}",
        type,
        source,
        subject,
        time,
        body,
        rest[0],
        rest[1],
        rest[2],
        extensions_from_text(mark if rest[3] is None else rest[3]),
    )


def content_of(row: Row, origins: Sequence[Origin | None]) -> bytes:
    """The ``ledger.digest.content`` of a row of ``select``."""
    type, source, mark = _origin(origins, row[3])
    texts = (type, source, row[4], *row[7:10], mark if row[10] is None else row[10])
    numbers = numbers_to_bytes(row[0], row[1], row[5])
    return b"".join((numbers, row[2], texts_to_bytes(texts), row[6]))


def are_sound(
    rows: Sequence[Row], after: int, before: int | None, origins: Sequence[Origin | None]
) -> bool:
    """Whether rows follow each other from ``after`` on, and lead from the digest there to that of
    the last one."""
    if before is None or rows[0][0] != after + 1:
        return False
    if any(one[0] + 1 != other[0] for one, other in pairwise(rows)):
        return False
    contents = b"".join(content_of(row, origins) for row in rows)
    return bool(extend(before, contents) == rows[-1][11])


def digest_at(c: SQLiteCursor, position: int) -> int | None:
    """The running digest after the fact at a position; None where there is no such fact, or
    another value."""
    if position == 0:
        return START
    c.execute("SELECT digest FROM fact WHERE position = ?", (position,))
    found = c.fetchone()
    return found[0] if found is not None and isinstance(found[0], int) else None


def walk(c: SQLiteCursor, after: int, upto: int, origins: Origins) -> Iterator[Step]:
    """Each position in (after, upto] by itself, so that one that can't be read hides no other."""
    befores: set[int | None] = {_digest_at(c, max(0, after - 1))}
    # From one before, since its digest may be all that is wrong with it.
    for position in range(max(1, after), upto + 1):
        step, befores = _step(c, position, befores, origins)
        if position > after:
            yield step


def _step(
    c: SQLiteCursor, position: int, befores: set[int | None], origins: Origins
) -> tuple[Step, set[int | None]]:
    try:
        rows = select(c, "WHERE position = ?", (position,))
    except UNREADABLE:
        return Step(position, None, Fault(position, "what can't be read")), {None}
    if not rows:
        return Step(position, None, Fault(position, "none")), {None}
    return _looked_at(rows[0], befores, origins.read(c))


def _looked_at(
    row: Row, befores: set[int | None], origins: Sequence[Origin | None]
) -> tuple[Step, set[int | None]]:
    """A row held to what the digest before it may be; and what it may be after it: that which is
    stored, and, should only that one be wrong, that which it comes to."""
    position, digest = row[0], row[11] if isinstance(row[11], int) else None
    try:
        fact, content = fact_of(row, origins), content_of(row, origins)
        found = {extend(before, content) for before in befores if before is not None}
    except UNREADABLE:
        return Step(position, None, Fault(position, "what is no fact")), {digest}
    if digest is None:
        seen = "a checksum that is no number"
        return Step(position, None, Fault(position, seen)), {*found} or {None}
    if None in befores or digest in found:
        return Step(position, fact, None), {digest}
    seen = f"the checksum {min(found) % 2**64:016x} where {digest % 2**64:016x} was kept"
    return Step(position, None, Fault(position, seen)), {digest, *found}


def _digest_at(c: SQLiteCursor, position: int) -> int | None:
    try:
        return digest_at(c, position)
    except UNREADABLE:
        return None


def _origin(origins: Sequence[Origin | None], number: int) -> Origin:
    origin = origins[number] if number > 0 else None
    if origin is None:
        raise ValueError("a number that no origin has")
    return origin
