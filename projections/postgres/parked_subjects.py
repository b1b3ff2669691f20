"""Subjects whose facts a projection failed on. Their facts wait, in order; those of other subjects
do not (as in Axon's sequenced dead-letter queue).

Only the place of a waiting fact is kept: the ledger has its bytes. A row of ``parked`` is locked by
transactions that add a fact to its queue (shared) and by the one that empties it (alone), so that
no fact slips in behind a transaction that has seen the queue empty.

Functions are part of the caller's transaction and use the tables of the generation that the
``search_path`` names. A subject is personal: it is shown to those who may read the database, and
never written to a log.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from psycopg import Connection

from projections.postgres.quarantine import storable
from projections.sql_files import statements_of

_SQL = statements_of(__file__)

#: The statements that make the tables of a generation.
TABLES = (_SQL["parked"], _SQL["parked_fact"], _SQL["parked_fact_queue"])


class Parked(NamedTuple):
    """A parked subject: why, since when, and how many of its facts wait."""

    subject: str
    reason: str
    since: datetime
    facts: int


def parked_among(
    connection: Connection[tuple[Any, ...]], subjects: Iterable[str]
) -> frozenset[str]:
    """Which of these subjects are parked; they stay so until the transaction ends."""
    every = connection.execute("SELECT digest FROM parked").fetchall()
    if not every:
        return frozenset()
    there = {row[0] for row in every}
    found = {key: subject for subject in set(subjects) if (key := _digest(subject)) in there}
    # Another transaction may be unparking a subject: this waits for it, and the row is gone then.
    held = connection.execute(
        "SELECT digest FROM parked WHERE digest = ANY(%s) ORDER BY digest FOR SHARE", [list(found)]
    ).fetchall()
    return frozenset(found[row[0]] for row in held)


def park(
    connection: Connection[tuple[Any, ...]], subject: str, reason: str, since: datetime
) -> None:
    """Park a subject. Of one that is parked already, the first reason stays."""
    connection.execute(_SQL["park"], [_digest(subject), subject, storable(reason), since])


def queue(connection: Connection[tuple[Any, ...]], facts: Iterable[tuple[int, int, str]]) -> None:
    """Let facts of parked subjects wait: (partition, offset, subject)."""
    rows = [(partition, offset, _digest(subject)) for partition, offset, subject in facts]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(_SQL["queue"], rows)


def every(connection: Connection[tuple[Any, ...]]) -> list[Parked]:
    """All parked subjects, those that wait longest first."""
    return [Parked(*row) for row in connection.execute(_SQL["listed"]).fetchall()]


def one(
    connection: Connection[tuple[Any, ...]], subject: str, *, lock: bool = False
) -> Parked | None:
    """A parked subject, None if it is not parked; with ``lock``, no fact is added to its queue
    until the transaction ends."""
    query = "SELECT subject, reason, since FROM parked WHERE digest = %s"
    row = connection.execute(query + (" FOR UPDATE" if lock else ""), [_digest(subject)]).fetchone()
    # The queue is counted afterwards: what was added during the wait is seen.
    return None if row is None else Parked._make((*row, len(waiting(connection, subject))))


def waiting(connection: Connection[tuple[Any, ...]], subject: str) -> list[tuple[int, int]]:
    """The places (partition, offset) of a subject's waiting facts, in order."""
    query = 'SELECT partition, "offset" FROM parked_fact WHERE digest = %s ORDER BY 1, 2'
    return [(row[0], row[1]) for row in connection.execute(query, [_digest(subject)]).fetchall()]


def drop(connection: Connection[tuple[Any, ...]], places: Iterable[tuple[int, int]]) -> None:
    """These facts (partition, offset) wait no more; their subjects stay parked."""
    rows = list(places)
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(_SQL["drop"], rows)


def unpark(connection: Connection[tuple[Any, ...]], subject: str) -> None:
    """The subject is not parked any more, and none of its facts waits."""
    digest = [_digest(subject)]
    connection.execute("DELETE FROM parked_fact WHERE digest = %s", digest)
    connection.execute("DELETE FROM parked WHERE digest = %s", digest)


def count(connection: Connection[tuple[Any, ...]]) -> tuple[int, int]:
    """How many subjects are parked, and how many facts wait for them."""
    row = connection.execute(
        "SELECT (SELECT count(*) FROM parked), (SELECT count(*) FROM parked_fact)"
    ).fetchone()
    return (0, 0) if row is None else (int(row[0]), int(row[1]))


def _digest(subject: str) -> bytes:
    return sha256(subject.encode()).digest()
