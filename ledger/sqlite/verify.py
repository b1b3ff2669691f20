"""The check of a whole ledger."""

from __future__ import annotations

import json
import sqlite3

from eventsourcing.sqlite import SQLiteCursor

from ledger.port import CANONICAL_ID

_BATCH = 10_000


def faults(c: SQLiteCursor, table: str) -> list[str]:
    """Everything that is wrong in the ledger, a line a fault; empty if it is sound.

    To test an append one looks at what it touched, and so misses what it should not have touched.
    This reads every row instead and holds it to what every ledger promises, whatever happened
    before: so tests (of crashes above all) end with it. FiloSottile/sunlight does the same.
    """
    try:
        return [*_damage(c), *_repeated_ids(c, table), *_broken_promises(c, table)]
    except sqlite3.DatabaseError as error:
        return [f"the file can't be read to its end: {error}"]


def _damage(c: SQLiteCursor) -> list[str]:
    c.execute("PRAGMA integrity_check")
    return [f"integrity: {row[0]}" for row in c.fetchall() if row[0] != "ok"]


def _repeated_ids(c: SQLiteCursor, table: str) -> list[str]:
    c.execute(
        f"SELECT originator_id, count(*) FROM {table} GROUP BY originator_id HAVING count(*) > 1"
    )
    return [f"the id {id!r} is there {times} times" for id, times in c.fetchall()]


def _broken_promises(c: SQLiteCursor, table: str) -> list[str]:
    found: list[str] = []
    position = last = 0
    c.execute(
        "SELECT rowid, originator_id, originator_version, recorded_at, extensions "
        f"FROM {table} ORDER BY rowid"
    )
    while rows := c.sqlite_cursor.fetchmany(_BATCH):
        for seen, id, version, recorded_at, extensions in rows:
            position += 1
            if seen != position:
                found.append(f"position {position}: the next one there is {seen}")
                position = seen
            if recorded_at < last:
                found.append(f"position {seen}: recorded at {recorded_at}, before {last}")
            if not CANONICAL_ID.fullmatch(id):
                found.append(f"position {seen}: the id {id!r} is not canonical")
            if version != 1:
                found.append(f"position {seen}: version {version} of a fact that has but one")
            if extensions is not None and not _is_map_of_text(extensions):
                found.append(f"position {seen}: the extensions {extensions!r} are not a map")
            last = recorded_at
    return found


def _is_map_of_text(text: str) -> bool:
    try:
        value = json.loads(text)
    except ValueError:
        return False
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
