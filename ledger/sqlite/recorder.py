"""The table of facts, as eventsourcing's SQLite recorder knows it.

A fact is a row of ``fact`` (see ``tables.sql``): its id as 16 bytes, its type and source as a
number of the table ``origin``, and with it the running digest of the ledger. The view
``stored_events`` shows each one as a stored event, ``originator_id`` the fact's id,
``originator_version`` 1, ``topic`` its type and ``state`` its wire bytes; so eventsourcing's own
readers (notifications, ``select_events``) see every fact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count, repeat
from pathlib import Path
from typing import Any, NamedTuple

from eventsourcing.persistence import ProgrammingError, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor, SQLiteDatastore

from ledger.digest import SEPARATOR, START, extended, numbers_to_bytes, texts_to_bytes
from ledger.extensions import extensions_to_text
from ledger.port import EventData
from ledger.sqlite.origins import Numbers
from ledger.sqlite.recorded_time import recorded_time

#: "Pldg": marks a ledger among SQLite files. VERSION is that of the tables.
APPLICATION_ID = 0x506C6467
VERSION = 2
#: That which ``ledger.sqlite.migration`` brings to it.
OLD_VERSION = 1

_NOTHING = texts_to_bytes([None] * 4)


class Columns(NamedTuple):
    """Facts column by column, as ``EventData`` names them."""

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

    def insert_facts(self, c: SQLiteCursor, facts: Sequence[EventData]) -> Sequence[int]:
        """Append facts, none of whose ids is known, within a transaction that holds the write
        lock; return their positions.

        One ``executemany``: eventsourcing's own loop makes a call for each event.
        """
        end = tip(c)
        columns = Columns._make(zip(*facts, strict=True))
        recorded_at = recorded_time(
            self._clock(),
            end.recorded_at if end.position else None,
            max(columns.time),
            trust_clock=self._trust_clock,
        )
        origins = self._numbers.of(c, set(zip(columns.type, columns.source, strict=True)))
        names, rows = rows_of(columns, end, recorded_at, origins)
        marks = ",".join("?" * len(names))
        c.executemany(f"INSERT INTO fact ({','.join(names)}) VALUES ({marks})", rows)
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
        return self.insert_facts(c, facts)


def tip(c: SQLiteCursor) -> Tip:
    """Where the ledger ends; zeros for an empty one."""
    c.execute("SELECT position, recorded_at, digest FROM fact ORDER BY position DESC LIMIT 1")
    return Tip(*(c.fetchone() or ()))


def rows_of(
    facts: Columns, end: Tip, recorded_at: int, origins: Mapping[tuple[str, str], int]
) -> tuple[list[str], Iterator[tuple[object, ...]]]:
    """The rows of facts that come after ``end``, and the names of their columns. ``origins`` are
    the numbers of the types and sources.

    Column by column, since that is half the work of fact by fact. Bytes are given to Python's
    SQLite as ``bytearray``: for ``bytes``, and for None, it looks each time whether somebody has
    registered how to adapt them, which takes longer than to keep them. So a column in which no fact
    has a value is left out. Positions are SQLite's: it gives the next one to each row.
    """
    keys = _keys(facts.id)
    pairs = list(zip(facts.type, facts.source, strict=True))
    extensions = [extensions_to_text(each) if each else None for each in facts.extensions]
    optional = {
        "correlationid": facts.correlationid,
        "causationid": facts.causationid,
        "sequence": facts.sequence,
        "extensions": extensions,
    }
    given = {name: each for name, each in optional.items() if each.count(None) < len(each)}
    more = map(texts_to_bytes, zip(*optional.values(), strict=True)) if given else repeat(_NOTHING)
    named = {pair: texts_to_bytes(pair) for pair in set(pairs)}
    contents = map(
        b"".join,
        zip(
            map(numbers_to_bytes, count(end.position + 1), repeat(recorded_at), facts.time),
            keys,
            map(named.__getitem__, pairs),
            map(str.encode, facts.subject),
            repeat(SEPARATOR),
            more,
            facts.body,
        ),
    )
    columns = {
        "recorded_at": repeat(recorded_at),
        "id": map(bytearray, keys),
        "origin": map(origins.__getitem__, pairs),
        "subject": facts.subject,
        "time": facts.time,
        **given,
        "digest": extended(end.digest, contents),
        "body": map(bytearray, facts.body),
    }
    return list(columns), zip(*columns.values(), strict=False)


def _keys(ids: Sequence[str]) -> list[bytes]:
    """The 16 bytes of each canonical id."""
    together = bytes.fromhex("".join(ids).replace("-", ""))
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
