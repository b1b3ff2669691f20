"""What customers say: the units of the family ``voice``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from domain.facts import Fact
from tests.metrics.plain.world import Json, Reading, Unit, World, body_of


def answers_to(question: str) -> Reading:
    """The answers to one question, with the journeys that they are steps of."""

    def units(world: World, within: timedelta) -> list[Unit]:
        whole = {
            step.id: journey.kept_whole
            for journey in world.journeys()
            if journey.customer in world.customers
            for step in journey.steps
        }
        found = []
        for fact in world.of_type("feedback.given"):
            body = body_of(fact)
            if body.question == question:
                key: Json = {"department": fact.department, "kept_whole": whole.get(fact.id)}
                if question == "ces":
                    key["formula"] = body.formula
                rest = {name: getattr(body, name) for name in ("score", "scale_min", "scale_max")}
                found.append(Unit(str(fact.id), fact.time, key, frozenset({str(fact.id)}), rest))
        return found

    return units


def pillars(world: World, within: timedelta) -> list[Unit]:
    return [
        Unit(
            str(fact.id),
            fact.time,
            {"coder": body_of(fact).coder},
            frozenset({str(fact.id)}),
            {"pillar": body_of(fact).pillar, "praise": body_of(fact).praise},
        )
        for fact in world.of_type("pillar.tagged")
    ]


def pillar_agreement(world: World, within: timedelta) -> list[Unit]:
    items: dict[str, dict[str, Fact]] = {}
    for fact in world.of_type("pillar.tagged"):
        body = body_of(fact)
        item = body.fact_id if body.feedback_id is None else body.feedback_id
        if item is not None and body.coder != "other":
            items.setdefault(item, {}).setdefault(body.coder, fact)
    return [
        Unit(
            item,
            min(fact.time for fact in tags.values()),
            {},
            frozenset(str(fact.id) for fact in tags.values()),
            {
                coder: body_of(tags[coder]).pillar if coder in tags else None
                for coder in ("person", "program")
            },
        )
        for item, tags in items.items()
    ]


def attitudes(world: World, within: timedelta) -> list[Unit]:
    return [
        Unit(
            str(fact.id),
            fact.time,
            {"department": fact.department},
            frozenset({str(fact.id)}),
            {"attitude": body_of(fact).attitude, "seen_by": body_of(fact).seen_by},
        )
        for fact in world.of_type("attitude.shown")
    ]


READINGS: Mapping[str, Reading] = {
    **{question: answers_to(question) for question in ("nps", "csat", "ces", "stars")},
    "pillars": pillars,
    "pillar_agreement": pillar_agreement,
    "attitudes": attitudes,
}
