"""Facts on their way from the ledger's columns into the tables of their types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from projections.duckdb_home import DuckDBSession
from projections.landing import Facts, envelopes, land_bodies, land_envelopes
from projections.tables import Catalogue
from schemas.columns import decode_batch

Item = TypeVar("Item")

#: Facts of one type that are landed at once; it bounds the memory.
HEAP = 50_000


class Heap:
    """Facts waiting to be landed, by type: a table takes many rows at once better than few."""

    def __init__(self, session: DuckDBSession, types: Catalogue) -> None:
        self._session = session
        self._types = types
        self._waiting: dict[str, list[pa.RecordBatch]] = {}

    def add(self, arrival: Arrival) -> int:
        """Land the envelopes, put the bodies onto the heaps of their types, and land the heaps
        that are high. Answers how many facts these were."""
        land_envelopes(self._session.connection, arrival.envelopes)
        for name, facts in arrival.by_type:
            waiting = self._waiting.setdefault(name, [])
            waiting.append(facts)
            if sum(one.num_rows for one in waiting) >= HEAP:
                self._land(name)
        return int(arrival.envelopes.num_rows)

    def land_all(self) -> None:
        """Land all that waits."""
        for name in self._waiting:
            self._land(name)

    def _land(self, name: str) -> None:
        waiting = self._waiting[name]
        if waiting:
            facts = pa.Table.from_batches(waiting)
            land_bodies(self._session.connection, name, self._types[name], facts)
        self._waiting[name] = []


class Arrival(NamedTuple):
    """Facts as they are landed: the rows of the table of all envelopes, and the facts of each
    type with their bodies decoded, a column a field."""

    envelopes: pa.Table
    by_type: list[Facts]


def sorted_out(batches: Iterable[pa.RecordBatch]) -> Iterator[Arrival]:
    """The facts of each batch by type, in their order."""
    for facts in batches:
        ordered = facts.take(pc.sort_indices(facts, sort_keys=[("type", "ascending")]))
        runs = pc.run_end_encode(ordered["type"])
        ends = runs.run_ends.to_pylist()
        starts = [0, *ends[:-1]]
        by_type = [
            (name, _with_body(name, ordered.slice(start, end - start)))
            for name, start, end in zip(runs.values.to_pylist(), starts, ends, strict=True)
        ]
        yield Arrival(envelopes(by_type), by_type)


def _with_body(name: str, facts: pa.RecordBatch) -> pa.RecordBatch:
    body = decode_batch(name, facts["body"].to_pylist())
    envelope = facts.drop_columns(["type", "body"])
    return pa.RecordBatch.from_arrays(
        [*envelope.columns, *body.columns], schema=pa.schema([*envelope.schema, *body.schema])
    )


def ahead(items: Iterable[Item]) -> Iterator[Item]:
    """The same items, the next one made in another thread while this one is used. Reading and
    decoding are done outside the interpreter's lock, as is what DuckDB does with them."""
    source = iter(items)
    with ThreadPoolExecutor(max_workers=1) as thread:
        following = thread.submit(next, source, None)
        while (item := following.result()) is not None:
            following = thread.submit(next, source, None)
            yield item
