"""The projector: reads the ledger, decodes, lands facts in their tables and folds the views.

Facts, views and the position commit in one transaction, so that a crash at any instruction leaves
views that stand for some earlier position of the ledger, never something between two.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence

import pyarrow as pa

from ledger.port import Ledger, Recorded
from projections.duckdb_home import DuckDBHome, DuckDBSession, write_position
from projections.folding import fold_all, fold_fresh
from projections.landing import ENVELOPE, land
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
    for rows in ledger.read(after=position, upto=head, batch=BATCH):
        with home.writing("taking in new facts") as session:
            _fold_batch(session, rows)
        on_progress(rows[-1].position - start, head - start)
    return head


def rebuild(
    ledger: Ledger, home: DuckDBHome, on_progress: OnProgress = lambda done, total: None
) -> int:
    """Build every view from nothing, beside the live ones, swap, and return the position."""
    head = ledger.head()
    with home.building() as session:
        session.execute("BEGIN TRANSACTION")
        heap = _Heap(session)
        for rows in ledger.read(after=0, upto=head, batch=BATCH):
            heap.add(rows)
            on_progress(rows[-1].position, head)
        heap.land_all()
        fold_all(session)
        write_position(session, head)
        session.connection.commit()
    return head


def _fold_batch(session: DuckDBSession, rows: Sequence[Recorded]) -> None:
    """Take in the next rows, unless another process has done so meanwhile."""
    (position,) = session.rows("SELECT position FROM pledger_state")[0]
    fresh = [row for row in rows if row.position > position]
    if not fresh:
        return
    heap = _Heap(session)
    heap.add(fresh)
    heap.land_all()
    fold_fresh(session, after=position)
    write_position(session, fresh[-1].position)


class _Heap:
    """Facts waiting to be landed, by type: a table takes many rows at once better than few."""

    def __init__(self, session: DuckDBSession) -> None:
        self._session = session
        self._waiting: dict[str, list[Recorded]] = {}

    def add(self, rows: Iterable[Recorded]) -> None:
        for row in rows:
            waiting = self._waiting.get(row.type)
            if waiting is None:
                waiting = self._waiting[row.type] = []
            waiting.append(row)
        for name, waiting in self._waiting.items():
            if len(waiting) >= HEAP:
                self._land(name)

    def land_all(self) -> None:
        for name in self._waiting:
            self._land(name)

    def _land(self, name: str) -> None:
        waiting = self._waiting[name]
        if waiting:
            land(self._session.connection, name, catalogue.fields(name), to_arrow(name, waiting))
        self._waiting[name] = []


def to_arrow(fact_type: str, rows: Sequence[Recorded]) -> pa.Table:
    """Facts of one type as columns: those of the envelope, and those of the body."""
    by_name = dict(zip(Recorded._fields, zip(*rows, strict=True), strict=True))
    body = decode_batch(fact_type, by_name["body"])
    extensions = by_name["extensions"]
    if any(extensions):
        by_name["extensions"] = tuple(
            json.dumps(dict(one), ensure_ascii=False, sort_keys=True) if one else None
            for one in extensions
        )
    arrays = [pa.array(by_name[field.name], field.type) for field in ENVELOPE]
    schema = pa.schema([*ENVELOPE, *body.schema])
    return pa.Table.from_arrays([*arrays, *body.columns], schema=schema)
