"""Health finds in a random world what a plain reading of its facts finds, as of a random instant
and known at a random position."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from consumers.embedded_projector import keep_up
from domain.facts import Fact
from projections.queries import health
from schemas.jsonform import instant_to_text
from tests.domain.given import day
from tests.helpers import run
from tests.projections.asked import asked_memory
from tests.projections.health import findings, spoiled
from tests.projections.stores import MemoryHome, MemoryLedger


@pytest.fixture(scope="module")
def home() -> Iterator[MemoryHome]:
    with asked_memory() as memory:
        yield memory


def hold_health(world: list[Fact], data: st.DataObject) -> None:
    """The home that is asked finds what a plain reading finds. Worlds are small, so a source is
    known sooner."""
    as_of = day(data.draw(st.integers(-1, 60), label="as of") / 2)
    known_at = data.draw(st.integers(0, len(world)), label="known at")
    least = data.draw(st.integers(1, 6), label="facts from which a source is known")
    argv = ["health", "--as-of", instant_to_text(as_of), "--known-at", f"@{known_at}", "--json"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(health, "KNOWN_FACTS", least)
        outcome = run(Path("memory"), argv)
    assert outcome.code == 0, outcome
    seen = json.loads(outcome.out)["findings"]
    for finding in seen:
        note(f"{finding}")
        assert finding.pop("says")
        assert finding.pop("remedy")
    assert seen == findings(world, as_of, known_at, least)


@settings(max_examples=max(1, settings().max_examples // 2))
@given(world=spoiled(), data=st.data())
def test_health_finds_what_a_plain_reading_finds(
    home: MemoryHome, world: list[Fact], data: st.DataObject
) -> None:
    home.empty()
    keep_up(MemoryLedger(world), home)
    hold_health(world, data)
