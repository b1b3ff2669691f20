"""What if other policies were published is answered as a ledger answers that has them in the place
of its own: of a random world, at a random instant and knowledge."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.embedded_projector import keep_up
from domain.facts import Fact
from tests.projections.asked import asked_memory
from tests.projections.stores import MemoryHome, MemoryLedger
from tests.projections.what_if import STORY, hold_story, hold_what_if, tried


@pytest.fixture(scope="module")
def home() -> Iterator[MemoryHome]:
    with asked_memory() as memory:
        yield memory


@settings(max_examples=max(1, settings().max_examples // 2))
@given(tried=tried(), data=st.data())
def test_the_answer_is_that_of_a_ledger_with_these_rules(
    home: MemoryHome, tried: tuple[list[Fact], list[Fact]], data: st.DataObject
) -> None:
    world, rules = tried
    home.empty()
    keep_up(MemoryLedger(world), home)
    hold_what_if(world, rules, data)


def test_at_every_knowledge(home: MemoryHome) -> None:
    home.empty()
    keep_up(MemoryLedger(STORY), home)
    hold_story()
