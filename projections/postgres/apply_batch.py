"""A batch of facts into the tables and the views, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple, Protocol

import psycopg
import pyarrow as pa
import pyarrow.compute as pc

from domain.facts import Fact
from projections.duckdb.load_facts import Facts
from projections.fact_tables import table_of
from projections.fold.affected_keys import forget, touch_fresh
from projections.fold.retractions import settle_retracted
from projections.fold.run import CHANGED, FRESH, fold_touched
from projections.postgres.copy_format import Copy, run
from projections.postgres.duplicates import Conflict, judge
from projections.postgres.key_locks import bears_on_others
from projections.postgres.load_facts import copies_of, refuse_unholdable
from projections.postgres.session import PostgresSession
from projections.stored_facts import read_facts


class Arrival(Protocol):
    """Decoded facts: ``envelopes`` as projections/duckdb/load_facts.py makes them, and ``by_type``
    the facts of each type with their bodies. Both hold the same facts; a batch without any has no
    columns."""

    @property
    def envelopes(self) -> pa.Table:
        """The rows of the table of all envelopes."""

    @property
    def by_type(self) -> Sequence[Facts]:
        """Facts of each type."""


class PreparedFacts(NamedTuple):
    """An arrival made ready to be landed."""

    envelopes: pa.Table
    by_type: Sequence[Facts]
    copies: Sequence[Copy]


class Landed(NamedTuple):
    """What became of a batch: the positions of the facts that were put into the tables, those of
    duplicates, and the facts that contradict one that counts. Those are not in the tables, or not
    any more: one of them may have come with an earlier batch."""

    positions: list[int]
    duplicates: list[int]
    conflicts: list[Conflict]


class _MustBeAlone(Exception):
    """A fact in the tables has to go, and may bear on keys that are not claimed."""


def prepare_facts(arrival: Arrival) -> PreparedFacts:
    """What can be done for a batch before its transaction, and in another thread. Raises
    ``Unholdable``."""
    if not arrival.by_type:
        return PreparedFacts(arrival.envelopes, (), ())
    refuse_unholdable(arrival.envelopes, arrival.by_type)
    copies = copies_of(arrival.envelopes, arrival.by_type)
    return PreparedFacts(arrival.envelopes, arrival.by_type, copies)


def apply_batch(session: PostgresSession, arrival: Arrival | PreparedFacts) -> Landed:
    """Land a batch, each id once, and fold the keys that it touches. Part of the caller's
    transaction, in READ COMMITTED: what it waits for it sees.

    Raises ``Unholdable`` before anything is written, psycopg.errors.DeadlockDetected if the
    batch and another one wait for each other (try again), and whatever a fold raises.
    """
    arrival = arrival if isinstance(arrival, PreparedFacts) else prepare_facts(arrival)
    if not arrival.by_type:
        return Landed([], [], [])
    if session.rows("SELECT 1 FROM fresh LIMIT 1"):
        forget(session)  # not the first batch of the transaction
    landed = land(session, arrival)
    fold_touched(session)
    session.statistics.gather(len(landed.positions))
    session.key_locks.let_go()
    return landed


def remove_facts(session: PostgresSession, positions: Sequence[int]) -> None:
    """Take facts out of the tables and the views, as if they had never been there. Part of the
    caller's transaction."""
    if session.rows("SELECT 1 FROM fresh LIMIT 1"):
        forget(session)
    session.key_locks.hold_rules(alone=True)
    wanted = {"positions": list(positions)}
    _remove_facts(session, read_facts(session, "f.position IN (SELECT unnest($positions))", wanted))
    fold_touched(session)
    session.key_locks.let_go()


def land(session: PostgresSession, arrival: PreparedFacts) -> Landed:
    """Land a batch, under the lock that it needs, and put into ``fresh`` what has to be folded.

    A batch goes straight into the tables. Only if the database says that an id is there already is
    it looked through, id by id: batches without duplicates pay nothing for the others.
    """
    types = {name for name, _ in arrival.by_type}
    alone = bears_on_others(types) or session.key_locks.only_worker()
    try:
        with session.transaction():
            session.key_locks.hold_rules(alone=alone)
            for copy in arrival.copies:
                run(session.connection, copy)
        landed = Landed(arrival.envelopes["position"].to_pylist(), [], [])
    except psycopg.errors.UniqueViolation:
        landed = _land_carefully(session, arrival, alone=alone)
    freshen(session, landed.positions)
    return landed


def freshen(session: PostgresSession, positions: Sequence[int]) -> None:
    """Put facts into ``fresh``: they have to be folded."""
    wanted = {"positions": list(positions)}
    session.execute(f"{FRESH} WHERE f.position IN (SELECT unnest($positions))", wanted)


def _land_carefully(session: PostgresSession, arrival: PreparedFacts, *, alone: bool) -> Landed:
    # A savepoint that is rolled back gives its locks back too: no transaction asks for a stronger
    # lock than it has.
    try:
        with session.transaction():
            session.key_locks.hold_rules(alone=alone)
            return _land_some(session, arrival)
    except _MustBeAlone:
        with session.transaction():
            session.key_locks.hold_rules(alone=True)
            return _land_some(session, arrival)


def _land_some(session: PostgresSession, arrival: PreparedFacts) -> Landed:
    verdict = judge(session, arrival.envelopes, arrival.by_type)
    if verdict.outdone and not session.key_locks.alone:
        raise _MustBeAlone
    _remove_facts(session, verdict.outdone)
    some = [(name, _only(facts, verdict.landing)) for name, facts in arrival.by_type]
    for copy in copies_of(_only(arrival.envelopes, verdict.landing), some):
        run(session.connection, copy)
    return Landed(verdict.landing, verdict.duplicates, verdict.conflicts)


def _only(
    facts: pa.Table | pa.RecordBatch, positions: Collection[int]
) -> pa.Table | pa.RecordBatch:
    return facts.filter(pc.is_in(facts["position"], pa.array(positions, pa.int64())))


def _remove_facts(session: PostgresSession, facts: Iterable[Fact]) -> None:
    """Take facts out of the tables, and touch their keys while it can still be seen which."""
    gone = list(facts)
    if not gone:
        return
    freshen(session, [fact.position for fact in gone])
    touch_fresh(session)
    connection = session.connection
    for fact in gone:
        for table in ("fact", table_of(fact.type)):
            statement = f"DELETE FROM {table} WHERE position = %s"
            connection.execute(statement.encode(), [fact.position])
        connection.execute("DELETE FROM retraction WHERE fact_id = %s", [fact.id])
    if settle_retracted(session):
        session.execute(CHANGED)
