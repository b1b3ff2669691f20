"""The check of a whole ledger."""

from __future__ import annotations

import sqlite3

from eventsourcing.sqlite import SQLiteCursor

from ledger.sqlite.origins import Origins
from ledger.sqlite.rows import walk


def faults(c: SQLiteCursor) -> list[str]:
    """Everything that is wrong in the ledger, a line a fault; empty if it is sound.

    To test an append one looks at what it touched, and so misses what it should not have touched.
    This reads every row instead and holds it to what every ledger promises, whatever happened
    before: so tests (of crashes above all) end with it. FiloSottile/sunlight does the same.
    """
    try:
        return [*_damage(c), *_repeated_ids(c), *_broken_promises(c)]
    except sqlite3.DatabaseError as error:
        return [f"the file can't be read to its end: {error}"]


def _damage(c: SQLiteCursor) -> list[str]:
    c.execute("PRAGMA integrity_check")
    return [f"integrity: {row[0]}" for row in c.fetchall() if row[0] != "ok"]


def _repeated_ids(c: SQLiteCursor) -> list[str]:
    c.execute("SELECT min(position), count(*) FROM fact GROUP BY id HAVING count(*) > 1 ORDER BY 1")
    return [f"position {at}: its id is there {times} times" for at, times in c.fetchall()]


def _broken_promises(c: SQLiteCursor) -> list[str]:
    found: list[str] = []
    last = 0
    c.execute("SELECT max(position) FROM fact")
    for position, fact, fault in walk(c, 0, c.fetchone()[0] or 0, Origins()):
        if fault is not None:
            found.append(f"position {position}: saw {fault.seen}")
        elif fact is not None:
            if fact.recorded_at < last:
                found.append(f"position {position}: recorded at {fact.recorded_at}, before {last}")
            last = fact.recorded_at
    return found
