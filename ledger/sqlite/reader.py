"""Reading a SQLite ledger: no fact is given that is not as it was recorded."""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from eventsourcing.sqlite import SQLiteCursor

from ledger.errors import Damaged
from ledger.port import RecordedEvent
from ledger.sqlite.damage import FAILURES
from ledger.sqlite.file import LedgerDatastore
from ledger.sqlite.known_ids import positions_of
from ledger.sqlite.origins import Origin, Origins
from ledger.sqlite.rows import (
    STORED,
    UNREADABLE,
    Fault,
    Row,
    are_sound,
    digest_at,
    fact_of,
    select,
    walk,
)
from ledger.sqlite.tip import Tip, tip

#: Rows that are objects of Python at once, on their way into columns.
_AT_ONCE = 10_000

_IN_RANGE = "WHERE position > ? AND position <= ? ORDER BY position LIMIT ?"


class FactReader:
    """Reads facts through a datastore's connections, but for those at the positions ``without``,
    which are passed over."""

    def __init__(self, path: Path, datastore: LedgerDatastore, without: Collection[int]) -> None:
        self._path = path
        self._datastore = datastore
        self._without = frozenset(without)
        self._origins = Origins()

    def facts(self, after: int, upto: int, limit: int) -> list[RecordedEvent]:
        """The facts at positions in (after, upto], but at most so many, in one transaction. Raises
        ``Damaged`` where one is not as it was recorded."""
        upto = min(upto, after + limit)
        with self._transaction() as c:
            if self.leaves_out(after, upto):
                return self._one_by_one(c, after, upto)
            try:
                rows = select(c, _IN_RANGE, (after, upto, limit))
                origins = self._origins.read(c)
                whole = len(rows) == upto - after
                if whole and are_sound(rows, after, digest_at(c, after), origins):
                    return [fact_of(row, origins) for row in rows]
            except UNREADABLE:
                pass
            return self._one_by_one(c, after, upto)

    def rows(self, after: int, upto: int) -> Generator[list[Row]]:
        """The columns of ``STORED`` at positions in (after, upto], some at a time so that few are
        objects at once; in one transaction, and not checked."""
        with self._transaction() as c:
            cursor = c.sqlite_cursor
            cursor.row_factory = None
            cursor.execute(
                f"SELECT {STORED} FROM fact WHERE position > ? AND position <= ? ORDER BY position",
                (after, upto),
            )
            while rows := cursor.fetchmany(_AT_ONCE):
                yield rows

    def one_by_one(self, after: int, upto: int) -> list[RecordedEvent]:
        """As ``facts``, each fact read and checked by itself: slow, and all that can be done about
        a file that was damaged."""
        with self._transaction() as c:
            return self._one_by_one(c, after, upto)

    def leaves_out(self, after: int, upto: int) -> bool:
        """Whether a position in (after, upto] is passed over."""
        return any(after < position <= upto for position in self._without)

    def origins(self) -> list[Origin | None]:
        """The types and sources by number, from 1 on; None where a number has none."""
        with self._transaction() as c:
            return self._origins.read(c)

    def digest(self, position: int) -> int | None:
        """The running digest after a position; None where there is no fact."""
        with self._transaction() as c:
            return digest_at(c, position)

    def last_readable(self) -> int:
        """The last position before the first one that can't be read."""
        last = 0
        with suppress(*FAILURES), self._transaction() as c:
            cursor = c.sqlite_cursor
            cursor.row_factory = None
            for row in cursor.execute("SELECT position FROM fact ORDER BY position"):
                last = row[0]
        return last

    def expect_sound(self, c: SQLiteCursor, position: int) -> RecordedEvent:
        """The fact at a position, within a transaction that appends; raises ``Damaged`` where it is
        not as it was recorded."""
        seen = "a position that is none"
        for _, fact, fault in walk(c, position - 1, position, self._origins):
            if fact is not None:
                return fact
            seen = fault.seen if fault is not None else seen
        raise self._unsound(position, seen)

    def expect_end(self, c: SQLiteCursor, end: Tip) -> None:
        """Raises ``Damaged`` unless facts can come after that end of the ledger. Where its last
        fact is passed over, somebody decided to go on without it: further digests then come of the
        one that is stored with it, as that of the fact after it would have, if it can be one."""
        if end.position not in self._without or {*map(type, end)} != {int}:
            self.expect_sound(c, end.position)

    def known(self, c: SQLiteCursor, keys: list[bytes]) -> list[RecordedEvent]:
        """The facts with these ids, within a transaction that appends; raises ``Damaged`` where one
        is not as it was recorded."""
        positions = positions_of(c, keys, tip(c).position)
        wanted = set(keys)
        try:
            rows = select(c, f"WHERE position IN ({','.join('?' * len(positions))})", positions)
            origins = self._origins.read(c)
            if len(rows) == len(positions) and all(
                row[2] in wanted and are_sound([row], row[0] - 1, digest_at(c, row[0] - 1), origins)
                for row in rows
            ):
                return [fact_of(row, origins) for row in rows]
        except UNREADABLE:
            pass
        facts = [self.expect_sound(c, position) for position in positions]
        for fact in facts:
            if bytes.fromhex(fact.id.replace("-", "")) not in wanted:
                raise self._unsound(fact.position, "another fact than the one that was kept there")
        return facts

    def _one_by_one(self, c: SQLiteCursor, after: int, upto: int) -> list[RecordedEvent]:
        facts: list[RecordedEvent] = []
        faults: list[Fault] = []
        for position, fact, fault in walk(c, after, upto, self._origins):
            if position in self._without:
                continue
            if fault is not None:
                faults.append(fault)
            elif fact is not None:
                facts.append(fact)
        if faults:
            raise self._damaged(faults)
        return facts

    def _unsound(self, position: int, seen: str) -> Damaged:
        return Damaged(
            f"the facts in {self._path} that these come after, or repeat, as they were recorded",
            f"at position {position} {seen}",
            "nothing was written: keep that file; put the last sound copy in its place and emit"
            " again what came after it",
            [position],
        )

    def _damaged(self, faults: list[Fault]) -> Damaged:
        first, positions = faults[0], [each.position for each in faults]
        more = f"; in all {len(positions):,}: {ranges(positions)}" if len(positions) > 1 else ""
        return Damaged(
            f"every fact in {self._path} as it was recorded",
            f"at position {first.position} {first.seen}{more}",
            "keep that file; put the last sound copy in its place and emit again what came after"
            " it, or go on without the facts at these positions: {leave positions out}",
            positions,
        )

    def _transaction(self) -> AbstractContextManager[SQLiteCursor]:
        return self._datastore.transaction(commit=False)


def ranges(positions: Sequence[int]) -> str:
    """Positions in their order as text: ``7, 40-72``."""
    found: list[list[int]] = []
    for position in positions:
        if found and found[-1][1] == position - 1:
            found[-1][1] = position
        else:
            found.append([position, position])
    return ", ".join(str(one) if one == other else f"{one}-{other}" for one, other in found)
