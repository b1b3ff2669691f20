"""Facts on their way from the ledger into the tables of their types, and what is no fact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from consumers.bodies import damaged
from projections.duckdb.load_facts import Facts, envelopes, land_bodies, land_envelopes
from projections.duckdb.session import DuckDBSession
from projections.fact_tables import Catalogue
from schemas.columns import decode_batch
from schemas.errors import Refused

if TYPE_CHECKING:
    from ledger.kafka.arrow import Misfit
    from ledger.kafka.message import Message

Item = TypeVar("Item")

#: Facts of one type that are landed at once; it bounds the memory.
HEAP = 50_000


class FactBuffer:
    """Facts waiting to be landed, by type: a table takes many rows at once better than few."""

    def __init__(self, session: DuckDBSession, types: Catalogue) -> None:
        self._session = session
        self._types = types
        self._waiting: dict[str, list[pa.RecordBatch]] = {}

    def add(self, arrival: Arrival) -> int:
        """Land the envelopes, put the bodies into the buffers of their types, and land the buffers
        that are full. Answers how many facts these were."""
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

    def last(self) -> int:
        """The last position among them."""
        return int(self.envelopes["position"][-1].as_py())


def decode_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[Arrival]:
    """The facts of each batch by type, in their order. Raises ``Damaged`` where a body can't be
    read."""
    for facts in batches:
        try:
            yield _by_type(facts)
        except Refused:
            stored = (facts[name].to_pylist() for name in ("position", "type", "body"))
            if (error := damaged(zip(*stored, strict=True))) is None:
                raise
            raise error from None


def _by_type(facts: pa.RecordBatch) -> Arrival:
    ordered = facts.take(pc.sort_indices(facts, sort_keys=[("type", "ascending")]))
    runs = pc.run_end_encode(ordered["type"])
    ends = runs.run_ends.to_pylist()
    starts = [0, *ends[:-1]]
    by_type = []
    for name, start, end in zip(runs.values.to_pylist(), starts, ends, strict=True):
        some = ordered.slice(start, end - start)
        by_type.append((name, _beside(some, decode_batch(name, some["body"].to_pylist()))))
    return Arrival(envelopes(by_type), by_type)


def decode_messages(messages: Sequence[Message]) -> tuple[Arrival, list[Misfit]]:
    """The facts in messages, by type in the order they came, and the messages that are none, each
    with its reason, by partition and offset. Without a fact, there are no columns either.

    Messages that come from one place twice are there twice: the caller that lands them drops
    duplicates, by the facts' ids."""
    try:
        return _decoded(messages)
    except Exception as error:  # noqa: BLE001 - whatever bytes do to the decoder
        if len(messages) == 1:
            reason = f"expected a fact; saw bytes on which reading fails ({type(error).__name__})"
            return _decoded([])[0], [(messages[0], reason)]
    # Which of them it is shows when they are read in halves; then the others once more together.
    middle = len(messages) // 2
    misfits = [*decode_messages(messages[:middle])[1], *decode_messages(messages[middle:])[1]]
    wrong = {(message.partition, message.offset) for message, _ in misfits}
    fine = [one for one in messages if (one.partition, one.offset) not in wrong]
    return _decoded(fine)[0], misfits


def _decoded(messages: Sequence[Message]) -> tuple[Arrival, list[Misfit]]:
    # Imported here: an embedded home has no messages, and need not pay for how they are read.
    from ledger.kafka.arrow import decoded

    _, found, misfits = decoded(messages)
    by_type = sorted(
        ((name, _beside(facts, bodies)) for name, facts, bodies in found), key=lambda item: item[0]
    )
    return Arrival(envelopes(by_type) if by_type else pa.table({}), by_type), misfits


def _beside(facts: pa.RecordBatch, bodies: pa.RecordBatch) -> pa.RecordBatch:
    envelope = facts.drop_columns(["type", "body"])
    return pa.RecordBatch.from_arrays(
        [*envelope.columns, *bodies.columns], schema=pa.schema([*envelope.schema, *bodies.schema])
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
