"""Each metric's SQL answers as the plain reading of the contract does, for random sets of facts: as
of a random instant, and known at a random position."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from consumers.embedded_projector import keep_up
from domain.facts import Fact
from projections.metrics.registry import metrics
from tests.metrics.asked import NAMES, READINGS, hold, questions
from tests.projections.asked import asked_memory
from tests.projections.stores import MemoryHome, MemoryLedger
from tests.projections.worlds import worlds


@pytest.fixture(scope="module")
def home() -> Iterator[MemoryHome]:
    """A home that the command line asks in place of the one in the folder that it is given."""
    with asked_memory() as memory:
        yield memory


def test_every_metric_is_read_plainly() -> None:
    assert set(metrics()) <= set(READINGS), "tests/metrics/plain has a reading of every metric"


@settings(max_examples=max(1, settings().max_examples // 2))
@given(world=worlds(), data=st.data())
def test_a_metric_is_what_the_contract_says(
    home: MemoryHome, world: list[Fact], data: st.DataObject
) -> None:
    home.empty()
    keep_up(MemoryLedger(world, data.draw(st.lists(st.integers(0, len(world)), max_size=2))), home)
    for _ in range(4):
        metric = metrics()[data.draw(st.sampled_from(NAMES))]
        asked = data.draw(questions(metric, world))
        note(f"./pledger {' '.join(asked.argv)}")
        hold(world, asked, data.draw(st.integers(1, 3), label="limit"))
