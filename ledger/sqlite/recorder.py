"""The table of facts, as eventsourcing's SQLite recorder knows it.

A fact is a row of ``fact`` (see ``tables.sql``): its id as 16 bytes, its type, source and importer
as a number of the table ``origin``, and with it the running digest of the ledger. The view
``stored_events`` shows each one as a stored event, ``originator_id`` the fact's id,
``originator_version`` 1, ``topic`` its type and ``state`` its wire bytes; so eventsourcing's own
readers (notifications, ``select_events``) see every fact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, count, islice, repeat
from pathlib import Path
from struct import Struct
from typing import Any, NamedTuple

from eventsourcing.persistence import ProgrammingError, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor, SQLiteDatastore

from ledger.digest import (
    SEPARATOR,
    content,
    extend,
    extended,
    numbers_to_bytes,
    texts_to_bytes,
)
from ledger.extensions import extensions_to_text
from ledger.port import EventData, RecordedEvent
from ledger.sqlite.known_ids import KnownIds
from ledger.sqlite.origins import REMEMBERED, Numbers, mark_of
from ledger.sqlite.recorded_time import recorded_time
from ledger.sqlite.tip import Tip, tip

#: "Pldg": marks a ledger among SQLite files. VERSION is that of the tables.
APPLICATION_ID = 0x506C6467
VERSION = 4
#: Those which ``ledger.sqlite.migration`` brings to it.
OLD_VERSIONS = (1, 2, 3)

#: Rows that one statement inserts: that takes a quarter less time than one by one.
AT_ONCE = 50

# The columns that every fact has a value in.
_COLUMNS = ("recorded_at", "id", "origin", "subject", "time", "digest", "body")
# Those that it may have none in.
_OPTIONAL = ("correlationid", "causationid", "sequence", "extensions")
_KEY = Struct("16s")
# A further text that a fact has not, within its content; and all four of them.
_ABSENT = texts_to_bytes((None,))
_NOTHING = 4 * _ABSENT

_INSERT_ONE = (
    f"INSERT OR ROLLBACK INTO fact ({','.join((*_COLUMNS, *_OPTIONAL))})"
    f" VALUES ({','.join('?' * len((*_COLUMNS, *_OPTIONAL)))})"
)

Row = tuple[object, ...]


class Columns(NamedTuple):
    """The attributes of facts, each of all of them."""

    id: tuple[str, ...]
    type: tuple[str, ...]
    source: tuple[str, ...]
    subject: tuple[str, ...]
    time: tuple[int, ...]
    body: tuple[bytes, ...]
    correlationid: tuple[str | None, ...]
    causationid: tuple[str | None, ...]
    sequence: tuple[str | None, ...]
    extensions: tuple[Mapping[str, str] | None, ...]


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
        self._known = KnownIds()
        self.select_max_notification_id_statement = "SELECT MAX(position) FROM fact"

    def construct_create_table_statements(self) -> list[str]:
        """The statements that make an empty ledger, all run in one transaction."""
        return completing()

    def insert_facts(self, c: SQLiteCursor, facts: Sequence[EventData], end: Tip) -> Tip:
        """Append facts to a ledger that ends at ``end``, within a transaction that holds the write
        lock; return where it ends then. Raises an ``IntegrityError``, eventsourcing's or SQLite's,
        if one of their ids is known; the transaction is to be rolled back then."""
        keys = keys_of([fact.id for fact in facts])
        recorded_at = recorded_time(
            self._clock(),
            end.recorded_at if end.position else None,
            max([fact.time for fact in facts]),
            trust_clock=self._trust_clock,
        )
        if len(facts) == 1:
            digest = self._insert_one(c, facts[0], keys[0], end, recorded_at)
        else:
            columns = Columns._make(zip(*facts, strict=True))
            marks = _marks(columns.extensions)
            named = list(zip(columns.type, columns.source, marks, strict=True))
            numbers = map(self._numbers.of(c, set(named)).__getitem__, named)
            names, rows, digest = rows_of(columns, keys, end, recorded_at, numbers, marks)
            insert_rows(c, names, rows, len(facts))
        last = Tip(end.position + len(facts), recorded_at, digest)
        self._known.add(c, keys, end, last)
        return last

    def _insert_one(
        self, c: SQLiteCursor, fact: EventData, key: bytes, end: Tip, recorded_at: int
    ) -> int:
        """What ``rows_of`` and ``insert_rows`` do, for a fact alone: to go by columns takes three
        times as long then. Returns the digest after it."""
        mark = mark_of(fact.extensions)
        origin = fact.type, fact.source, mark
        number = self._numbers.of(c, (origin,))[origin]
        recorded = RecordedEvent(end.position + 1, recorded_at, *fact)
        digest = extend(end.digest, content(recorded))
        own = fact.extensions if mark is None else None
        texts = (*fact[6:9], extensions_to_text(own) if own else None)
        row = (recorded_at, key, number, fact.subject, fact.time, digest, fact.body, *texts)
        c.execute(_INSERT_ONE, row)
        return digest

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
        end = tip(c)
        return range(end.position + 1, self.insert_facts(c, facts, end).position + 1)


def rows_of(
    columns: Columns,
    keys: Sequence[bytes],
    end: Tip,
    recorded_at: int,
    origins: Iterable[int],
    marks: Sequence[str | None],
) -> tuple[tuple[str, ...], Iterator[Row], int]:
    """The names of the columns, and the rows, of facts that come after ``end``; and the digest
    after them. ``origins`` are the number of each one's origin, and ``marks`` what it has of its
    extensions. Positions are SQLite's: it gives the next one to each row.

    Bytes are given to Python's SQLite as ``bytearray``, and None as 0: for ``bytes`` and None it
    looks each time whether somebody has registered how to adapt them, which takes longer than to
    keep them. And a column in which no fact has a value is left out.
    """
    optional: dict[str, Sequence[str | None]] = {
        "correlationid": columns.correlationid,
        "causationid": columns.causationid,
        "sequence": columns.sequence,
        "extensions": _extensions(columns.extensions),
    }
    given = {name: texts for name, texts in optional.items() if _has_any(texts)}
    ends: list[Iterable[bytes]] = [repeat(_NOTHING)]
    if given:
        ends = [_ending(optional[x]) if x in given else repeat(_ABSENT) for x in optional]
    contents = _contents(columns, keys, ends, end, recorded_at)
    if _has_any(marks):
        pairs = zip(given.pop("extensions"), marks, strict=True)
        own = [text if mark is None else None for text, mark in pairs]
        given |= {"extensions": own} if _has_any(own) else {}
    digests = list(extended(end.digest, contents))
    rows = zip(
        repeat(recorded_at),
        map(bytearray, keys),
        origins,
        columns.subject,
        columns.time,
        digests,
        map(bytearray, columns.body),
        *([0 if text is None else text for text in texts] for texts in given.values()),
    )
    return (*_COLUMNS, *given), rows, digests[-1]


def _contents(
    columns: Columns,
    keys: Sequence[bytes],
    ends: Sequence[Iterable[bytes]],
    before: Tip,
    recorded_at: int,
) -> Iterator[bytes]:
    """The content (``ledger.digest``) of each fact that comes after ``before``; ``ends`` are its
    other texts. One fact after the other, so that its content is still in the processor's cache
    when the digest goes over it; and without a loop in Python, which would take twice as long."""
    parts = zip(
        map(numbers_to_bytes, count(before.position + 1), repeat(recorded_at), columns.time),
        keys,
        map(_name, columns.type, columns.source),
        map(str.encode, columns.subject),
        repeat(SEPARATOR),
        *ends,
        columns.body,
    )
    return map(b"".join, parts)


def _extensions(given: Sequence[Mapping[str, str] | None]) -> list[str | None]:
    """Extensions as text."""
    return _each(given, extensions_to_text)


def _marks(given: Sequence[Mapping[str, str] | None]) -> list[str | None]:
    """What each fact's origin has of its extensions: all of them, or None."""
    return _each(given, mark_of)


def _each(
    given: Sequence[Mapping[str, str] | None], text: Callable[[Mapping[str, str]], str | None]
) -> list[str | None]:
    """A text of the extensions of each fact. The facts of an importer share theirs, for which it is
    made once."""
    first = given[0]
    if given.count(first) == len(given):
        return [text(first) if first else None] * len(given)
    known = {at: text(each) for at, each in {id(each): each for each in given if each}.items()}
    return [known.get(id(each)) for each in given]


def _has_any(texts: Sequence[str | None]) -> bool:
    return texts.count(None) < len(texts)


def _ending(texts: Sequence[str | None]) -> Iterable[bytes]:
    """One of the other texts of each fact within its content."""
    if texts.count(texts[0]) == len(texts):
        return repeat(texts_to_bytes(texts[:1]))
    return [_ABSENT if text is None else text.encode() + SEPARATOR for text in texts]


@lru_cache(REMEMBERED)
def _name(type: str, source: str) -> bytes:
    """A type and a source within a content."""
    return texts_to_bytes((type, source))


def insert_rows(c: SQLiteCursor, names: tuple[str, ...], rows: Iterator[Row], number: int) -> None:
    """Insert so many rows into the table of facts, within a transaction. Should one not fit in, all
    of the transaction is rolled back: SQLite would otherwise keep what each statement changes, so
    as to undo that statement alone."""
    if number >= AT_ONCE:
        values = chain.from_iterable(islice(rows, number // AT_ONCE * AT_ONCE))
        together = zip(*[values] * (len(names) * AT_ONCE), strict=True)
        c.executemany(_inserting(names, AT_ONCE), together)
    if number % AT_ONCE:
        c.executemany(_inserting(names, 1), rows)


@lru_cache
def _inserting(names: tuple[str, ...], number: int) -> str:
    """The statement that inserts so many rows."""
    row = f"({','.join('?' if name in _COLUMNS else 'nullif(?, 0)' for name in names)})"
    rows = ",".join([row] * number)
    return f"INSERT OR ROLLBACK INTO fact ({','.join(names)}) VALUES {rows}"


def keys_of(ids: Sequence[str]) -> list[bytes]:
    """The 16 bytes of each canonical id."""
    return list(chain.from_iterable(_KEY.iter_unpack(bytes.fromhex("".join(ids).replace("-", "")))))


def completing() -> list[str]:
    """The statements that make tables with facts, or without, a ledger of this version."""
    return [
        *statements_in("tables.sql"),
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
