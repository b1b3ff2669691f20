"""How a ledger's file is laid out: the tables, the index and the triggers that it has to have."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from eventsourcing.sqlite import SQLiteCursor

from ledger.faults import Fault
from ledger.sqlite.damage import FAILURES, reading
from ledger.sqlite.recorder import completing

_MADE = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
_OUTSIDE = "SELECT position FROM fact WHERE position < 1 ORDER BY position"


def check_layout(path: Path) -> Iterator[Fault]:
    """What is wrong with what guards the facts, and rows outside of all positions. Of a file that
    can't be read as a whole, what can be seen."""
    with suppress(*FAILURES), reading(path) as c:
        yield from _other_schema(c)
        c.execute(_OUTSIDE)
        for (position,) in c.fetchall():
            yield Fault(position, "order", "positions from 1 on", "a fact at a position before")


def _other_schema(c: SQLiteCursor) -> Iterator[Fault]:
    wanted, there = _wanted(), _schema(c)
    for kind, name in sorted(wanted.keys() - there.keys()):
        yield Fault(None, "damaged", f"the {kind} {name} of a ledger", "none")
    for kind, name in sorted(wanted.keys() & there.keys()):
        if wanted[kind, name] != there[kind, name]:
            yield Fault(None, "damaged", f"the {kind} {name} of a ledger", "another of that name")
    if any(kind == "trigger" for kind, _ in there.keys() - wanted.keys()):
        yield Fault(None, "damaged", "no triggers but those of a ledger", "others")


def _wanted() -> dict[tuple[str, str], str]:
    with closing(sqlite3.connect(":memory:")) as connection:
        c = SQLiteCursor(connection.cursor())
        for statement in completing():
            c.execute(statement)
        return _schema(c)


def _schema(c: SQLiteCursor) -> dict[tuple[str, str], str]:
    """What was made, by kind and name; as it was written, but for blanks."""
    c.execute(_MADE)
    return {(kind, name): " ".join(sql.split()) for kind, name, sql in c.fetchall()}
