"""What if other policies were published, over PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.facts import Fact
from tests.projections.asked import asked_tables
from tests.projections.postgres.upkeep import PostgresTables
from tests.projections.what_if import STORY, hold_story, hold_what_if, tried


@pytest.fixture(scope="module")
def asked(tables: PostgresTables) -> Iterator[PostgresTables]:
    with asked_tables(tables) as asked:
        yield asked


@settings(max_examples=max(1, settings().max_examples // 3))
@given(tried=tried(), data=st.data())
def test_the_answer_is_that_of_a_ledger_with_these_rules(
    asked: PostgresTables, tried: tuple[list[Fact], list[Fact]], data: st.DataObject
) -> None:
    world, rules = tried
    asked.empty()
    asked.apply_batch(world)
    asked.stand({0: len(world)})
    hold_what_if(world, rules, data)


def test_at_every_knowledge(asked: PostgresTables) -> None:
    asked.empty()
    asked.apply_batch(STORY)
    asked.stand({0: len(STORY)})
    hold_story()
