"""What could not be read, or contradicts what was read before: kept whole, until the program is
repaired or a person dismisses it. Such messages are also called dead letters.

The table lies in the control schema, since a message is unreadable whichever generation of the
views is built. Each generation is of one topic, and has to do with that topic's messages alone:
another one has other messages at the same places. Header names and values are bytes as they came.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from psycopg import Connection, Cursor

from domain.positions import BITS
from domain.topics import Topic
from projections.postgres.control_schema import named
from projections.sql_files import statements_of

State = Literal["open", "retried", "dismissed"]
#: A partition, and an offset in it.
Place = tuple[int, int]

#: In front of every place.
BEFORE_ALL: Place = (-1, -1)
#: The key of messages whose topic is not recorded.
_UNKNOWN_TOPIC = ""
_Postgres = Connection[tuple[Any, ...]]

_SQL = statements_of(__file__)


class Quarantined(NamedTuple):
    """A message as it came, and why it is here. ``recorded_at`` is when the ledger took it in,
    ``first_seen`` when a worker read it; ``settled_at`` and ``why`` are there once it is not open
    any more; ``fact_id`` is that of a fact which contradicts another one."""

    partition: int
    offset: int
    recorded_at: datetime
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[bytes, bytes | None], ...]
    reason: str
    first_seen: datetime
    state: State = "open"
    settled_at: datetime | None = None
    why: str | None = None
    fact_id: UUID | None = None


class Quarantine:
    """The messages of one topic that were set aside; ``topic`` is None where the topic of the views
    is not recorded yet. Every method is part of the caller's transaction."""

    def __init__(self, connection: _Postgres, schema: str, topic: Topic | None) -> None:
        self._connection = connection
        self._schema = schema
        self._key = _UNKNOWN_TOPIC if topic is None else topic.key
        self._keys = [_UNKNOWN_TOPIC] if topic is None else [*topic.keys, _UNKNOWN_TOPIC]

    def add(self, messages: Sequence[Quarantined]) -> None:
        """Keep messages. One that is kept already stays as it is: a batch may come again after a
        crash, and what a person decided holds, also where it was on a topic of another name. But
        one that was retried once, and is no fact to a program of today, is open again."""
        if not messages:
            return
        rows = [
            (
                self._key,
                one.partition,
                one.offset,
                one.recorded_at,
                one.key,
                one.value,
                [name for name, _ in one.headers],
                [value for _, value in one.headers],
                storable(one.reason),
                one.first_seen,
                one.fact_id,
            )
            for one in sorted(messages)
        ]
        with self._connection.cursor() as cursor:
            cursor.executemany(named(_SQL["add"], self._schema), rows)

    def listed(
        self, states: Iterable[State] = ("open",), *, limit: int, after: Place = BEFORE_ALL
    ) -> list[Quarantined]:
        """The messages in these states behind a place, in order."""
        rows = self._rows(_SQL["listed"], after, states=list(states), limit=limit)
        return [_read(row) for row in rows]

    def one(self, place: Place, *, lock: bool = False) -> Quarantined | None:
        """The message of a place. Where a topic that lost its end had several there, it is the last
        one that is open, or the last one. With ``lock``, no other transaction settles it until this
        one ends."""
        rows = self._rows(_SQL["at"] + (" FOR UPDATE" if lock else ""), place)
        return _read(rows[0]) if rows else None

    def contradicting(self, ids: Iterable[UUID]) -> list[Quarantined]:
        """The facts with these ids that contradict others, whatever became of them."""
        wanted = list(ids)
        return (
            [_read(row) for row in self._rows(_SQL["contradicting"], ids=wanted)] if wanted else []
        )

    def settle(self, place: Place, state: State, at: datetime, why: str | None) -> bool:
        """Close the message of a place if it is open; answers whether it was. See ``one``."""
        return self._done(_SQL["settle"], place, state=state, at=at, why=why).rowcount == 1

    def dismissed(self) -> list[tuple[int, datetime]]:
        """The position of each message that was dismissed, and when it was recorded: whatever a
        program makes of it, it is no fact."""
        return [(row[0], row[1]) for row in self._rows(_SQL["dismissed"])]

    def dismissed_in(
        self, stretches: Sequence[tuple[int, int, int]]
    ) -> set[tuple[int, int, datetime]]:
        """As ``dismissed``, of the messages in ranges (partition, first offset, end): partition,
        offset, and when it was recorded."""
        if not stretches:
            return set()
        partitions, firsts, ends = (list(column) for column in zip(*stretches, strict=True))
        rows = self._rows(_SQL["dismissed_in"], partitions=partitions, firsts=firsts, ends=ends)
        return {(row[0], row[1], row[2]) for row in rows}

    def retried_since(
        self, generation: int, after: Place, limit: int
    ) -> list[tuple[Place, datetime]]:
        """The messages behind a place that were retried since a generation was begun: the place of
        each, and when it was recorded."""
        rows = self._rows(_SQL["retried_since"], after, generation=generation, limit=limit)
        return [((row[0], row[1]), row[2]) for row in rows]

    def dismissed_in_views(self) -> list[tuple[int, UUID]]:
        """The facts of messages that were dismissed which the generation of the ``search_path``
        has: their positions and ids."""
        return [(row[0], row[1]) for row in self._rows(_SQL["dismissed_in_views"])]

    def is_in_views(self, place: Place) -> bool:
        """Whether the generation of the ``search_path`` has a fact of a message that was set aside:
        a program that could read it has folded it in."""
        return bool(self._rows(_SQL["in_views"], place))

    def count(self) -> int:
        """How many messages are open."""
        return int(self._rows(_SQL["count"])[0][0])

    def _rows(
        self, query: str, place: Place = BEFORE_ALL, **parameters: Any
    ) -> list[tuple[Any, ...]]:
        return self._done(query, place, **parameters).fetchall()

    def _done(self, statement: str, place: Place, **parameters: Any) -> Cursor[tuple[Any, ...]]:
        partition, offset = place
        ours = {"of_ours": self._keys, "partition": partition, "offset": offset}
        return self._connection.execute(
            named(statement, self._schema, bits=BITS), ours | parameters
        )


def storable(text: str) -> str:
    """The text of an unforeseen error, as PostgreSQL can hold it."""
    return text.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def _read(row: tuple[Any, ...]) -> Quarantined:
    names, values = row[5:7]
    headers = tuple(zip(names, values, strict=True))
    return Quarantined._make((*row[:5], headers, *row[7:]))
