"""The projector: reads the ledger, decodes, lands facts in their tables and folds the views.

Facts, views and the position commit in one transaction, so that a crash at any instruction leaves
views that stand for some earlier position of the ledger, never something between two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from consumers.bodies import body_of, damaged
from domain.instants import from_microseconds
from ledger.errors import Lost
from ledger.extensions import extensions_to_text
from ledger.port import Digested, RecordedEvent
from projections.duckdb.kept_facts import only_in
from projections.duckdb.load_rows import FactRow, land_rows
from projections.duckdb.session import DuckDBSession
from projections.duckdb.store import (
    DuckDBStore,
    State,
    read_state,
    write_position,
    write_without,
)
from projections.fold.run import fold_all, fold_fresh
from schemas import catalogue
from schemas.errors import Refused

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
    ledger: Digested,
    home: DuckDBStore,
    on_progress: OnProgress = lambda done, total: None,
    without: Sequence[int] = (),
    seen: State | None = None,
) -> int:
    """Bring the views up to the head that the ledger has now, and return that position. ``without``
    are the positions that the ledger passes over; ``seen`` is what the views were just seen to
    stand for. Raises ``Lost`` where the views are of facts that the ledger does not have any more;
    they stay as they are then."""
    head = ledger.head()
    position = _usable(home, ledger, head, seen or home.state(), without)
    if position is None:
        with home.alone():
            # Another process may have done it while this one waited for the lock.
            position = _usable(home, ledger, head, home.state(), without)
            if position is None:
                return _build(ledger, home, ledger.head(), on_progress, without)
    start = position
    while position < head:
        with home.taking_in(head) as session:
            if session is None:
                break
            # Up to where the ledger goes by now: who has come since waits for no further round.
            position = _take_in(
                session,
                home,
                ledger,
                ledger.head(),
                lambda at: on_progress(min(at, head) - start, head - start),
            )
    return head


def stands(home: DuckDBStore, ledger: Digested, state: State, without: Sequence[int] = ()) -> bool:
    """Whether views of that state stand for all that the ledger has now."""
    return state.position == ledger.head() and is_current(home, ledger, state, without)


def rebuild(
    ledger: Digested,
    home: DuckDBStore,
    on_progress: OnProgress = lambda done, total: None,
    without: Sequence[int] = (),
    *,
    forget_lost: bool = False,
) -> int:
    """Build every view from nothing, beside the live ones, swap, and return the position. Raises
    ``Lost`` as ``keep_up`` does, unless the loss is to be forgotten."""
    with home.alone():
        head = ledger.head()
        if not forget_lost and (state := home.state()) is not None:
            expect_whole(home, state, ledger)
        return _build(ledger, home, head, on_progress, without, forget_lost=forget_lost)


def _usable(
    home: DuckDBStore,
    ledger: Digested,
    head: int,
    state: State | None,
    without: Sequence[int],
) -> int | None:
    """The position from which the views can be brought up to ``head``; None where there are no
    views, or of another definition, or of other facts, or where building is cheaper."""
    if state is None:
        return None
    expect_whole(home, state, ledger)
    if not is_current(home, ledger, state, without):
        return None
    missing = head - state.position
    return None if missing > max(MANY, LARGE_SHARE * state.position) else state.position


def is_current(home: DuckDBStore, ledger: Digested, state: State, without: Sequence[int]) -> bool:
    """Whether views are of the definition of today and of this ledger's facts. It may have been put
    back from a copy, or begun anew, since."""
    return (
        state.definition == home.definition
        and ledger.digest(state.position) == state.digest
        and state.without == tuple(without)
    )


def expect_whole(home: DuckDBStore, state: State, ledger: Digested) -> None:
    """A ledger only grows. One that is shorter than its views has lost facts, of which the views
    may be the last trace. Raises ``Lost`` then."""
    head = ledger.head()  # read after the views: others may have appended, and taken that in
    if state.position <= head:
        return
    since, last = home.recorded(head, state.position)
    raise Lost(
        f"the {state.position:,} facts that the views are of, the last one recorded at {last}",
        f"{head:,}: those after position {head:,}, recorded since {since}, are not in the ledger"
        " any more",
        "nothing was changed, and the views are as they were. Put back ledger.sqlite with its -wal"
        " file, or a copy that has them; to go on without them, build the views with {rebuild}:"
        " {forget lost}",
    )


def _expect_none_lost(
    session: DuckDBSession, home: DuckDBStore, ledger: Digested, without: Sequence[int]
) -> None:
    """Facts that the views have and the ledger has not are lost, although it is as long as they
    are: it lost its end, and has grown again since. ``session`` has the facts of the ledger."""
    with home.found() as found:
        if found is None:
            return
        views, state = found
        if ledger.digest(state.position) == state.digest:
            return
        lost, since, last = only_in(views, session, without)
    if lost:
        raise Lost(
            "the ledger to have every fact that the views are of",
            f"that {lost:,} of them, recorded from {since} to {last}, are not in it: it lost them,"
            " and has grown again since",
            "nothing was changed, and the views are as they were. Put back a copy of ledger.sqlite"
            " that has them, and emit into it what came since (keep the one of now for that); to go"
            " on without them, build the views with {rebuild}: {forget lost}",
        )
    home.note(
        f"the ledger's facts up to position {state.position:,} are not those that the views"
        " were made of: it was put back from a copy, or changed; the views are built again"
    )


def _build(
    ledger: Digested,
    home: DuckDBStore,
    head: int,
    on_progress: OnProgress,
    without: Sequence[int],
    *,
    forget_lost: bool = False,
) -> int:
    with home.building() as session:
        # No reader opens this file before it is whole, so each step may be committed by itself; the
        # database then knows how large the tables are that it is to join.
        with session.transaction():
            _land_all(session, home, ledger, head, on_progress)
        if not forget_lost:
            _expect_none_lost(session, home, ledger, without)
        fold_all(session)
        write_without(session, without)
        write_position(session, head, ledger.digest(head))
    return head


def _land_all(
    session: DuckDBSession,
    home: DuckDBStore,
    ledger: Digested,
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
    ledger: Digested,
    head: int,
    on_position: Callable[[int], None],
) -> int:
    """Take in the next facts, a few transactions long, so that readers get in between. Another
    process may have done so meanwhile. Answers up to which position the views stand now."""
    position = read_state(session).position
    upto = min(head, position + TURN * BATCH)
    if upto - position <= FEW:
        position = _take_in_rows(session, ledger, position, upto, on_position)
    else:
        position = _take_in_columns(session, home, ledger, position, upto, on_position)
    if position < upto:  # the last ones are passed over
        position = upto
        with session.transaction():
            write_position(session, position, ledger.digest(position))
    return position


def _take_in_columns(
    session: DuckDBSession,
    home: DuckDBStore,
    ledger: Digested,
    position: int,
    upto: int,
    on_position: Callable[[int], None],
) -> int:
    from consumers.decode import FactBuffer, decode_batches

    for batch in decode_batches(ledger.columns(after=position, upto=upto, batch=BATCH)):
        with session.transaction():
            heap = FactBuffer(session, home.catalogue)
            heap.add(batch)
            heap.land_all()
            fold_fresh(session, after=position)
            position = batch.last()
            write_position(session, position, ledger.digest(position))
        on_position(position)
    return position


def _take_in_rows(
    session: DuckDBSession,
    ledger: Digested,
    position: int,
    upto: int,
    on_position: Callable[[int], None],
) -> int:
    """As ``_take_in_columns``, without Arrow, on one core: to share out so little costs more."""
    session.execute("SET threads = 1")
    try:
        for batch in ledger.read(after=position, upto=upto):
            with session.transaction():
                land_rows(session, _rows(batch))
                fold_fresh(session, after=position)
                position = batch[-1].position
                write_position(session, position, ledger.digest(position))
            on_position(position)
    finally:
        session.execute("RESET threads")
    return position


def _rows(facts: Sequence[RecordedEvent]) -> list[FactRow]:
    """The facts as they are landed. Raises ``Damaged`` where a body can't be read."""
    try:
        return [_row(fact) for fact in facts]
    except Refused:
        if (error := damaged((each.position, each.type, each.body) for each in facts)) is None:
            raise
        raise error from None


def _row(fact: RecordedEvent) -> FactRow:
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
        body_of(fact.type, fact.body),
    )
