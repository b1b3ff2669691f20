"""Facts whose id is there already, in the tables or earlier in their batch.

Kafka does not refuse a second fact of an id. The one that the ledger has recorded first counts, by
(recorded_at, partition, offset), whichever was read first. Others are duplicates of it, or
contradict it and do not count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from uuid import UUID

import pyarrow as pa

from domain.facts import Fact, said_besides
from domain.instants import EPOCH, to_microseconds
from projections.duckdb.load_facts import ENVELOPE, Facts
from projections.postgres.session import PostgresSession
from projections.stored_facts import fact_of, read_facts


class Conflict(NamedTuple):
    """A fact that does not count: the position of one that contradicts, and was recorded before."""

    position: int
    id: UUID
    kept: int


class Verdict(NamedTuple):
    """What to do with a batch: the positions to land, the duplicates, those that do not count, and
    the facts in the tables that were recorded after one of the batch."""

    landing: list[int]
    duplicates: list[int]
    conflicts: list[Conflict]
    outdone: list[Fact]


def judge(session: PostgresSession, envelopes: pa.Table, by_type: Sequence[Facts]) -> Verdict:
    """Weigh each id of a batch against those that are there."""
    ids = envelopes["id"].to_pylist()
    there = {fact.id: fact for fact in _facts_with(session, ids)}
    seen = Counter(ids)
    twice = {one for one in seen if seen[one] > 1 or UUID(one) in there}
    positions = envelopes["position"].to_pylist()
    verdict = Verdict(
        [at for at, one in zip(positions, ids, strict=True) if one not in twice], [], [], []
    )
    newcomers: dict[UUID, list[Fact]] = {}
    for fact in _built(by_type, twice):
        newcomers.setdefault(fact.id, []).append(fact)
    for fact_id, facts in newcomers.items():
        _weigh(there.get(fact_id), sorted(facts, key=_recorded), verdict)
    verdict.landing.sort()
    return verdict


def _weigh(there: Fact | None, newcomers: Iterable[Fact], verdict: Verdict) -> None:
    best = there
    for fact in newcomers:
        if best is None:
            best = fact
            continue
        other = fact
        if _recorded(fact) < _recorded(best):
            # Newcomers come in the order in which they were recorded: the other one is ``there``.
            verdict.outdone.append(best)
            best, other = fact, best
        if _content(best) == _content(other):
            verdict.duplicates.append(other.position)
        else:
            verdict.conflicts.append(Conflict(other.position, other.id, best.position))
    if best is not None and best is not there:
        verdict.landing.append(best.position)


def _recorded(fact: Fact) -> tuple[object, int]:
    return fact.recorded_at, fact.position


def _content(fact: Fact) -> Fact:
    """The content of a fact, wherever and whenever it was recorded."""
    return replace(fact, position=0, recorded_at=EPOCH, extensions=said_besides(fact.extensions))


def _facts_with(session: PostgresSession, ids: Sequence[str]) -> list[Fact]:
    return read_facts(session, "f.id IN (SELECT unnest($ids))", {"ids": [UUID(one) for one in ids]})


def _built(by_type: Sequence[Facts], ids: set[str]) -> Iterator[Fact]:
    """The facts of a batch that have one of these ids."""
    for fact_type, facts in by_type:
        wanted = [index for index, one in enumerate(facts["id"].to_pylist()) if one in ids]
        for row in facts.take(pa.array(wanted, pa.int64())).to_pylist():
            yield _fact(fact_type, row)


def _fact(fact_type: str, row: dict[str, Any]) -> Fact:
    micros = {name: to_microseconds(row[name]) for name in ("recorded_at", "time")}
    named = {name: row.pop(name) for name in ENVELOPE} | micros
    position, recorded_at, *rest = (named[name] for name in ENVELOPE)
    return fact_of((fact_type, position, recorded_at, *rest), row)
