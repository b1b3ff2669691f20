"""Each metric's SQL answers over PostgreSQL too as the plain reading of the contract does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from domain.facts import Fact
from projections.metrics.registry import metrics
from tests.metrics.asked import NAMES, hold, questions
from tests.projections.asked import asked_tables
from tests.projections.postgres.upkeep import PostgresTables
from tests.projections.worlds import worlds


@pytest.fixture(scope="module")
def asked(tables: PostgresTables) -> Iterator[PostgresTables]:
    """The home that the command line asks in place of the one in the folder that it is given."""
    with asked_tables(tables) as asked:
        yield asked


def fill(tables: PostgresTables, world: list[Fact], cut: int) -> None:
    """Emptied, then filled in two batches."""
    tables.empty()
    for part in (world[:cut], world[cut:]):
        if part:
            tables.apply_batch(part)
    tables.stand({0: len(world)})


@settings(max_examples=max(1, settings().max_examples // 3))
@given(world=worlds(), data=st.data())
def test_a_metric_is_what_the_contract_says(
    asked: PostgresTables, world: list[Fact], data: st.DataObject
) -> None:
    fill(asked, world, data.draw(st.integers(0, len(world))))
    for _ in range(4):
        metric = metrics()[data.draw(st.sampled_from(NAMES))]
        question = data.draw(questions(metric, world))
        note(f"./pledger {' '.join(question.argv)}")
        hold(world, question, data.draw(st.integers(1, 3), label="limit"))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=2)
@given(data=st.data())
def test_every_metric_can_be_asked(asked: PostgresTables, name: str, data: st.DataObject) -> None:
    world = data.draw(worlds())
    fill(asked, world, 0)
    question = data.draw(questions(metrics()[name], world))
    hold(world, question, 3)
