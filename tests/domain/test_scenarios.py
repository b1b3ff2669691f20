"""The shared scenarios, answered by the folds alone, in the given order, shuffled and doubled."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.compare import differences
from tests.domain.answers import answer, emitted
from tests.scenarios.test_scenarios import FILES, load

#: Metrics have plain readings of their own, in tests/metrics.
NOT_FOLDED = frozenset({"metric", "metrics"})


def asks(scenario: dict[str, Any]) -> list[dict[str, Any]]:
    """What the folds can answer."""
    return [ask for ask in scenario["asks"] if ask["argv"][0] not in NOT_FOLDED]


FOLDED = [path for path in FILES if asks(load(path))]

pytestmark = pytest.mark.skipif(not FOLDED, reason="../shared/scenarios is not beside the project")


def missed(scenario: dict[str, Any], events: list[Any], *, reordered: bool) -> list[str]:
    facts = emitted(events)
    return [
        f"{' '.join(ask['argv'])}: {line}"
        for ask in asks(scenario)
        # A position means the order in which facts were emitted.
        if not (reordered and "--known-at" in ask["argv"])
        for line in differences(ask["expect"], answer(facts, ask["argv"]))
    ]


@pytest.mark.parametrize("path", FOLDED, ids=lambda path: path.stem)
def test_the_folds_answer_as_expected(path: Path) -> None:
    scenario = load(path)
    assert missed(scenario, scenario["facts"], reordered=False) == []


@pytest.mark.parametrize("path", FOLDED, ids=lambda path: path.stem)
def test_also_shuffled_and_doubled(path: Path) -> None:
    scenario = load(path)
    events = scenario["facts"] * 2
    Random(path.stem).shuffle(events)
    assert missed(scenario, events, reordered=True) == []
