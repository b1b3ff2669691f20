"""Whether people may judge, and rules learn: the units of the family ``judgement``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from domain.facts import Fact
from tests.metrics.plain.resolution import of_issues
from tests.metrics.plain.trust import amount_of, body, decision, first_of, ids, naming, span, used
from tests.metrics.plain.world import Json, Reading, Unit, World


def each(
    type: str,
    key: Callable[[Fact], Json],
    rest: Callable[[Fact], Json],
    among: Callable[[Fact], bool] = lambda fact: True,
) -> Reading:
    """The facts of a type, or those among which it is asked."""

    def read(world: World, within: timedelta) -> list[Unit]:
        return [
            Unit(str(fact.id), fact.time, key(fact), ids(fact), rest(fact))
            for fact in world.of_type(type)
            if among(fact)
        ]

    return read


def time_to_rule(world: World, within: timedelta) -> list[Unit]:
    found = []
    for situation, first in first_of(world, "rule.unmatched", "situation").items():
        later = world.happened[world.happened.index(first) :]
        rules = (fact for fact in later if fact.type == "rule.published")
        rule = next((fact for fact in rules if situation in body(fact).prompted_by), None)
        rest = span(world, first.time, rule.time if rule else None)
        found.append(Unit(situation, first.time, {}, ids(first, rule), rest))
    return found


def discretion(world: World, within: timedelta) -> list[Unit]:
    found = []
    for name, use in used(world).items():
        own = decision(name, use, amount_of(use))
        found.append(replace(own, key={**own.key, "beyond_rule": body(use).beyond_rule}))
    return found


def beyond_rule(world: World, within: timedelta) -> list[Unit]:
    return [
        decision(name, use, {"counted": body(use).beyond_rule}) for name, use in used(world).items()
    ]


def review_outcomes(world: World, within: timedelta) -> list[Unit]:
    found = []
    for name, use in used(world).items():
        facts = naming(world, "decision_id", name)
        reviews = [fact for fact in facts if fact.type == "discretion.reviewed"]
        if reviews:
            rest = {"outcome": body(reviews[-1]).outcome}
            own = decision(name, use, rest, reviews[-1])
            found.append(replace(own, key={"rule": own.key["rule"]}))
    return found


READINGS: Mapping[str, Reading] = {
    "no_next_step": each(
        "rule.invoked",
        lambda fact: {"rule": body(fact).rule_id, "department": fact.department},
        lambda fact: {"counted": not body(fact).next_step_offered},
    ),
    "uncovered": of_issues("rule.unmatched"),
    "time_to_rule": time_to_rule,
    "discretion": discretion,
    "beyond_rule": beyond_rule,
    "review_outcomes": review_outcomes,
    "coaching_encouraged": each(
        "coaching.held",
        lambda fact: {"department": body(fact).about_department, "rule": body(fact).rule_id},
        lambda fact: {"counted": body(fact).encouraged},
    ),
    "rules_revised_from_practice": each(
        "rule.published",
        lambda fact: {"rule": body(fact).rule_id},
        lambda fact: {"counted": len(body(fact).prompted_by) > 0},
        lambda fact: body(fact).version > 1,
    ),
}
