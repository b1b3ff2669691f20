"""Whatever the partitions, the batches and the order in which they come, the rows of the views are
those of the folds in domain/, and those of DuckDB's home."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.embedded_projector import rebuild
from domain.facts import Fact
from projections.view_registry import VIEWS
from tests.projections.comparison import everything, plain, walked_on_from
from tests.projections.postgres.upkeep import PostgresTables, partitioned
from tests.projections.rows import rows_of
from tests.projections.stores import MemoryHome, MemoryLedger, arrived
from tests.projections.worlds import worlds

SLOWER = settings(max_examples=max(1, settings().max_examples // 5))


def expect_rows(tables: PostgresTables, facts: Sequence[Fact]) -> None:
    for view, rows in rows_of(facts).items():
        assert plain(tables.rows(view)) == plain(rows), view
    assert not tables.rows("claim")


@given(world=worlds(), data=st.data())
def test_partitions_in_any_batches_give_the_rows_of_the_folds(
    tables: PostgresTables, world: list[Fact], data: st.DataObject
) -> None:
    facts = partitioned(world, data.draw(st.integers(1, 4), label="partitions"))
    tables.empty(workers=data.draw(st.integers(1, 2), label="workers"))
    # Partitions are read at their own pace: each keeps its order, and that is all.
    pace = data.draw(st.permutations(range(len(facts))), label="pace")
    by_pace = sorted(facts, key=lambda fact: pace[facts.index(fact)])
    queues: dict[int, list[Fact]] = {}
    for fact in facts:
        queues.setdefault(fact.position >> 48, []).append(fact)
    coming = [queues[fact.position >> 48].pop(0) for fact in by_pace]
    cuts = sorted({0, len(facts), *data.draw(st.lists(st.integers(0, len(facts)), max_size=4))})
    with walked_on_from(data.draw(st.sampled_from([1, 4, 1_000]), label="facts of a long walk")):
        for start, end in pairwise(cuts):
            landed = tables.apply_batch(coming[start:end])
            assert len(landed.positions) == end - start
    expect_rows(tables, facts)


@SLOWER
@given(world=worlds(max_size=25))
def test_one_fact_at_a_time(tables: PostgresTables, world: list[Fact]) -> None:
    tables.empty(workers=2)
    with walked_on_from(1):
        for number, fact in enumerate(world, 1):
            tables.apply_batch([fact])
            expect_rows(tables, world[:number])


@pytest.fixture(scope="module")
def embedded() -> MemoryHome:
    return MemoryHome()


@SLOWER
@given(world=worlds())
def test_every_table_is_that_of_the_embedded_home(
    tables: PostgresTables, embedded: MemoryHome, world: list[Fact]
) -> None:
    rebuild(MemoryLedger(world), embedded, forget_lost=True)
    tables.empty()
    tables.apply_batch(world)
    seen = everything(embedded)
    assert {view.name for view in VIEWS} < seen.keys()
    for name, rows in seen.items():
        assert plain(tables.rows(name)) == rows, name


@SLOWER
@given(world=worlds(), data=st.data())
def test_facts_that_come_again_change_nothing(
    tables: PostgresTables, world: list[Fact], data: st.DataObject
) -> None:
    again = arrived(world + data.draw(st.lists(st.sampled_from(world), min_size=1)))
    cut = data.draw(st.integers(0, len(again)))
    tables.empty(workers=data.draw(st.integers(1, 2)))
    told = [tables.apply_batch(part) for part in (again[:cut], again[cut:]) if part]
    expect_rows(tables, again[: len(world)])
    assert sum(len(one.duplicates) for one in told) == len(again) - len(world)
    assert not any(one.conflicts for one in told)
