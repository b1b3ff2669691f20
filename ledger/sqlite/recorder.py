"""The table of facts, as eventsourcing's SQLite recorder knows it.

A fact is a row of ``fact`` (see ``tables.sql``): its id as 16 bytes, its type and source as a
number of the table ``origin``, and with it the running digest of the ledger. The view
``stored_events`` shows each one as a stored event, ``originator_id`` the fact's id,
``originator_version`` 1, ``topic`` its type and ``state`` its wire bytes; so eventsourcing's own
readers (notifications, ``select_events``) see every fact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, count, islice, repeat
from operator import add
from pathlib import Path
from typing import Any, NamedTuple

from eventsourcing.persistence import ProgrammingError, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor, SQLiteDatastore

from ledger.digest import SEPARATOR, START, extend, numbers_to_bytes, texts_to_bytes
from ledger.extensions import extensions_to_text
from ledger.port import EventData
from ledger.sqlite.origins import REMEMBERED, Numbers
from ledger.sqlite.recorded_time import recorded_time

#: "Pldg": marks a ledger among SQLite files. VERSION is that of the tables.
APPLICATION_ID = 0x506C6467
VERSION = 2
#: That which ``ledger.sqlite.migration`` brings to it.
OLD_VERSION = 1

#: Rows that one statement inserts: that takes a fifth less time than one by one.
AT_ONCE = 20

# The columns that every fact has a value in.
_COLUMNS = ("recorded_at", "id", "origin", "subject", "time", "digest", "body")
_NONE = (None,) * 4
_NOTHING = texts_to_bytes(_NONE)

Row = tuple[object, ...]


class Tip(NamedTuple):
    """Where a ledger ends: the last position, when it was recorded, and the digest after it."""

    position: int = 0
    recorded_at: int = 0
    digest: int = START


class FactRecorder(SQLiteApplicationRecorder):
    """Keeps facts with their envelopes. ``clock`` gives the time in UTC microseconds;
    ``trust_clock`` is for ``recorded_time``."""

    def __init__(
        self, datastore: SQLiteDatastore, clock: Callable[[], int], *, trust_clock: bool = False
    ) -> None:
        super().__init__(datastore)
        self._clock = clock
        self._trust_clock = trust_clock
        self._numbers = Numbers()
        self.select_max_notification_id_statement = "SELECT MAX(position) FROM fact"

    def construct_create_table_statements(self) -> list[str]:
        """The statements that make an empty ledger, all run in one transaction."""
        return [*statements_in("tables.sql"), *completing()]

    def insert_facts(self, c: SQLiteCursor, facts: Sequence[EventData], end: Tip) -> Sequence[int]:
        """Append facts, none of whose ids is known, to a ledger that ends at ``end``, within a
        transaction that holds the write lock; return their positions. Raises SQLite's
        ``IntegrityError`` for an id that is known after all; the transaction is rolled back then.
        """
        recorded_at = recorded_time(
            self._clock(),
            end.recorded_at if end.position else None,
            max([fact.time for fact in facts]),
            trust_clock=self._trust_clock,
        )
        origins = self._numbers.of(c, {(fact.type, fact.source) for fact in facts})
        names, rows = rows_of(facts, end, recorded_at, origins)
        insert_rows(c, names, rows, len(facts))
        return range(end.position + 1, end.position + 1 + len(facts))

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int]:
        """eventsourcing's way in: ``envelopes``, the whole fact of each event, brings what an
        event does not know. (``insert_facts`` does without events: to make one for each fact
        takes a tenth of the time of an append.)"""
        facts: Sequence[EventData] = kwargs.get("envelopes", ())
        if [stored_event(fact) for fact in facts] != list(stored_events):
            raise ProgrammingError(
                "expected envelopes=…, the fact of each event; seen others or none: "
                "append facts through SQLiteLedger.append"
            )
        return self.insert_facts(c, facts, tip(c))


def tip(c: SQLiteCursor) -> Tip:
    """Where the ledger ends; zeros for an empty one."""
    c.execute("SELECT position, recorded_at, digest FROM fact ORDER BY position DESC LIMIT 1")
    return Tip(*(c.fetchone() or ()))


def rows_of(
    facts: Sequence[EventData], end: Tip, recorded_at: int, origins: Mapping[tuple[str, str], int]
) -> tuple[list[str], Iterator[Row]]:
    """The rows of facts that come after ``end``, and the names of their columns. ``origins`` are
    the numbers of the types and sources. Positions are SQLite's: it gives the next one to each row.

    Bytes are given to Python's SQLite as ``bytearray``: for ``bytes``, and for None, it looks each
    time whether somebody has registered how to adapt them, which takes longer than to keep them. So
    a column in which no fact has a value is left out.
    """
    optional = {
        "correlationid": [fact.correlationid for fact in facts],
        "causationid": [fact.causationid for fact in facts],
        "sequence": [fact.sequence for fact in facts],
        "extensions": [extensions_to_text(x) if (x := fact.extensions) else None for fact in facts],
    }
    given = {name: texts for name, texts in optional.items() if texts.count(None) < len(texts)}
    if not given:
        return [*_COLUMNS], _rows(facts, repeat(_NOTHING), end, recorded_at, origins)
    ends = (
        _NOTHING if texts == _NONE else texts_to_bytes(texts)
        for texts in zip(*optional.values(), strict=True)
    )
    rows = _rows(facts, ends, end, recorded_at, origins)
    return [*_COLUMNS, *given], map(add, rows, zip(*given.values(), strict=True))


def _rows(
    facts: Sequence[EventData],
    optional: Iterable[bytes],
    end: Tip,
    recorded_at: int,
    origins: Mapping[tuple[str, str], int],
) -> Iterator[Row]:
    """The values in ``_COLUMNS`` of each fact. ``optional`` are its other texts within its content
    (``ledger.digest``). One fact after the other, so that its content is still in the processor's
    cache when the digest goes over it."""
    digest = end.digest
    for position, key, fact, rest in zip(count(end.position + 1), _keys(facts), facts, optional):
        _, type, source, subject, time, body, *_ = fact
        numbers = numbers_to_bytes(position, recorded_at, time)
        name = _name(type, source)
        content = b"".join((numbers, key, name, subject.encode(), SEPARATOR, rest, body))
        digest = extend(digest, content)
        yield recorded_at, key, origins[type, source], subject, time, digest, bytearray(body)


@lru_cache(REMEMBERED)
def _name(type: str, source: str) -> bytes:
    """A type and a source within a content."""
    return texts_to_bytes((type, source))


def insert_rows(c: SQLiteCursor, names: Sequence[str], rows: Iterator[Row], number: int) -> None:
    """Insert so many rows into the table of facts, within a transaction. Should one not fit in, all
    of the transaction is rolled back: SQLite would otherwise keep what each statement changes, so
    as to undo that statement alone."""
    row = f"({','.join('?' * len(names))})"
    insert = f"INSERT OR ROLLBACK INTO fact ({','.join(names)}) VALUES "
    if number >= AT_ONCE:
        values = chain.from_iterable(islice(rows, number // AT_ONCE * AT_ONCE))
        c.executemany(
            insert + ",".join([row] * AT_ONCE), zip(*[values] * (len(names) * AT_ONCE), strict=True)
        )
    if number % AT_ONCE:
        c.executemany(insert + row, rows)


def _keys(facts: Sequence[EventData]) -> list[bytearray]:
    """The 16 bytes of each canonical id."""
    together = bytearray.fromhex("".join([fact.id for fact in facts]).replace("-", ""))
    return [together[start : start + 16] for start in range(0, len(together), 16)]


def completing() -> list[str]:
    """The statements that make tables with facts, or without, a ledger of this version."""
    return [
        *statements_in("stored_events.sql"),
        f"PRAGMA application_id = {APPLICATION_ID}",
        f"PRAGMA user_version = {VERSION}",
    ]


def statements_in(name: str) -> list[str]:
    """The statements of an SQL file beside this one."""
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    return [each for each in text.split("\n\n") if "CREATE" in each]


def stored_event(fact: EventData) -> StoredEvent:
    """A fact in eventsourcing's words."""
    return StoredEvent(fact.id, 1, fact.type, fact.body)
