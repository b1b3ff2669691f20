"""Taking up again what was set aside: messages in quarantine, and facts of parked subjects.

Each goes the way of every other fact, in one transaction with its entry in quarantine or the queue,
and needs no partition: workers go on meanwhile. A crash at any line leaves it set aside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import NamedTuple

from consumers.conflicts import message_of
from consumers.worker.apply_batch import BatchWriter, Fetch, Written, conflict_reason, quarantined
from consumers.worker.db_session import DbSession
from domain.errors import Unknown, Wrong
from domain.positions import offset_of, partition_of, position_of
from ledger.kafka.message import Message
from projections.errors import AtFault, Unfoldable
from projections.postgres import (
    control_schema,
    generation_topic,
    generations,
    parked_subjects,
    rebuild_state,
)
from projections.postgres.control_schema import Postgres
from projections.postgres.quarantine import Place


class Retried(NamedTuple):
    """What became of a message in quarantine: whether it is settled, and why or why not."""

    partition: int
    offset: int
    settled: bool
    why: str


class Unparked(NamedTuple):
    """What became of a parked subject: how many of its facts were folded in. ``reason`` is there if
    it stays parked, and names what failed again; ``failing`` is then the place of the first fact on
    which the fold fails, on top of those before it."""

    facts: int
    reason: str | None
    failing: Place | None = None


class _Undone(Exception):
    """What was tried is not kept."""


def retry(db_session: DbSession, place: Place) -> Retried | None:
    """Read a message in quarantine with today's program, and land its fact. None if there is no
    such message, or if it is settled already."""

    def task(writer: BatchWriter, connection: Postgres) -> Retried | None:
        found = writer.quarantine().one(place, lock=True)
        if found is None or found.state != "open":
            return None
        written = writer.take_up([message_of(found)])
        settled, why = _judged(written, position_of(*place))
        if settled:
            # The database's own time: a rebuild compares it with when it began.
            at = rebuild_state.clock(connection)
            writer.quarantine().settle(place, "retried", at, why)
        return Retried(*place, settled, why)

    try:
        return db_session.within(task)
    except (AtFault, Unfoldable) as error:
        return Retried(*place, settled=False, why=f"the projection fails on it: {error}")


def dismiss(connection: Postgres, schema: str, place: Place, reason: str, at: datetime) -> bool:
    """Close a message in quarantine: it is no fact, in these views and in all that are built
    later. Answers whether it was open. Raises ``Wrong`` where its fact is in the views."""
    with connection.transaction():
        live = control_schema.hold_live(
            connection, schema
        )  # a rebuild ends before this, or after it
        if live is None:
            return False
        generations.point_to(connection, schema, live.id)
        quarantine = generation_topic.quarantine_of(connection, schema, live.id)
        if quarantine.is_in_views(place):
            raise Wrong(
                "a message that is not in the views",
                f"that a rebuild has read {place[0]}:{place[1]}, which could not be read once",
                "{quarantine retry} closes it; what is to be taken back is taken back by a"
                " fact.retracted",
            )
        return quarantine.settle(place, "dismissed", at, reason)


def unpark(db_session: DbSession, fetch: Fetch, subject: str) -> Unparked | None:
    """Fold in the waiting facts of a parked subject, in their order, and unpark it. None if it is
    not parked."""

    def task(writer: BatchWriter, connection: Postgres) -> Unparked | None:
        # The row first: a worker that adds to the queue at this moment is waited for, and one that
        # comes later waits for this transaction, and then finds the subject no longer parked.
        if parked_subjects.one(connection, subject, lock=True) is None:
            return None
        messages = fetch(parked_subjects.waiting(connection, subject))
        # Unparked before the facts are folded in, or they would be queued again.
        parked_subjects.unpark(connection, subject)
        written = writer.take_up(messages)
        return Unparked(written.landed + written.duplicates, None)

    try:
        return db_session.within(task)
    except (AtFault, Unfoldable) as error:
        return Unparked(0, str(error), _first_failing(db_session, fetch, subject))


def dismiss_waiting(
    db_session: DbSession, fetch: Fetch, subject: str, places: Sequence[Place], why: str
) -> int | None:
    """Dismiss facts that wait for a parked subject: they are no facts, stay in quarantine, and wait
    no more. The subject stays parked. Answers how many they were; None if the subject is not
    parked. Raises ``Unknown`` where no fact of it waits at a place."""

    def task(writer: BatchWriter, connection: Postgres) -> int | None:
        parked = parked_subjects.one(connection, subject, lock=True)
        if parked is None:
            return None
        waiting = set(parked_subjects.waiting(connection, subject))
        for place in places:
            if place not in waiting:
                raise Unknown(
                    "a waiting fact of the subject",
                    f"none at {place[0]}:{place[1]}",
                    "{parked show} has them",
                )
        at = rebuild_state.clock(connection)
        found = [quarantined(message, parked.reason, at) for message in fetch(places)]
        writer.quarantine().add(found)
        for one in found:
            writer.quarantine().settle((one.partition, one.offset), "dismissed", at, why)
        parked_subjects.drop(connection, places)
        return len(found)

    return db_session.within(task)


def _first_failing(db_session: DbSession, fetch: Fetch, subject: str) -> Place | None:
    """The place of the first fact of a parked subject on which the fold fails; None if it does not
    fail any more."""
    found: list[Place] = []

    def task(writer: BatchWriter, connection: Postgres) -> None:
        places = parked_subjects.waiting(connection, subject)
        messages = fetch(places)
        parked_subjects.unpark(connection, subject)
        # The fold succeeds with the first ``good`` of them, and fails with the first ``bad``.
        good, bad = 0, len(messages) + 1
        while bad - good > 1:
            middle = (good + bad) // 2
            if _folds(writer, connection, messages[:middle]):
                good = middle
            else:
                bad = middle
        found.extend(places[good : good + 1])
        raise _Undone

    with suppress(_Undone, AtFault):
        db_session.within(task)
    return found[0] if found else None


def _folds(writer: BatchWriter, connection: Postgres, messages: Sequence[Message]) -> bool:
    """Whether the fold goes well with some messages."""
    try:
        with _undone(connection):
            writer.take_up(messages)
    except Unfoldable:
        return False
    return True


@contextmanager
def _undone(connection: Postgres) -> Iterator[None]:
    """Nothing that is written in the block is kept."""
    with suppress(_Undone), connection.transaction():
        yield
        raise _Undone


def _judged(written: Written, position: int) -> tuple[bool, str]:
    if written.misfits:
        return False, written.misfits[0][1]
    for conflict in written.conflicts:
        if conflict.position == position:
            return False, conflict_reason(conflict)
    if written.conflicts:
        aside = written.conflicts[0].position
        return True, (
            "it is a fact, was recorded first, and was taken in; the one with its id at partition"
            f" {partition_of(aside)}, offset {offset_of(aside)} is in quarantine in its place"
        )
    if written.waiting:
        return True, "it is a fact, and waits: its subject is parked"
    if written.duplicates:
        return True, "it is a fact, which was there already"
    return True, "it is a fact, and was taken in"
