"""The check of what a SQLite ledger holds, a stretch of positions at a time.

To test an append one looks at what it touched, and so misses what it should not have touched. This
reads every row instead and holds it to what every ledger promises, whatever happened before: so
tests (of crashes above all) end with it. FiloSottile/sunlight does the same.

A row is checked by the digest of the row before it and its own. Many are checked at once; where
that fails, or a page can't be read, each is looked at by itself. Rows whose digests do not agree
are weighed together in the end: see ``suspects``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from eventsourcing.sqlite import SQLiteCursor

from ledger.digest import extend, extended
from ledger.duplicates import same
from ledger.faults import Fault, Kind
from ledger.port import EventData
from ledger.repeated_ids import seen_ids
from ledger.sqlite.damage import FAILURES, damage, reading
from ledger.sqlite.known_ids import kept_upto, otherwise_kept, stray_positions
from ledger.sqlite.layout import check_layout
from ledger.sqlite.origins import Origin, Origins, by_number
from ledger.sqlite.rows import (
    UNREADABLE,
    Row,
    content_of,
    digest_at,
    fact_of,
    select,
)
from ledger.sqlite.suspects import SOUND, Suspect, judged

#: Rows that are checked at once, and those of a stretch.
GULP, AT_ONCE = 5_000, 100_000


_ID_BYTES = 16
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR})
_KNOWN = "the id of the fact, known for its position alone"
_RANGE = "WHERE position > ? AND position <= ? ORDER BY position"


#: Origins at the places of their numbers; None where there is none that can be read.
Known = Sequence[Origin | None]


class Stretch(NamedTuple):
    """The positions in (after, upto] of the ledger at ``path``. ``kept`` is the last one whose id
    is in the table of ids."""

    path: Path
    after: int
    upto: int
    kept: int


class Checked(NamedTuple):
    """What a stretch holds: the ids of its facts, with their positions; the first and the last
    fact, each as position and when it was recorded (microseconds since 1970); the first and the
    last position of each gap, and rows to be judged, both with those of other stretches; and the
    faults that show without these, by position."""

    stretch: Stretch
    ids: list[bytes]
    positions: list[int]
    first: tuple[int, int] | None
    last: tuple[int, int] | None
    gaps: list[tuple[int, int]]
    suspects: list[Suspect]
    faults: list[Fault]


def whole(path: Path) -> list[Fault]:
    """Everything that is wrong in a ledger, read by this process alone; empty if it is sound."""
    found = [*damage(path), *check_layout(path)]
    end, more = head(path)
    found += more
    suspects: list[Suspect] = []
    gaps: list[tuple[int, int]] = []
    last = None
    with seen_ids() as ids:
        for stretch in stretches(path, 0, end):
            one = check(stretch)
            found += [*order(last, one.first), *one.faults]
            suspects += one.suspects
            gaps += one.gaps
            ids.add(one.ids, one.positions)
            last = one.last or last
        found += repeated(path, ids.repeated())
    return [*found, *strays(path, 0, end), *missing(gaps), *judged(suspects)]


def stretches(path: Path, after: int, upto: int) -> Iterator[Stretch]:
    """The positions in (after, upto], a part at a time; what is missing in between is in one.
    ``upto`` is the last one of the ledger."""
    kept = kept_upto(upto)
    while after < upto:
        end = max(min(after + AT_ONCE, upto), _next(path, after) - 1)
        yield Stretch(path, after, end, kept)
        after = end


def digest(path: Path, position: int) -> int | None:
    """The running digest that is stored with a position; None where there is none to be read."""
    with reading(path) as c:
        return _digest_at(c, position)


def head(path: Path) -> tuple[int, list[Fault]]:
    """The last position; as far as it can be read, and what is wrong then."""
    last = 0
    try:
        with reading(path) as c:
            c.execute("SELECT max(position) FROM fact")
            return c.fetchone()[0] or 0, []
    except FAILURES:
        with suppress(*FAILURES), reading(path) as c:
            c.execute("SELECT position FROM fact NOT INDEXED ORDER BY position")
            while row := c.fetchone():
                last = row[0]
    expected = "facts that can be read up to the last one"
    return last, [Fault(last + 1, "cut", expected, f"that none can be after position {last}")]


def check(stretch: Stretch) -> Checked:
    """Look at each row of a stretch."""
    found = Checked(stretch, [], [], None, None, [], [], [])
    after = stretch.after
    with reading(stretch.path) as c:
        origins = _origins(c)
        while after < stretch.upto:
            missing = min(_next_of(c, after) - 1, stretch.upto)
            if missing > after:
                found.gaps.append((after + 1, missing))
                after = missing
                continue
            upto = min(after + GULP, stretch.upto)
            rows = _sound(c, after, upto, origins)
            if rows is None:
                rows = _one_by_one(c, found, after, upto, origins)
            found = _taken(found, rows, origins)
            found.faults.extend(_otherwise_known(c, after, upto, rows, stretch.kept))
            after = upto
    return found


def order(before: tuple[int, int] | None, place: tuple[int, int] | None) -> list[Fault]:
    """What is wrong with two facts, one after the other: position, and when it was recorded."""
    if before is None or place is None or place[1] >= before[1]:
        return []
    expected = "a fact recorded when the one before it was, or later"
    seen = f"{(before[1] - place[1]) / 1_000_000:,.6f} s earlier"
    return [Fault(place[0], "time", expected, seen)]


def missing(gaps: Iterable[tuple[int, int]]) -> Iterator[Fault]:
    """What is wrong where positions are missing: each gap is one fault."""
    joined: list[tuple[int, int]] = []
    for first, last in gaps:
        goes_on = bool(joined) and joined[-1][1] + 1 == first
        joined.append((joined.pop()[0] if goes_on else first, last))
    for first, last in joined:
        seen = "none" if first == last else f"none up to position {last}"
        yield Fault(first, "gap", "a fact at each position", seen)


def repeated(path: Path, groups: Iterable[Sequence[int]]) -> Iterator[Fault]:
    """What is wrong with facts of one id: the positions of each such id."""
    with reading(path) as c:
        origins = _origins(c)
        for first, *others in groups:
            one = _content_at(c, first, origins)
            for position in others:
                other = _content_at(c, position, origins)
                alike = one is not None and other is not None and same(one, other)
                kind: Kind = "duplicate" if alike else "conflict"
                seen = f"that of position {first}, with {'the same' if alike else 'other'} content"
                yield Fault(position, kind, "an id that no other fact has", seen)


def strays(path: Path, after: int, head: int) -> Iterator[Fault]:
    """What is wrong with ids that are known for positions behind ``after``, of a ledger that ends
    at ``head``: those that the facts there do not have."""
    with suppress(*FAILURES), reading(path) as c:
        positions = stray_positions(c, after, head)
        if positions and positions[-1] > head:
            expected = f"facts up to position {positions[-1]}, whose ids are known"
            yield Fault(head + 1, "cut", expected, f"that the last one is at {head}")
        yield from (Fault(at, "damaged", _KNOWN, "another") for at in positions if at <= head)


def _otherwise_known(
    c: SQLiteCursor, after: int, upto: int, rows: Sequence[Row], kept: int
) -> Iterator[Fault]:
    """What is wrong with how the ids of facts in (after, upto] are known, where ``rows`` are those
    that may be as they were: what is said of others is enough."""
    others: list[int] = []
    with suppress(*FAILURES):
        others = otherwise_kept(c, after, min(upto, kept))
    there = {row[0] for row in rows} if others else set()
    for position in others:
        if position in there:
            yield Fault(position, "damaged", _KNOWN, "that it is not")


def _sound(c: SQLiteCursor, after: int, upto: int, origins: Known) -> list[Row] | None:
    """The rows in (after, upto]; None unless all are there and each leads to its digest."""
    try:
        before, rows = digest_at(c, after), select(c, _RANGE, (after, upto))
        if before is None or len(rows) < upto - after:
            return None
        digests = extended(before, (content_of(row, origins) for row in rows))
        sound = all(row[11] == digest for row, digest in zip(rows, digests, strict=True))
    except UNREADABLE:
        return None
    return rows if sound else None


def _one_by_one(
    c: SQLiteCursor, found: Checked, after: int, upto: int, origins: Known
) -> list[Row]:
    """The rows in (after, upto] that may be as they were; the others are put to the faults and the
    suspects."""
    rows: list[Row] = []
    before = _digest_at(c, after)
    gap = after
    for position in range(after + 1, upto + 1):
        row = _row(c, position)
        if row is None:
            before = None
            continue
        if gap < position - 1:
            found.gaps.append((gap + 1, position - 1))
        gap = position
        if isinstance(row, Fault):
            found.faults.append(row)
            before = None
            continue
        before = _weigh(row, before, origins, found, rows)
    if gap < upto:
        found.gaps.append((gap + 1, upto))
    return rows


def _row(c: SQLiteCursor, position: int) -> Row | Fault | None:
    try:
        rows = select(c, "WHERE position = ?", (position,))
    except FAILURES as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE:
            return Fault(position, "damaged", SOUND, "a page that can't be read")
        return Fault(position, "unreadable", SOUND, "text that is none")
    return rows[0] if rows else None


def _weigh(
    row: Row,
    before: int | None,
    origins: Known,
    found: Checked,
    rows: list[Row],
) -> int | None:
    """Put a row where it belongs. Answers the digest that is stored with it, if it is one."""
    position, key, digest = row[0], row[2], row[11]
    stored = digest if isinstance(digest, int) else None
    if not isinstance(key, bytes) or len(key) != _ID_BYTES:
        found.faults.append(Fault(position, "id", "an id of 16 bytes", "another value"))
        return stored
    try:
        fact_of(row, origins)
        content = content_of(row, origins)
        comes = None if before is None else extend(before, content)
    except UNREADABLE:
        found.faults.append(Fault(position, "unreadable", SOUND, "values that are no fact"))
        return stored
    if stored is None:
        found.faults.append(Fault(position, "checksum", SOUND, "a checksum that is no number"))
        return comes
    if before is not None and comes is not None and comes != stored:
        found.suspects.append(Suspect(position, content[8:], stored, before, comes))
        found.ids.append(key)
        found.positions.append(position)
    else:
        rows.append(row)
    return stored


def _taken(found: Checked, rows: Sequence[Row], origins: Known) -> Checked:
    """With rows that are as they were stored: whether what was stored could be a fact."""
    if not rows:
        return found
    found.ids.extend(row[2] for row in rows)
    found.positions.extend(row[0] for row in rows)
    places = [(row[0], row[1]) for row in rows]
    for before, place in pairwise([found.last, *places]):
        found.faults.extend(order(before, place))
    found.faults.extend(_undecodable(rows, origins))
    return found._replace(first=found.first or places[0], last=places[-1])


def _undecodable(rows: Sequence[Row], origins: Known) -> Iterator[Fault]:
    # Imported here: it takes longer than most asks, and only this needs it.
    from schemas.columns import decode_batch

    by_type: dict[str, list[Row]] = {}
    for row in rows:
        origin = origins[row[3]]
        by_type.setdefault("" if origin is None else origin.type, []).append(row)
    for type, some in by_type.items():
        try:
            decode_batch(type, [row[6] for row in some])
        except Exception:  # noqa: BLE001 - whatever bytes do to the decoder
            yield from (_body(type, row) for row in some if not _is_body(type, row[6]))


def _is_body(type: str, wire: bytes) -> bool:
    from schemas import codec

    try:
        return codec.decode(wire)[0] == type
    except Exception:  # noqa: BLE001 - as above
        return False


def _body(type: str, row: Row) -> Fault:
    return Fault(row[0], "unreadable", f"a body of {type}", "bytes that are none")


def _content_at(c: SQLiteCursor, position: int, origins: Known) -> EventData | None:
    try:
        (row,) = select(c, "WHERE position = ?", (position,))
        return EventData(*fact_of(row, origins)[2:])
    except UNREADABLE:
        return None


def _digest_at(c: SQLiteCursor, position: int) -> int | None:
    try:
        return digest_at(c, position)
    except UNREADABLE:
        return None


def _origins(c: SQLiteCursor) -> Known:
    """The origins that can be read."""
    with suppress(*FAILURES):
        return Origins().read(c)
    found: dict[int, Origin] = {}
    with suppress(*FAILURES):
        c.execute("SELECT number FROM origin")
        for (number,) in c.fetchall():
            with suppress(*FAILURES):
                c.execute("SELECT type, source, mark FROM origin WHERE number = ?", (number,))
                found[number] = Origin(*c.fetchone())
    return by_number(found, 0)


def _next(path: Path, after: int) -> int:
    try:
        with reading(path) as c:
            return _next_of(c, after)
    except FAILURES:
        return after + 1


def _next_of(c: SQLiteCursor, after: int) -> int:
    """The first position behind one at which there is a row; the next one where none can be
    found."""
    try:
        c.execute("SELECT min(position) FROM fact WHERE position > ?", (after,))
        return c.fetchone()[0] or after + 1
    except FAILURES:
        return after + 1
