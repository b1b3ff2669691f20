"""A metric's evidence is what its number rests on: facts of each type that it names can move it,
and facts of any other can't."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import partial

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from domain.company_signs import ALWAYS_SIGNS
from domain.facts import Fact
from projections.metrics.registry import Metric, metrics
from projections.metrics.relations import read_by, units_of
from projections.queries.metrics import fixed_length
from schemas import catalogue
from schemas.jsonform import instant_from_text
from tests.domain.answers import emitted
from tests.domain.given import day, fact, honoured, made
from tests.helpers import shared
from tests.metrics.asked import NAMES, READINGS
from tests.metrics.plain.world import Json, World
from tests.projections.stores import arrived
from tests.projections.worlds import worlds

#: After all that happens in random worlds.
LATER = day(200)
#: A position behind all of their facts.
EVERYTHING = 1_000

#: Facts that decide which others are in force, and who is whose customer.
SILENT = frozenset({"fact.retracted", "identity.linked", "identity.unlinked"})
#: What a commitment is walked by. Each of these may move any number about commitments, and is named
#: where the number is about it: a date that moved, a pause, a hand-over.
WALKED = frozenset(
    name
    for name in catalogue.TYPES
    if name.startswith("commitment.")
    and name not in ("commitment.confirmed", "commitment.declined", "commitment.part_honoured")
) | {"policy.published", "calendar.published"}
#: Numbers that any fact can move: it may join a journey, or answer an alert.
MOVED_BY_ALL = frozenset(
    {"alert_response", "promised_again"}
    | {name for name, metric in metrics().items() if metric.family == "journeys"}
)
#: What chance finds too seldom; it has a story of its own.
RARE = ("kept_company_clock", "commitment.resumed")
WITH_BESIDE = [name for name in NAMES if metrics()[name].beside]


def below(metric: Metric) -> frozenset[str]:
    """The types that lie below a number without being named as its evidence."""
    found = SILENT
    if read_by(units_of(metric)) & {"commitment", "commitment_history", "standing"}:
        found |= WALKED
    if metric.name == "longest_silence":
        found |= ALWAYS_SIGNS
    if "policy.published" in metric.evidence:
        found |= {"calendar.published"}
    return found


def numbers(
    facts: Sequence[Fact], metric: Metric, as_of: datetime = LATER
) -> list[tuple[str, Json]]:
    """The units of a metric, and what each adds to its number."""
    within = timedelta(microseconds=fixed_length(metric.within)) if metric.within else timedelta()
    units = READINGS[metric.name](World(facts, as_of, EVERYTHING), within)
    return sorted(((own.id, own.rest) for own in units), key=repr)


def only(facts: Sequence[Fact], types: Collection[str]) -> list[Fact]:
    return [fact for fact in facts if fact.type in types]


@given(world=worlds(), data=st.data())
def test_facts_of_a_type_that_is_not_named_move_nothing(
    world: list[Fact], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from([name for name in NAMES if name not in MOVED_BY_ALL]))
    metric = metrics()[name]
    rest = only(world, {*metric.evidence, *below(metric)})
    assert numbers(rest, metric) == numbers(world, metric)


@pytest.mark.parametrize("name", WITH_BESIDE)
@settings(max_examples=max(1, settings().max_examples // 10))
@given(data=st.data())
def test_what_stands_beside_moves_nothing(name: str, data: st.DataObject) -> None:
    metric = metrics()[name]
    types = st.sampled_from((*metric.evidence, *metric.beside))
    world = data.draw(worlds(max_size=20, types=types))
    assert numbers(only(world, metric.evidence), metric) == numbers(world, metric)


def moved_in_stories() -> set[tuple[str, str]]:
    """Each metric with the types without whose facts it has another number in some story."""
    found = set()
    for path in (*shared("scenarios").glob("*.json"), *shared("scenarios_metrics").glob("*.json")):
        story = json.loads(path.read_text(encoding="utf-8"))
        facts = emitted(story["facts"])
        for command, name, *argv in (ask["argv"] for ask in story["asks"] if len(ask["argv"]) > 1):
            if command == "metric" and name in NAMES and "--as-of" in argv:
                at, metric = instant_from_text(argv[argv.index("--as-of") + 1]), metrics()[name]
                found |= {(name, one) for one in metric.evidence if moves(facts, metric, one, at)}
    return found


def moves(facts: Sequence[Fact], metric: Metric, type: str, as_of: datetime = LATER) -> bool:
    """Whether the number is another one without the facts of a type."""
    rest = [fact for fact in facts if fact.type != type]
    return numbers(rest, metric, as_of) != numbers(facts, metric, as_of)


def test_facts_of_each_type_that_is_named_can_move_it() -> None:
    named = {(name, type) for name in NAMES for type in metrics()[name].evidence}
    often = settings(max_examples=10_000, phases=[Phase.generate], database=None)
    for name, type in sorted(named - moved_in_stories() - {RARE}):
        metric = metrics()[name]
        drawn = worlds(max_size=20, types=st.sampled_from(metric.evidence))
        find(drawn, partial(moves, metric=metric, type=type), settings=often)


def test_a_pause_that_ends_gives_less_time_back_than_one_that_goes_on() -> None:
    paused = fact("commitment.paused", 2, waiting_for="customer")
    resumed = fact("commitment.resumed", 3, waiting_for="customer")
    facts = arrived([made(due_at=day(5)), paused, resumed, honoured(7)])
    name, type = RARE
    assert moves(facts, metrics()[name], type)


def test_what_stands_beside_is_not_named_too() -> None:
    assert not [name for name in NAMES if {*metrics()[name].evidence} & {*metrics()[name].beside}]
