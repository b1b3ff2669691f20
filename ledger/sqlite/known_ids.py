"""The ids of a ledger's facts, as those who append look them up.

Ids come at random, so the pages of an index of them do too: to put each one in at once would write
a page for nearly every fact. The table ``known_id`` takes ``STEP`` ids at a time instead, sorted,
with the append that makes them so many. Those of the facts after that are *late*: whoever appends
holds them in memory, as they are read from the facts themselves. So an append of few facts writes
the pages that it fills, and no more.

How far the table goes follows from how many facts there are, and nothing else says so: what a kill
leaves, at whatever instruction, is a table that goes with its facts.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from eventsourcing.persistence import IntegrityError
from eventsourcing.sqlite import SQLiteCursor

from ledger.sqlite.rows import digest_at
from ledger.sqlite.tip import Tip

#: Part of what a ledger's file is: with another number it is of another version. The more, the
#: fewer pages are written for an id, and the longer it takes to read the late ones.
STEP = 4_096

_KEEP = (
    "INSERT OR ROLLBACK INTO known_id (id, position)"
    " SELECT id, position FROM fact WHERE position > ? AND position <= ? ORDER BY id"
)
_LATE = "SELECT id FROM fact WHERE position > ? AND position <= ?"
_KEPT = (
    "SELECT 1 FROM fact AS f CROSS JOIN known_id AS k ON k.id = f.id WHERE f.position > ? LIMIT 1"
)
_OTHERWISE = (
    "SELECT f.position FROM fact AS f LEFT JOIN known_id AS k ON k.id = f.id"
    " WHERE f.position > ? AND f.position <= ? AND k.position IS NOT f.position"
)
_STRAYS = (
    "SELECT DISTINCT k.position FROM known_id AS k LEFT JOIN fact AS f USING (position)"
    " WHERE f.id IS NOT k.id AND (k.position > ?1 OR k.position < 1)"
    " AND (f.position IS NOT NULL OR k.position > ?2 OR k.position < 1) ORDER BY 1"
)


def kept_upto(head: int) -> int:
    """The last position whose id is in the table, of a ledger with so many facts."""
    return head - head % STEP


def keep(c: SQLiteCursor, after: int, upto: int) -> None:
    """Put ids of facts at positions in (after, upto] into the table, within a transaction; all of
    it is rolled back where one is there already."""
    c.execute(_KEEP, (after, upto))


def positions_of(c: SQLiteCursor, keys: Sequence[bytes], head: int) -> list[int]:
    """Where the facts with these ids lie, of those that are kept; ``head`` is the last position."""
    ids = f"({','.join(f'?{number}' for number in range(2, len(keys) + 2))})"
    c.execute(
        f"SELECT position FROM known_id WHERE id IN {ids}"
        f" UNION SELECT position FROM fact WHERE position > ?1 AND id IN {ids}",
        (kept_upto(head), *keys),
    )
    return [position for (position,) in c.fetchall()]


def otherwise_kept(c: SQLiteCursor, after: int, upto: int) -> list[int]:
    """The positions in (after, upto] of facts whose ids the table should have for them, and has
    not, or has for another position."""
    c.execute(_OTHERWISE, (after, upto))
    return [position for (position,) in c.fetchall()]


def stray_positions(c: SQLiteCursor, after: int, head: int) -> list[int]:
    """The positions behind ``after``, or before all, for which the table has an id that no fact
    there has, of a ledger that ends at ``head``; none, where it has no more and no fewer ids than
    it should have: then ``otherwise_kept`` says it all. A position in between without any fact is
    left out: that is another matter."""
    c.execute("SELECT count(*) FROM known_id")
    if c.fetchone()[0] == kept_upto(head):
        return []
    c.execute(_STRAYS, (after, head))
    return [position for (position,) in c.fetchall()]


class KnownIds:
    """Takes in the ids of new facts, for one who appends. Each time is within a transaction that
    holds the write lock: others may append before and after it."""

    def __init__(self) -> None:
        # All late ids of the ledger that ends there, and perhaps some that are late no more.
        self._late: set[bytes] = set()
        self._end: Tip | None = Tip()

    def add(self, c: SQLiteCursor, keys: Sequence[bytes], before: Tip, end: Tip) -> None:
        """Take in the ids of facts that were inserted after ``before``, up to ``end``. Raises an
        ``IntegrityError``, eventsourcing's or SQLite's, where one is known already or is there
        twice; the transaction is to be rolled back then."""
        self._catch_up(c, before)
        self._end = None  # whatever is raised below
        after, upto = kept_upto(before.position), kept_upto(end.position)
        if upto > after:
            keep(c, after, upto)
            self._late.clear()
        known, first = len(self._late), max(before.position, upto)
        self._late.update(keys[first - before.position :])
        if len(self._late) < known + end.position - first or (upto and _any_kept(c, first)):
            raise IntegrityError("an id that is known")
        self._end = end

    def _catch_up(self, c: SQLiteCursor, end: Tip) -> None:
        """Know the late ids of a ledger that ended at ``end``."""
        known = self._end
        if known == end:
            return
        # Others have appended, or what this one did was rolled back: then another fact is there,
        # or none.
        if (
            known is None
            or known.position > end.position
            or digest_at(c, known.position) != known.digest
        ):
            known = Tip()
        upto = kept_upto(end.position)
        self._end = None
        if known.position <= upto:
            self._late.clear()
        cursor = c.sqlite_cursor
        cursor.row_factory = None
        cursor.execute(_LATE, (max(upto, known.position), end.position))
        self._late.update(chain.from_iterable(cursor))


def _any_kept(c: SQLiteCursor, after: int) -> bool:
    """Whether an id of the facts after a position is in the table."""
    c.execute(_KEPT, (after,))
    return c.fetchone() is not None
