"""A ledger's file that can't be read as a whole: how it is read all the same, and what shows of
that without its facts."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from struct import Struct

from eventsourcing.persistence import PersistenceError
from eventsourcing.sqlite import SQLiteCursor

from ledger.faults import Fault
from ledger.sqlite.file import address_to_read

#: What reading may end with, through eventsourcing too. SQLite's message may quote bytes that are
#: no text.
FAILURES = (sqlite3.Error, PersistenceError, UnicodeDecodeError)
#: Lines of SQLite's own check.
LINES = 20

# How the file begins, the bytes of a page (1 for 65,536), and how many pages there are: its header
# (https://www.sqlite.org/fileformat2.html#the_database_header).
_MAGIC = b"SQLite format 3\0"
_HEADER = Struct(">16sH10xI")
_AT_ROW = re.compile(r"row (\d+) ")
_AT_PAGE = re.compile(r"page (\d+)")
_WHOLE = "a file that is put together as SQLite does it"


@contextmanager
def reading(path: Path) -> Iterator[SQLiteCursor]:
    """A cursor on the file, past everything that would refuse it as a whole."""
    with closing(sqlite3.connect(address_to_read(path), uri=True)) as connection:
        # A file that was cut is refused as a whole otherwise. Nothing is written either way.
        connection.execute("PRAGMA writable_schema = ON")
        yield SQLiteCursor(connection.cursor())


def damage(path: Path) -> list[Fault]:
    """What SQLite finds wrong with how the file is put together."""
    try:
        with reading(path) as c:
            c.execute(f"PRAGMA integrity_check({LINES})")
            lines = [str(row[0]) for row in c.fetchall() if row[0] != "ok"]
    except FAILURES:
        lines = [""]
    return list(dict.fromkeys(_in_our_words(line) for line in lines))


def _in_our_words(line: str) -> Fault:
    """A line of SQLite's own check."""
    row, page = _AT_ROW.search(line), _AT_PAGE.search(line)
    seen = "parts that do not fit together"
    if row is not None:
        seen = "an index that does not agree with the fact"
    elif page is not None:
        seen = f"page {page[1]}, which is not as it was written"
    return Fault(None if row is None else int(row[1]), "damaged", _WHOLE, seen)


def cut(path: Path) -> list[Fault]:
    """What is wrong if the file is shorter than its header says. Another process may be writing: it
    is shorter only if it is twice. No connection of this process may be open on the file: to close
    a file lets go of all locks that the process has on it."""
    with path.open("rb") as file:
        header = file.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return [Fault(None, "cut", "a file of a page at least", f"{len(header)} bytes")]
    magic, page, pages = _HEADER.unpack(header)
    if magic != _MAGIC:
        return []
    size, wanted = path.stat().st_size, (page if page > 1 else 1 << 16) * pages
    if size >= wanted:
        return []
    return [Fault(None, "cut", f"a file of {wanted:,} bytes, as its header has it", f"{size:,}")]
