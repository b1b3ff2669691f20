"""Two workers fold random worlds at once, each its own partitions. What they leave is what the
folds say, however they met."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.facts import Fact
from domain.positions import partition_of
from projections.postgres.apply_batch import apply_batch, prepare_facts
from projections.postgres.session import PostgresSession
from tests.projections.comparison import plain
from tests.projections.postgres.upkeep import PostgresTables, arrival, partitioned
from tests.projections.rows import rows_of
from tests.projections.worlds import worlds

DEADLINE_S = 60.0
SLOWER = settings(max_examples=max(1, settings().max_examples // 5))


@SLOWER
@given(world=worlds(), data=st.data())
def test_two_workers_on_a_random_world(
    tables: PostgresTables, world: list[Fact], data: st.DataObject
) -> None:
    tables.empty(workers=2)
    facts = partitioned(world, 2)
    sizes = [data.draw(st.sampled_from([1, 3, 10]), label="facts in a batch") for _ in range(2)]
    start = Barrier(2)
    with ThreadPoolExecutor(2) as pool, tables.home.writing() as one, tables.home.writing() as two:
        own = [[fact for fact in facts if partition_of(fact.position) == n] for n in range(2)]
        working = [
            pool.submit(work, session, start, batches(own[number], sizes[number]))
            for number, session in enumerate((one, two))
        ]
        for worker in working:
            worker.result(DEADLINE_S)
    for view, rows in rows_of(facts).items():
        assert plain(tables.rows(view)) == plain(rows), view
    assert not tables.rows("claim")


def batches(facts: Sequence[Fact], size: int) -> list[Sequence[Fact]]:
    return [facts[start : start + size] for start in range(0, len(facts), size)]


def work(session: PostgresSession, start: Barrier, parts: Sequence[Sequence[Fact]]) -> None:
    ready = [prepare_facts(arrival(part)) for part in parts]
    start.wait(DEADLINE_S)
    for one in ready:
        while True:
            try:
                with session.transaction():
                    apply_batch(session, one)
            except psycopg.errors.DeadlockDetected:
                continue
            break
