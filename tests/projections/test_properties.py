"""A view is a function of the set of facts: whatever the order of arrival, the batches and the way
to build, its rows are those of the folds in domain/."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.embedded_projector import keep_up, rebuild
from domain.facts import Fact
from tests.projections.comparison import (
    buckets_of,
    everything,
    expect_rows,
    plain,
    row_by_row,
    walked_on_from,
)
from tests.projections.rows import Row, rows_of
from tests.projections.stores import MemoryHome, MemoryLedger, arrived
from tests.projections.worlds import worlds

#: An example takes half a second, most of which the database spends on reading the SQL.
SLOW = settings(max_examples=max(1, settings().max_examples // 3))
SLOWER = settings(max_examples=max(1, settings().max_examples // 12))


@pytest.fixture(scope="module")
def home() -> MemoryHome:
    return MemoryHome()


@SLOW
@given(world=worlds(), data=st.data())
def test_every_way_to_build_gives_the_rows_of_the_folds(
    home: MemoryHome, world: list[Fact], data: st.DataObject
) -> None:
    pinned = data.draw(st.integers(0, len(world)), label="built from nothing up to")
    cuts = data.draw(st.lists(st.integers(pinned, len(world)), max_size=4), label="batches end at")
    bucket = data.draw(st.sampled_from([1, 3, 10, 1_000]), label="facts in a bucket")
    with buckets_of(bucket):
        rebuild(MemoryLedger(world[:pinned]), home, forget_lost=True)
    expect_rows(home, world[:pinned], f"built in buckets of {bucket}")
    ledger = MemoryLedger(world, cuts)
    few = data.draw(st.sampled_from([0, 100]), label="facts landed row by row")
    long = data.draw(st.sampled_from([1, 4, 1_000]), label="facts of a long walk")
    with row_by_row(few), walked_on_from(long):
        assert keep_up(ledger, home) == len(world)
    expect_rows(home, world, f"kept up from {pinned} with cuts at {cuts}")
    kept_up = everything(home)
    rebuild(ledger, home, forget_lost=True)
    assert everything(home) == kept_up


@SLOWER
@given(world=worlds(max_size=25))
def test_one_fact_at_a_time(home: MemoryHome, world: list[Fact]) -> None:
    home.empty()
    with walked_on_from(1):
        for position in range(1, len(world) + 1):
            keep_up(MemoryLedger(world[:position]), home)
            expect_rows(home, world[:position], f"after position {position}")


@given(world=worlds(), data=st.data())
def test_the_order_of_arrival_shows_in_positions_only(
    world: list[Fact], data: st.DataObject
) -> None:
    again = arrived(data.draw(st.permutations(world)))
    assert _without_positions(again) == _without_positions(world)


def _without_positions(world: Sequence[Fact]) -> dict[str, list[str]]:
    def bare(row: Row) -> Row:
        return {name: value for name, value in row.items() if not name.endswith("position")}

    return {view: plain([bare(row) for row in rows]) for view, rows in rows_of(world).items()}
