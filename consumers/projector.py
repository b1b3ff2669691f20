"""The projector: reads the ledger, decodes, lands facts in their tables and folds the views.

Facts, views and the position commit in one transaction, so that a crash at any instruction leaves
views that stand for some earlier position of the ledger, never something between two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from ledger.port import Ledger
from projections.duckdb_home import DuckDBHome, DuckDBSession, read_state, write_position
from projections.folding import fold_all, fold_fresh
from projections.landing import land
from schemas import catalogue
from schemas.columns import decode_batch

#: Called with the number of facts done and the number in all.
OnProgress = Callable[[int, int], None]

#: Facts of one transaction when keeping up; facts of one type that are landed at once when
#: building from nothing. Both bound the memory.
BATCH = 20_000
HEAP = 50_000

#: From here on it is cheaper to build everything anew than to keep up: facts to fold, and their
#: share of what is folded already.
MANY = 50_000
LARGE_SHARE = 0.25


def catalogue_of_types() -> dict[str, tuple[catalogue.Field, ...]]:
    """The columns of every type's body."""
    return {name: catalogue.fields(name) for name in catalogue.TYPES}


def keep_up(
    ledger: Ledger, home: DuckDBHome, on_progress: OnProgress = lambda done, total: None
) -> int:
    """Bring the views up to the head that the ledger has now, and return that position."""
    head = ledger.head()
    state = home.state()
    position = state.position if state else 0
    if state is None or state.definition != home.definition:
        return rebuild(ledger, home, on_progress)
    if head - position > max(MANY, LARGE_SHARE * position):
        return rebuild(ledger, home, on_progress)
    start = position
    for facts in ledger.columns(after=position, upto=head, batch=BATCH):
        with home.writing("taking in new facts") as session:
            _fold_batch(session, facts)
        position += facts.num_rows
        on_progress(position - start, head - start)
    return head


def rebuild(
    ledger: Ledger, home: DuckDBHome, on_progress: OnProgress = lambda done, total: None
) -> int:
    """Build every view from nothing, beside the live ones, swap, and return the position."""
    head = ledger.head()
    with home.building() as session:
        session.execute("BEGIN TRANSACTION")
        heap, position = _Heap(session), 0
        for facts in ledger.columns(upto=head):
            heap.add(facts)
            position += facts.num_rows
            on_progress(position, head)
        heap.land_all()
        fold_all(session)
        write_position(session, head)
        session.connection.commit()
    return head


def _fold_batch(session: DuckDBSession, facts: pa.RecordBatch) -> None:
    """Take in the next facts, unless another process has done so meanwhile."""
    position = read_state(session).position
    fresh = facts.filter(pc.greater(facts["position"], position))
    if fresh.num_rows == 0:
        return
    heap = _Heap(session)
    heap.add(fresh)
    heap.land_all()
    fold_fresh(session, after=position)
    write_position(session, fresh["position"][-1].as_py())


class _Heap:
    """Facts waiting to be landed, by type: a table takes many rows at once better than few."""

    def __init__(self, session: DuckDBSession) -> None:
        self._session = session
        self._waiting: dict[str, list[pa.RecordBatch]] = {}

    def add(self, facts: pa.RecordBatch) -> None:
        """Sort facts onto the heaps of their types, and land the heaps that are high."""
        for name, own in by_type(facts):
            waiting = self._waiting.setdefault(name, [])
            waiting.append(with_body(name, own))
            if sum(batch.num_rows for batch in waiting) >= HEAP:
                self._land(name)

    def land_all(self) -> None:
        """Land all that waits."""
        for name in self._waiting:
            self._land(name)

    def _land(self, name: str) -> None:
        waiting = self._waiting[name]
        if waiting:
            table = pa.Table.from_batches(waiting)
            land(self._session.connection, name, catalogue.fields(name), table)
        self._waiting[name] = []


def by_type(facts: pa.RecordBatch) -> Iterator[tuple[str, pa.RecordBatch]]:
    """The facts of each type, in their order."""
    ordered = facts.take(pc.sort_indices(facts, sort_keys=[("type", "ascending")]))
    runs = pc.run_end_encode(ordered["type"])
    start = 0
    for name, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        yield name, ordered.slice(start, end - start)
        start = end


def with_body(name: str, facts: pa.RecordBatch) -> pa.RecordBatch:
    """Facts of one type with their bodies decoded, a column a field."""
    body = decode_batch(name, facts["body"].to_pylist())
    envelope = facts.drop_columns(["type", "body"])
    return pa.RecordBatch.from_arrays(
        [*envelope.columns, *body.columns], schema=pa.schema([*envelope.schema, *body.schema])
    )
