"""The end of a rebuild: from where the bulk was pinned to the present, and the swap.

Why no fact is lost or doubled, and no answer goes back: a generation's rows and its ``progress``
are of one transaction each time, here as in a worker, so every generation holds exactly the facts
before its own offsets. Workers hold the pointer (shared) while they write a batch; the swap takes
it alone. Meanwhile no batch is written to the live generation; what it has and the new one lacks is
folded into the new one, and only then is the pointer moved. Whatever workers wrote into the old
generation is thus in the new one too, from the same topic; and what they write next begins at the
offsets of the new one, which they take over with a higher epoch, as from any other worker.

A crash before the commit of the swap leaves the old generation live and the new one being built:
the next ``rebuild`` goes on with it. A crash after it leaves the old schema to be dropped.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from uuid import UUID

from consumers.rebuild.preflight import are_of_one, expect_facts, report_forgotten
from consumers.rebuild.reconcile import Reconciliation
from consumers.worker.apply_batch import BatchWriter, prepare
from consumers.worker.batch import MOST, BatchBuffer
from consumers.worker.topic_guard import expect_same
from domain.positions import Vector
from domain.topics import Topic
from ledger.kafka.ledger import KafkaLedger
from ledger.kafka.message import envelope
from projections.errors import AtFault, TryAgain, Unfoldable
from projections.postgres import (
    checkpoints,
    control_schema,
    generation_topic,
    generations,
    parked_subjects,
    rebuild_state,
)
from projections.postgres.connection import Postgres
from projections.postgres.errors import explained
from projections.postgres.generation_topic import Lacking
from projections.postgres.session import PostgresSession
from projections.postgres.store import PostgresStore

#: Messages that may be missing when the pointer is taken: workers wait while they are folded.
NEAR = 2_000
#: Rounds of catching up; afterwards workers wait for as long as it takes.
ROUNDS = 20
#: How often a batch is tried again where another transaction is in the way.
TRIES = 8
#: How long readers of the old views are waited for, before these are left to the next rebuild.
READERS_S, PAUSE_S = 30.0, 0.2


class RebuildWriter(BatchWriter):
    """Writes into a generation that is being built: it need not be the live one, and no other
    process writes to it (``rebuild_state.alone``)."""

    def hold(self) -> None:
        """Nothing to hold: a generation that is not live is swapped by this rebuild alone."""


class CatchUp:
    """Brings a generation from the offsets of its ``progress`` to the present, as a worker would.
    ``on_messages`` is called with how many messages of how many are taken in."""

    def __init__(
        self,
        session: PostgresSession,
        ledger: KafkaLedger,
        schema: str,
        owner: str,
        on_messages: Callable[[int, int], None],
    ) -> None:
        self.generation = session.generation
        self._session = session
        self._ledger = ledger
        self._schema = schema
        self._on_messages = on_messages
        self._writer = RebuildWriter(
            session, schema, session.generation, self._clock, ledger.messages_at
        )
        self._reconciliation = Reconciliation(session, self._writer, schema, ledger.messages_at)
        partitions = range(ledger.partitions())
        with explained(), session.transaction():
            held = checkpoints.take_over(session.connection, partitions, owner, self._clock())
        self._epochs = {partition: one.epoch for partition, one in held.items()}

    def reach(self) -> Vector:
        """How far the generation is."""
        return reach_of(self._session.connection)

    def head(self) -> Vector:
        """How far the topic goes."""
        return self._ledger.head()

    def expect_topic(self, topic: Topic) -> None:
        """See that what was read is of this topic still. Raises ``Lost`` and ``Repartitioned``."""
        expect_same(topic, self._ledger.topic())

    def come_near(self) -> None:
        """Catch up until little is missing; a topic that grows faster than it is read is not waited
        for."""
        for _ in range(ROUNDS):
            missing = self.upto(self.head())
            if missing <= NEAR:
                return

    def upto(self, wanted: Vector) -> int:
        """Fold in what lies before a reach, a batch a transaction; it goes no further than the
        topic. Answers how many offsets that were."""
        start = self.reach()
        missing = sum(max(0, end - start.get(partition, 0)) for partition, end in wanted.items())
        buffer = BatchBuffer()
        for partition in self._epochs:
            buffer.begin(partition, start.get(partition, 0))
        done = 0
        for messages in self._ledger.messages(start, wanted, MOST):
            buffer.add(messages, {})
            self._write(buffer)
            done += len(messages)
            self._on_messages(done, missing)
        # Behind the last message there may be markers of transactions, which no message has.
        buffer.add([], wanted)
        self._write(buffer)
        return missing

    def lacking(self, live: int) -> Lacking:
        """What the generation lacks of another one."""
        connection, waiting = self._session.connection, {}
        for one in parked_subjects.every(connection):
            for message in self._ledger.messages_at(
                parked_subjects.waiting(connection, one.subject)
            ):
                waiting[UUID(envelope(message).id)] = one.subject
        return generation_topic.lacking(connection, self._schema, live, self.generation, waiting)

    def give_up(self) -> None:
        """Give up all partitions of the generation, until workers take them over."""
        connection = self._session.connection
        with explained(), self._session.transaction():
            checkpoints.give_up(connection, self._epochs, self._clock())

    def try_parked(self) -> None:
        """Fold the facts of each parked subject again; what still fails stays parked."""
        for one in parked_subjects.every(self._session.connection):
            self._try(one)

    def agree(self, live: int | None = None) -> None:
        """Do what was decided about messages in quarantine since the generation was begun. ``live``
        is the generation that has it done, once no decision can be made any more."""
        self._again(self._reconciliation.take_up_retried)
        if live is not None:
            self._again(partial(self._reconciliation.leave_out_dismissed, live))
            for one in parked_subjects.every(self._session.connection):
                if self._reconciliation.drop_dismissed(one.subject):
                    self._try(one)

    def _try(self, one: parked_subjects.Parked) -> None:
        try:
            self._again(partial(self._take_up, one.subject))
        except (AtFault, Unfoldable) as error:
            self._park_again(one, str(error))

    def _write(self, buffer: BatchBuffer) -> None:
        if buffer.moved():
            prepared = prepare(buffer.flush())
            try:
                self._again(lambda: self._writer.write(prepared, self._epochs))
            except AtFault:
                self._writer.write(prepared, self._epochs, suspecting=True)

    def _take_up(self, subject: str) -> None:
        connection = self._session.connection
        with explained(), self._session.transaction():
            messages = self._ledger.messages_at(parked_subjects.waiting(connection, subject))
            parked_subjects.unpark(connection, subject)
            self._writer.take_up(messages)

    def _park_again(self, one: parked_subjects.Parked, reason: str) -> None:
        """With the reason of today."""
        connection = self._session.connection
        with explained(), self._session.transaction():
            waiting = parked_subjects.waiting(connection, one.subject)
            parked_subjects.unpark(connection, one.subject)
            parked_subjects.park(connection, one.subject, reason, one.since)
            parked_subjects.queue(connection, [(*place, one.subject) for place in waiting])

    def _again(self, write: Callable[[], object]) -> None:
        for _ in range(TRIES):
            try:
                write()
            except (AtFault, TryAgain):
                continue
            return
        write()

    def _clock(self) -> datetime:
        return rebuild_state.clock(self._session.connection)


def swap(
    connection: Postgres,
    views: PostgresStore,
    catch_up: CatchUp,
    topic: Topic,
    on_forgotten: Callable[[str], None] | None,
) -> Vector:
    """Make a generation that is near the present, and of a topic, the live one. Answers how far it
    stands. ``connection`` has the lock of the process that builds. Raises ``Lost`` where it lacks
    facts that the live one has; but if they are to be forgotten, ``on_forgotten`` is there and
    called with them."""
    schema = views.schema
    catch_up.expect_topic(topic)
    with explained(), connection.transaction():
        live = control_schema.hold_swap(connection, schema)
        if live is not None:
            # Workers wait from here on, and readers do not. A topic that has lost its end has less
            # than what the live generation once knew: then the new one knows what is there.
            generations.point_to(connection, schema, live.id)
            same = are_of_one(connection, schema, live.id, topic)
            known = reach_of(connection) if same else Vector({})
            ours, there = catch_up.reach(), catch_up.head()
            wanted = {p: max(end, ours.get(p, 0)) for p, end in {**ours, **known}.items()}
            catch_up.upto(Vector({p: min(end, there.get(p, 0)) for p, end in wanted.items()}))
            catch_up.agree(live.id)
            if on_forgotten is not None or not same:
                lacking = catch_up.lacking(live.id)
                if on_forgotten is None:
                    expect_facts(lacking)
                else:
                    report_forgotten(lacking, on_forgotten)
        reach = catch_up.reach()
        catch_up.give_up()
        at = rebuild_state.clock(connection)
        control_schema.put_live(connection, schema, catch_up.generation, at)
        rebuild_state.end(connection, schema, catch_up.generation)
    # A crash here: the views of data teams are of the old generation until a worker begins.
    return reach


def drop_retired(views: PostgresStore) -> None:
    """Point the views of data teams at the new generation, and drop those that were live, when
    their readers have gone. Those that have readers for long are left to the next rebuild."""
    deadline = time.monotonic() + READERS_S
    while views.drop_retired() and time.monotonic() < deadline:
        time.sleep(PAUSE_S)


def reach_of(connection: Postgres) -> Vector:
    """How far the generation of a connection's ``search_path`` is."""
    rows = checkpoints.progress(connection)
    return Vector({partition: one.next_offset for partition, one in rows.items()})
