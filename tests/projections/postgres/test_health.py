"""Health over PostgreSQL finds what a plain reading of the facts finds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.facts import Fact
from tests.projections.asked import asked_tables
from tests.projections.health import spoiled
from tests.projections.postgres.upkeep import PostgresTables
from tests.projections.test_health import hold_health


@pytest.fixture(scope="module")
def asked(tables: PostgresTables) -> Iterator[PostgresTables]:
    with asked_tables(tables) as asked:
        yield asked


@settings(max_examples=max(1, settings().max_examples // 3))
@given(world=spoiled(), data=st.data())
def test_health_finds_what_a_plain_reading_finds(
    asked: PostgresTables, world: list[Fact], data: st.DataObject
) -> None:
    asked.empty()
    asked.apply_batch(world)
    asked.stand({0: len(world)})
    hold_health(world, data)
