"""The projector: reads the ledger, decodes, lands facts in their tables and folds the views.

Facts, views and the position commit in one transaction, so that a crash at any instruction leaves
views that stand for some earlier position of the ledger, never something between two.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from domain.instants import from_microseconds
from ledger.extensions import extensions_to_text
from ledger.port import Ledger, RecordedEvent
from projections.duckdb.load_rows import FactRow, land_rows
from projections.duckdb.store import (
    DuckDBSession,
    DuckDBStore,
    State,
    read_state,
    write_position,
)
from projections.fold.run import fold_all, fold_fresh
from schemas import catalogue, codec

#: Called with the number of facts done and the number in all.
OnProgress = Callable[[int, int], None]

#: Facts of one transaction when keeping up, and facts that are read at once when building from
#: nothing. They bound the memory.
BATCH = 20_000
GULP = 200_000

#: Up to so many facts are landed row by row.
FEW = 100

#: Transactions after which a catch-up lets readers in.
TURN = 5

#: From here on it is cheaper to build everything anew than to keep up: facts to fold, and their
#: share of what is folded already.
MANY = 50_000
LARGE_SHARE = 0.25


def catalogue_of_types() -> dict[str, tuple[catalogue.Field, ...]]:
    """The columns of every type's body."""
    return {name: catalogue.fields(name) for name in catalogue.TYPES}


def keep_up(
    ledger: Ledger[int],
    home: DuckDBStore,
    on_progress: OnProgress = lambda done, total: None,
    seen: State | None = None,
) -> int:
    """Bring the views up to the head that the ledger has now, and return that position. ``seen`` is
    what they were just seen to stand for."""
    head = ledger.head()
    position = _usable(home, ledger, head, seen or home.state())
    if position is None:
        with home.alone():
            # Another process may have done it while this one waited for the lock.
            position = _usable(home, ledger, head, home.state())
            if position is None:
                return _build(ledger, home, ledger.head(), on_progress)
    start = position
    while position < head:
        with home.writing("taking in new facts") as session:
            position = _take_in(
                session, home, ledger, head, lambda at: on_progress(at - start, head - start)
            )
    return head


def stands(home: DuckDBStore, ledger: Ledger[int], state: State) -> bool:
    """Whether views of that state stand for all that the ledger has now."""
    return state.position >= ledger.head() and _is_current(home, ledger, state)


def rebuild(
    ledger: Ledger[int], home: DuckDBStore, on_progress: OnProgress = lambda done, total: None
) -> int:
    """Build every view from nothing, beside the live ones, swap, and return the position."""
    with home.alone():
        return _build(ledger, home, ledger.head(), on_progress)


def _usable(home: DuckDBStore, ledger: Ledger[int], head: int, state: State | None) -> int | None:
    """The position from which the views can be brought up to ``head``; None where there are no
    views, or of another definition, or of another ledger, or where building is cheaper."""
    if state is None or not _is_current(home, ledger, state):
        return None
    missing = head - state.position
    return None if missing > max(MANY, LARGE_SHARE * state.position) else state.position


def _is_current(home: DuckDBStore, ledger: Ledger[int], state: State) -> bool:
    """Whether views are of the definition of today and of this ledger."""
    return state.definition == home.definition and _is_of(ledger, state)


def _is_of(ledger: Ledger[int], state: State) -> bool:
    """Whether the views are of this ledger: it holds the fact that they took in last. It may have
    been put back from a copy, or begun anew, since."""
    if state.position == 0:
        return True
    found = next(ledger.read(after=state.position - 1, upto=state.position), [])
    return [fact.id for fact in found] == [state.fact_id]


def _build(ledger: Ledger[int], home: DuckDBStore, head: int, on_progress: OnProgress) -> int:
    with home.building() as session:
        # No reader opens this file before it is whole, so each step may be committed by itself; the
        # database then knows how large the tables are that it is to join.
        with session.transaction():
            _land_all(session, home, ledger, head, on_progress)
        fold_all(session)
        write_position(session, head)
    return head


def _land_all(
    session: DuckDBSession,
    home: DuckDBStore,
    ledger: Ledger[int],
    head: int,
    on_progress: OnProgress,
) -> None:
    # Imported here, as below: a question that finds nothing new need not pay for Arrow.
    from consumers.decode import FactBuffer, ahead, decode_batches

    heap, position = FactBuffer(session, home.catalogue), 0
    for batch in ahead(decode_batches(ledger.columns(upto=head, batch=GULP))):
        position += heap.add(batch)
        on_progress(position, head)
    heap.land_all()


def _take_in(
    session: DuckDBSession,
    home: DuckDBStore,
    ledger: Ledger[int],
    head: int,
    on_position: Callable[[int], None],
) -> int:
    """Take in the next facts, a few transactions long, so that readers get in between. Another
    process may have done so meanwhile. Answers up to which position the views stand now."""
    position = read_state(session).position
    upto = min(head, position + TURN * BATCH)
    if upto - position <= FEW:
        return _take_in_rows(session, ledger, position, upto, on_position)
    from consumers.decode import FactBuffer, decode_batches

    for batch in decode_batches(ledger.columns(after=position, upto=upto, batch=BATCH)):
        with session.transaction():
            heap = FactBuffer(session, home.catalogue)
            last = position + heap.add(batch)
            heap.land_all()
            fold_fresh(session, after=position)
            write_position(session, last)
        position = last
        on_position(position)
    return position


def _take_in_rows(
    session: DuckDBSession,
    ledger: Ledger[int],
    position: int,
    upto: int,
    on_position: Callable[[int], None],
) -> int:
    """As ``_take_in``, without Arrow, and on one core: to share out so little costs more."""
    session.execute("SET threads = 1")
    try:
        for batch in ledger.read(after=position, upto=upto):
            with session.transaction():
                land_rows(session, [_row(fact) for fact in batch])
                fold_fresh(session, after=position)
                write_position(session, position + len(batch))
            position += len(batch)
            on_position(position)
    finally:
        session.execute("RESET threads")
    return position


def _row(fact: RecordedEvent) -> FactRow:
    _, body = codec.decode(fact.body)
    return FactRow(
        fact.position,
        from_microseconds(fact.recorded_at),
        UUID(fact.id),
        fact.type,
        fact.source,
        fact.subject,
        from_microseconds(fact.time),
        fact.correlationid,
        fact.causationid,
        fact.sequence,
        extensions_to_text(fact.extensions) if fact.extensions else None,
        body,
    )
