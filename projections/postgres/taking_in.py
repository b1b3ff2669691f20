"""Taking a batch of facts into the tables and the views, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple, Protocol

import psycopg
import pyarrow as pa
import pyarrow.compute as pc

from domain.facts import Fact
from projections.folding import CHANGED, FRESH, fold_touched
from projections.landing import Facts
from projections.postgres.claims import bears_on_others
from projections.postgres.copying import Copy, run
from projections.postgres.landing import copies_of, refuse_unholdable
from projections.postgres.session import PostgresSession
from projections.postgres.twice import Conflict, judge
from projections.reading import read_facts
from projections.retracting import settle_retracted
from projections.tables import table_of
from projections.touching import forget, touch_fresh


class Arrival(Protocol):
    """Decoded facts: ``envelopes`` as projections/landing.py makes them, and ``by_type`` the facts
    of each type with their bodies. Both hold the same facts; a batch without any has no columns."""

    @property
    def envelopes(self) -> pa.Table:
        """The rows of the table of all envelopes."""

    @property
    def by_type(self) -> Sequence[Facts]:
        """Facts of each type."""


class Ready(NamedTuple):
    """An arrival made ready to be landed."""

    envelopes: pa.Table
    by_type: Sequence[Facts]
    copies: Sequence[Copy]


class Landed(NamedTuple):
    """What became of a batch: the positions of the facts that were put into the tables, those of
    facts that say again what is there, and the facts that contradict one that counts. Those are not
    in the tables, or not any more: one of them may have come with an earlier batch."""

    positions: list[int]
    duplicates: list[int]
    conflicts: list[Conflict]


class _MustBeAlone(Exception):
    """A fact in the tables has to go, and may bear on keys that nobody has claimed."""


def make_ready(arrival: Arrival) -> Ready:
    """What can be done for a batch before its transaction, and in another thread. Raises
    ``Unholdable``."""
    if not arrival.by_type:
        return Ready(arrival.envelopes, (), ())
    refuse_unholdable(arrival.envelopes, arrival.by_type)
    copies = copies_of(arrival.envelopes, arrival.by_type)
    return Ready(arrival.envelopes, arrival.by_type, copies)


def take_in(session: PostgresSession, arrival: Arrival | Ready) -> Landed:
    """Land a batch, each id once, and fold the keys that it touches. Part of the caller's
    transaction, in READ COMMITTED: what it waits for it sees.

    Raises ``Unholdable`` before anything is written, psycopg.errors.DeadlockDetected if the
    batch and another one wait for each other (try again), and whatever a fold raises.
    """
    arrival = arrival if isinstance(arrival, Ready) else make_ready(arrival)
    if not arrival.by_type:
        return Landed([], [], [])
    if session.rows("SELECT 1 FROM fresh LIMIT 1"):
        forget(session)  # not the first batch of the transaction
    landed = land(session, arrival)
    fold_touched(session)
    session.statistics.gather(len(landed.positions))
    session.claims.let_go()
    return landed


def take_out(session: PostgresSession, positions: Sequence[int]) -> None:
    """Take facts out of the tables and the views, as if they had never been there. Part of the
    caller's transaction."""
    if session.rows("SELECT 1 FROM fresh LIMIT 1"):
        forget(session)
    session.claims.hold_rules(alone=True)
    wanted = {"positions": list(positions)}
    _take_out(session, read_facts(session, "f.position IN (SELECT unnest($positions))", wanted))
    fold_touched(session)
    session.claims.let_go()


def land(session: PostgresSession, arrival: Ready) -> Landed:
    """Land a batch, under the lock that it needs, and put into ``fresh`` what has to be folded.

    A batch goes straight into the tables. Only if the database says that an id is there already is
    it looked through, id by id: batches without duplicates pay nothing for the others.
    """
    types = {name for name, _ in arrival.by_type}
    alone = bears_on_others(types) or session.claims.only_worker()
    try:
        with session.transaction():
            session.claims.hold_rules(alone=alone)
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


def _land_carefully(session: PostgresSession, arrival: Ready, *, alone: bool) -> Landed:
    # A savepoint that is rolled back gives its locks back too: nobody asks for more than he has.
    try:
        with session.transaction():
            session.claims.hold_rules(alone=alone)
            return _land_some(session, arrival)
    except _MustBeAlone:
        with session.transaction():
            session.claims.hold_rules(alone=True)
            return _land_some(session, arrival)


def _land_some(session: PostgresSession, arrival: Ready) -> Landed:
    verdict = judge(session, arrival.envelopes, arrival.by_type)
    if verdict.outdone and not session.claims.alone:
        raise _MustBeAlone
    _take_out(session, verdict.outdone)
    some = [(name, _only(facts, verdict.landing)) for name, facts in arrival.by_type]
    for copy in copies_of(_only(arrival.envelopes, verdict.landing), some):
        run(session.connection, copy)
    return Landed(verdict.landing, verdict.duplicates, verdict.conflicts)


def _only(
    facts: pa.Table | pa.RecordBatch, positions: Collection[int]
) -> pa.Table | pa.RecordBatch:
    return facts.filter(pc.is_in(facts["position"], pa.array(positions, pa.int64())))


def _take_out(session: PostgresSession, facts: Iterable[Fact]) -> None:
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
