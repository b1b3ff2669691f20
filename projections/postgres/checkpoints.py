"""Which worker has which partition of the ledger, and how far it is folded in: the table
``progress``.

Each partition has an epoch that grows with each takeover. A batch first moves the partition's
offset on, under the epoch that its worker got: a worker that lost the partition finds no such row,
and nothing of its batch is kept. The row stays locked until the batch commits, so a worker that
takes over meanwhile waits and begins where that batch ended.

Functions are part of the caller's transaction and use the ``progress`` of the generation that the
``search_path`` names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection

from projections.errors import Fenced
from projections.sql_files import statements_of

_SQL = statements_of(__file__)

#: The rows are rewritten all the time: room is left for that on their pages. ``last_offset`` is of
#: the last record before ``next_offset`` (between the two there may be markers of transactions,
#: which no record has), and ``last_at`` is when that was recorded: by them it is known again. They
#: are apart from ``recorded_at``, since earlier programs move that on alone. ``digest`` is the
#: running digest of the records before ``digest_offset``: of all, unless an earlier program has
#: moved ``next_offset`` beyond that; then it is unknown until the views are built anew.
TABLE = _SQL["progress"]

_THERE = "SELECT partition FROM progress WHERE partition = ANY(%(partitions)s)"
_FREE = f"{_THERE} FOR UPDATE SKIP LOCKED"


class OwnedPartition(NamedTuple):
    """A partition that a worker owns as long as its epoch is this one, its first offset that is not
    folded in yet, and when the last fact before that was recorded; the offset of the last record
    before it, and when that was recorded, as far as they are known."""

    epoch: int
    next_offset: int
    recorded_at: datetime | None = None
    last_offset: int | None = None
    last_at: datetime | None = None


class Progress(NamedTuple):
    """How far a partition is folded in, and when the last fact of it was recorded."""

    next_offset: int
    epoch: int
    owner: str | None
    recorded_at: datetime | None


def take_over(
    connection: Connection[tuple[Any, ...]], partitions: Iterable[int], owner: str, at: datetime
) -> dict[int, OwnedPartition]:
    """Take partitions over from their owners. Waits for a batch of theirs that is being written."""
    # One statement and in order, so that two takeovers at once follow one another.
    parameters = {"partitions": sorted(partitions), "owner": owner, "at": at}
    rows = connection.execute(_SQL["take_over"], parameters).fetchall()
    return {row[0]: OwnedPartition(*row[1:]) for row in rows}


def held_up(connection: Connection[tuple[Any, ...]], partitions: Iterable[int]) -> frozenset[int]:
    """Those of the partitions of which a batch is being written; the others stay free of one until
    the transaction ends."""
    every = {"partitions": sorted(partitions)}
    free = connection.execute(_FREE, every).fetchall()
    there = connection.execute(_THERE, every).fetchall()
    return frozenset(row[0] for row in there) - frozenset(row[0] for row in free)


def end_hanging(connection: Connection[tuple[Any, ...]], seconds: float) -> int:
    """End the sessions of workers that stopped so many seconds ago while they sent rows, and answer
    how many there were. Such a one holds what its batch has locked, so that no other worker gets
    on; and the server's own limits do not end it: to them it is busy."""
    row = connection.execute(_SQL["end_hanging"], [seconds]).fetchone()
    return 0 if row is None else int(row[0])


def advance(
    connection: Connection[tuple[Any, ...]],
    partition: int,
    epoch: int,
    start: int,
    end: int,
    last: tuple[int, datetime] | None,
    at: datetime,
    *,
    digest: int,
) -> None:
    """Record that the offsets in [start, end) of a partition are folded in. ``last`` is the offset
    of the last record among them, and when it was recorded; None if there is none. ``digest`` is
    that of the records among them. Raises ``Fenced``."""
    parameters = {
        "partition": partition,
        "epoch": epoch,
        "start": start,
        "end": end,
        "last": None if last is None else last[0],
        "recorded_at": None if last is None else last[1],
        "at": at,
        "digest": digest,
    }
    if connection.execute(_SQL["advance"], parameters).rowcount != 1:
        raise Fenced(partition)


def give_up(
    connection: Connection[tuple[Any, ...]], epochs: Mapping[int, int], at: datetime
) -> None:
    """Give these partitions up, as far as their epochs are still these: partition -> epoch. Only
    for those who watch; the next owner takes over all the same."""
    for partition in sorted(epochs):
        parameters = {"partition": partition, "epoch": epochs[partition], "at": at}
        connection.execute(_SQL["give_up"], parameters)


def last_records(
    connection: Connection[tuple[Any, ...]],
) -> dict[int, tuple[int, datetime]]:
    """The offset of the last record of each partition that is folded in, and when it was recorded,
    as far as they are known."""
    query = "SELECT partition, last_offset, last_at FROM progress WHERE last_at IS NOT NULL"
    return {row[0]: row[1:] for row in connection.execute(query).fetchall()}


def digests(
    connection: Connection[tuple[Any, ...]],
) -> dict[int, tuple[int, int | None]]:
    """How far each partition is folded in, and the running digest of its records up to there; None
    where that is not known."""
    rows = connection.execute(_SQL["digests"]).fetchall()
    return {row[0]: (row[1], None if row[2] is None else int(row[2])) for row in rows}


def progress(connection: Connection[tuple[Any, ...]]) -> dict[int, Progress]:
    """How far each partition is folded in."""
    query = "SELECT partition, next_offset, epoch, owner, recorded_at FROM progress ORDER BY 1"
    return {row[0]: Progress(*row[1:]) for row in connection.execute(query).fetchall()}
