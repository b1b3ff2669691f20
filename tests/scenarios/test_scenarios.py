"""Every scenario beside the project, through the command line's own functions, and over HTTP.

A view is a function of the set of facts, so the same answers must come whatever the order of
arrival, the doubling and the batches. Asks about a position (``--known-at @N``) are about one
order of arrival and are compared in that order only.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from projections.metrics.registry import metrics
from tests.compare import differences
from tests.helpers import SHARED, ask, emit, shared
from tests.http.asked import by_request
from tests.http.doors import client_of, door_to

Scenario = dict[str, Any]
Facts = list[dict[str, Any]]


def can_be_asked(argv: Sequence[str]) -> bool:
    """Whether what an ask names is in the registry of metrics: whole families, to be listed."""
    if argv[0] == "metrics":
        return argv[2] in {metric.family for metric in metrics().values()}
    return argv[0] != "metric" or argv[1] in metrics()


def load(path: Path) -> Scenario:
    """A scenario, with the asks that can be answered."""
    scenario: Scenario = json.loads(path.read_bytes())
    scenario["asks"] = [one for one in scenario["asks"] if can_be_asked(one["argv"])]
    return scenario


FILES = [
    path
    for folder in ("scenarios", "scenarios_metrics")
    for path in sorted((SHARED / folder).glob("*.json"))
    if load(path)["asks"]
]

#: What becomes of the facts before they are emitted, each part in an emit of its own.
Arrangement = Callable[[Facts, random.Random], list[Facts]]


def shuffled(facts: Facts, dice: random.Random) -> list[Facts]:
    return [dice.sample(facts, len(facts))]


def doubled(facts: Facts, dice: random.Random) -> list[Facts]:
    return [facts + facts, facts]


def trickling(facts: Facts, dice: random.Random) -> list[Facts]:
    """In random order, some of them twice, in random parts."""
    again = dice.sample(facts, len(facts) // 3)
    return list(parts(dice.sample(facts + again, len(facts) + len(again)), dice))


ARRANGEMENTS: dict[str, Arrangement] = {
    "shuffled": shuffled,
    "doubled": doubled,
    "trickling": trickling,
}


def parts(facts: Facts, dice: random.Random) -> Iterator[Facts]:
    """One to six facts at a time."""
    start = 0
    while start < len(facts):
        end = start + dice.randint(1, 6)
        yield facts[start:end]
        start = end


#: A way to ask a home: the answer to the words of a command.
Way = Callable[[Path, Sequence[str]], dict[str, Any]]


def by_command(home: Path, argv: Sequence[str]) -> dict[str, Any]:
    """The answer of the command line. Raises AssertionError where there is none."""
    return ask(home, argv)


def wrong_answers(
    home: Path, scenario: Scenario, asks: Sequence[dict[str, Any]], way: Way = by_command
) -> list[str]:
    """One line a difference, with the ask and the path of the difference. ``$next`` in an ask is
    the ``next`` of the answer before it."""
    lines = []
    after = ""
    for number, question in enumerate(asks, 1):
        argv = [after if word == "$next" else word for word in question["argv"]]
        place = f"{scenario['name']}, ask {number} ({' '.join(argv)})"
        try:
            seen = way(home, argv)
        except AssertionError as error:
            lines.append(f"{place}: {error}")
            continue
        after = seen.get("next") or ""
        lines += [f"{place}: {line}" for line in differences(question["expect"], seen)]
    return lines


def hold(home: Path, scenario: Scenario, *, order_given: bool, way: Way = by_command) -> None:
    asks = [
        question
        for question in scenario["asks"]
        if order_given or not any(word.startswith("@") for word in question["argv"])
    ]
    lines = wrong_answers(home, scenario, asks, way)
    if lines:
        pytest.fail("\n".join([scenario["why"], *lines]), pytrace=False)


def test_the_scenarios_are_there() -> None:
    shared("scenarios")
    assert FILES, "the folder ../shared/scenarios is there, and no scenario is in it"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_as_given_and_after_a_rebuild(path: Path, tmp_path: Path) -> None:
    scenario = load(path)
    different = len({fact["id"] for fact in scenario["facts"]})
    assert emit(tmp_path, scenario["facts"])["accepted"] == different
    hold(tmp_path, scenario, order_given=True)
    with client_of(door_to(tmp_path)) as client:
        hold(tmp_path, scenario, order_given=True, way=by_request(client))
    assert ask(tmp_path, ["rebuild"])["facts"] == different
    hold(tmp_path, scenario, order_given=True)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_in_parts_with_asks_in_between(path: Path, tmp_path: Path) -> None:
    scenario = load(path)
    for part in parts(scenario["facts"], random.Random(scenario["name"])):
        emit(tmp_path, part)
        ask(tmp_path, ["suspense", "--as-of", part[0]["time"]])
    hold(tmp_path, scenario, order_given=True)


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_any_arrival_gives_the_same_answers(path: Path, arrangement: str, tmp_path: Path) -> None:
    scenario = load(path)
    dice = random.Random(scenario["name"])
    for part in ARRANGEMENTS[arrangement](scenario["facts"], dice):
        emit(tmp_path, part)
        ask(tmp_path, ["suspense", "--as-of", "2026-01-01T00:00:00Z"])
    hold(tmp_path, scenario, order_given=False)
