"""The shared scenarios, answered by the folds alone, in the given order, shuffled and doubled."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.compare import differences
from tests.domain.answers import answer, emitted
from tests.helpers import SHARED

SCENARIOS = sorted((SHARED / "scenarios").glob("*.json"))

pytestmark = pytest.mark.skipif(
    not SCENARIOS, reason="../shared/scenarios is not beside the project"
)


def read(path: Path) -> dict[str, Any]:
    scenario: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return scenario


def missed(scenario: dict[str, Any], events: list[Any], *, reordered: bool) -> list[str]:
    facts = emitted(events)
    return [
        f"{' '.join(ask['argv'])}: {line}"
        for ask in scenario["asks"]
        # A position means the order in which facts were emitted.
        if not (reordered and "--known-at" in ask["argv"])
        for line in differences(ask["expect"], answer(facts, ask["argv"]))
    ]


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_the_folds_answer_as_expected(path: Path) -> None:
    scenario = read(path)
    assert missed(scenario, scenario["facts"], reordered=False) == []


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_also_shuffled_and_doubled(path: Path) -> None:
    scenario = read(path)
    events = scenario["facts"] * 2
    Random(path.stem).shuffle(events)
    assert missed(scenario, events, reordered=True) == []
