"""Where facts come from: types, sources and the marks of importers, which repeat, by their number
in the table ``origin`` of a ledger."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from eventsourcing.sqlite import SQLiteCursor

from domain.facts import IMPORTER
from ledger.extensions import extensions_to_text

#: How many origins a writer remembers.
REMEMBERED = 10_000

_ALL = "SELECT number, type, source, mark FROM origin WHERE number >= ? ORDER BY number"
_ONE = "SELECT number FROM origin WHERE type = ? AND source = ? AND mark IS ?"


class Origin(NamedTuple):
    """A type, a source, and the extensions of facts that have none of their own, as JSON."""

    type: str
    source: str
    mark: str | None = None


def mark_of(extensions: Mapping[str, str] | None) -> str | None:
    """Extensions as text where they are the importer's name alone, which many facts share."""
    if extensions and len(extensions) == 1 and IMPORTER in extensions:
        return extensions_to_text(extensions)
    return None


#: An origin as a plain tuple: those who append make one for each fact.
Named = tuple[str, str, str | None]


class Origins:
    """The origins of a ledger as they were read so far. Rows are only ever added, so those that
    were read once need not be again. Takes memory in proportion to them."""

    def __init__(self) -> None:
        self._read: list[Origin | None] = [None]

    def read(self, c: SQLiteCursor) -> list[Origin | None]:
        """All origins, each at the place of its number; None where there is none. Not to be
        changed."""
        read = self._read
        c.execute(_ALL, (len(read),))
        if more := {number: Origin(*names) for number, *names in c.fetchall()}:
            # A new list: other threads may be looking at the one before.
            self._read = read = [*read, *by_number(more, len(read))]
        return read


def by_number(origins: Mapping[int, Origin], first: int) -> list[Origin | None]:
    """Origins each at the place of its number, from that of ``first`` on; None where there is none.
    Numbers are given one after the other: one that is far from the others was changed, and is left
    out, so that a list of them all can't be larger than memory."""
    last = first + len(origins) + REMEMBERED
    near = [number for number in origins if number < last]
    return [origins.get(number) for number in range(first, max(near, default=first - 1) + 1)]


class Numbers:
    """The numbers of origins for those who append. Remembers those that were there before; what is
    given in a transaction may still be undone with it."""

    def __init__(self) -> None:
        self._known: dict[Named, int] = {}

    def of(self, c: SQLiteCursor, origins: Collection[Named]) -> dict[Named, int]:
        """The number of each origin, within a transaction that holds the write lock: those that
        have none yet are given one."""
        if len(self._known) > REMEMBERED:
            self._known.clear()
        missing = [origin for origin in origins if origin not in self._known]
        given: dict[Named, int] = {}
        for origin in sorted(missing, key=repr):
            c.execute(_ONE, origin)
            if (found := c.fetchone()) is not None:
                self._known[origin] = found[0]
            else:
                c.execute("INSERT INTO origin (type, source, mark) VALUES (?, ?, ?)", origin)
                given[origin] = c.lastrowid
        return {**self._known, **given} if given else self._known
