"""A ledger of an earlier version, brought to this one where it lies.

Version 1 was one table, ``stored_events``, in which each fact had its id, type and source as text
and nothing to check it by. Facts keep their positions and recorded times. Version 2 had an index of
ids in the place of the table ``known_id``, and version 3 no marks of importers in the table
``origin``: one transaction makes the one of the other.

What a kill leaves of version 1, at whatever instruction:

- before the new tables are there: a ledger of version 1;
- while facts are carried over, some thousands a transaction: a ledger of version 1, to programs of
  version 1 too, with some of its facts in the new tables as well. Who goes on, whether the same
  process or another, begins after the last of those. Facts that a program of version 1 appends
  meanwhile come after it, and are carried over in their turn;
- in the last transaction, which holds the write lock from before it carries over what is left until
  the old table has made way for a view of its name: the state before it, or a ledger of this
  version. A program of version 1 that still has the file open is refused by SQLite from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from eventsourcing.sqlite import SQLiteCursor

from ledger.digest import extended, numbers_to_bytes, texts_to_bytes
from ledger.errors import Damaged
from ledger.faults import Fault
from ledger.sqlite import old_rows
from ledger.sqlite.damage import FAILURES, reading
from ledger.sqlite.errors import Explained
from ledger.sqlite.file import LedgerDatastore, address_to_write, prepare_for
from ledger.sqlite.known_ids import keep, kept_upto
from ledger.sqlite.origins import Numbers
from ledger.sqlite.recorder import OLD_VERSIONS, completing, statements_in
from ledger.sqlite.tip import tip

#: Called with the number of facts that were carried over, and the number in all.
OnProgress = Callable[[int, int], None]

#: Facts that are carried over in one transaction.
BATCH = 10_000

# The version in which facts were kept otherwise, and those in which ids were.
_FIRST = 1
_WITHOUT_KNOWN_IDS = (1, 2)

_COUNTS = "SELECT (SELECT count(*) FROM stored_events), (SELECT count(*) FROM fact)"


def migrate(
    path: Path, on_progress: OnProgress = lambda done, total: None, *, patience: float = 60.0
) -> int:
    """Bring the ledger of an earlier version at ``path`` to this version, and answer how many facts
    it has. It may be under way already, or done meanwhile. Raises as ``SQLiteLedger`` does, and
    ``Damaged`` for a row that is no fact; the ledger is of that version then, as before."""
    datastore = LedgerDatastore(address_to_write(path), patience)
    try:
        with Explained(path, patience):
            with datastore.transaction(commit=True) as c:
                total = _begin(c)
            done = 0
            while done < total:
                with datastore.transaction(commit=True) as c:
                    prepare_for(c, BATCH)
                    if version_of(c) != _FIRST:
                        break
                    _carry_over(c, path, BATCH)
                    done = tip(c).position
                on_progress(done, total)
            return _finish(datastore, path)
    finally:
        datastore.close()


def version_of(c: SQLiteCursor) -> int:
    """The version of a ledger."""
    c.execute("PRAGMA user_version")
    version: int = c.fetchone()[0]
    return version


def check_old(path: Path, first: int) -> tuple[int, int, list[Fault]] | None:
    """Look at all rows of the ledger of version 1 at ``path`` from a position on: how many there
    are, the last position, and what is wrong with them. None if it is of another version."""
    facts, last, faults = 0, first - 1, list[Fault]()
    with reading(path) as c, suppress(*FAILURES):
        if version_of(c) != _FIRST:
            return None
        while rows := list(old_rows.after(c, last, BATCH)):
            facts, last = facts + len(rows), rows[-1].position
            faults += [
                Fault(
                    position,
                    "id" if wrong == "id" else "unreadable",
                    "a fact",
                    f"a row whose {wrong} is none",
                )
                for position, _, wrong in rows
                if wrong is not None
            ]
    return facts, last, faults


def _begin(c: SQLiteCursor) -> int:
    """Make the tables to carry over to; answers the last position from which that is needed."""
    if version_of(c) != _FIRST:
        return 0
    _complete(c)
    c.execute("SELECT max(rowid) FROM stored_events")
    return c.fetchone()[0] or 0


def _finish(datastore: LedgerDatastore, path: Path) -> int:
    with datastore.transaction(commit=True) as c:
        prepare_for(c, BATCH)
        version = version_of(c)
        if version == _FIRST:
            _carry_over_all(c, path)
            c.execute("DROP TABLE stored_events")
        if version in OLD_VERSIONS:
            c.execute("DROP INDEX IF EXISTS fact_id")
            c.execute("DROP VIEW IF EXISTS stored_events")
            _complete(c)
            for statement in completing():
                c.execute(statement)
            if version in _WITHOUT_KNOWN_IDS:
                keep(c, 0, kept_upto(tip(c).position))
        return tip(c).position


def _complete(c: SQLiteCursor) -> None:
    """Make the tables that are not there yet, and that of origins one with marks."""
    for statement in statements_in("tables.sql"):
        c.execute(statement)
    c.execute("SELECT count(*) FROM pragma_table_info('origin') WHERE name = 'mark'")
    if c.fetchone()[0]:
        return
    c.execute("SELECT number, type, source FROM origin")
    known = [tuple(row) for row in c.fetchall()]
    c.execute("DROP TABLE origin")  # and its triggers
    for statement in statements_in("tables.sql"):
        c.execute(statement)
    c.executemany("INSERT INTO origin (number, type, source) VALUES (?, ?, ?)", known)


def _carry_over_all(c: SQLiteCursor, path: Path) -> None:
    while _carry_over(c, path, BATCH):
        pass
    c.execute(_COUNTS)
    old, new = c.fetchone()
    if old != new:
        raise Damaged(
            f"the {old:,} facts of {path} to be carried over",
            f"{new:,} of them",
            "the ledger is as it was: keep a copy of it, and report this",
        )


def _carry_over(c: SQLiteCursor, path: Path, limit: int) -> int:
    """Carry over the next facts; answers how many there were."""
    end = tip(c)
    rows = []
    for position, row, wrong in old_rows.after(c, end.position, limit):
        if wrong is not None:
            raise Damaged(
                f"a fact at position {position} of {path}",
                f"a row whose {wrong} is none",
                "put the last sound copy of the file in its place, and emit again what came after",
                [position],
            )
        rows.append(row)
    origins = [(row[2], row[3], None) for row in rows]
    numbers = Numbers().of(c, set(origins))
    contents = [_content(row) for row in rows]
    c.executemany(
        "INSERT INTO fact VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
        [
            (row[0], row[6], bytes.fromhex(row[1].replace("-", "")), numbers[origin], *row[4:6],
             *row[7:11], digest, row[11])
            for row, origin, digest in zip(
                rows, origins, extended(end.digest, contents), strict=True
            )
        ],
    )  # fmt: skip
    return len(rows)


def _content(row: Sequence[Any]) -> bytes:
    """The content (``ledger.digest``) of a row of version 1."""
    numbers = numbers_to_bytes(row[0], row[6], row[5])
    key = bytes.fromhex(row[1].replace("-", ""))
    return b"".join((numbers, key, texts_to_bytes((*row[2:5], *row[7:11])), row[11]))
