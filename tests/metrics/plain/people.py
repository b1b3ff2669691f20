"""How those who work there fare: the units of the family ``people``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from domain.facts import Fact
from tests.metrics.plain.promises import due, kept, unit
from tests.metrics.plain.world import Json, Reading, Unit, World, body_of


def of_facts(
    type: str, key: Callable[[Fact, Any], Json], rest: Callable[[Any], Json | None]
) -> Reading:
    """The facts of a type about which there is something to say: their keys, and what they are
    made of, from their bodies."""

    def units(world: World, within: timedelta) -> list[Unit]:
        return [
            Unit(str(fact.id), fact.time, key(fact, fact.body), frozenset({str(fact.id)}), own)
            for fact in world.of_type(type)
            if (own := rest(fact.body)) is not None
        ]

    return units


def _gap(body: Any) -> Json | None:
    side = {"customer_first": "a", "cooperation": "b"}.get(body.question)
    figures = {"favourable": body.favourable, "respondents": body.respondents}
    return None if side is None else {"side": side, **figures}


def symmetry(world: World, within: timedelta) -> list[Unit]:
    found = []
    for folded in world.folded.values():
        one = folded.commitment
        side = {"staff": "a", "customer": "b"}.get(one.made_to.partition(":")[0])
        if side is not None and due(world, one):
            own = unit(folded, one.agreed_due_at, side=side, counted=kept(one))
            found.append(Unit(own.id, own.at, {}, own.facts, own.rest))
    return found


def _behaviour(fact: Fact, body: Any) -> Json:
    return {"behaviour": body.behaviour, "department": body.to_department}


def cards_answered(world: World, within: timedelta) -> list[Unit]:
    found = []
    for card in world.of_type("yellow_card.raised"):
        body = body_of(card)
        answers = [
            fact
            for fact in world.of_type("yellow_card.answered")
            if body_of(fact).card.lower() == str(card.id)
        ]
        times = [fact.time for fact in answers]
        times += [] if body.answered_at is None else [body.answered_at]
        counted = any(time <= card.time + within for time in times)
        facts = frozenset(str(fact.id) for fact in [card, *answers[:1]])
        key = _behaviour(card, body)
        found.append(Unit(str(card.id), card.time, key, facts, {"counted": counted}, card.time))
    return found


#: What may become of an idea beside being accepted, as it is shown.
_STAGES = ("proposed", "decided", "implemented", "answered")


def _ideas(world: World) -> Mapping[str, Mapping[str, list[Fact]]]:
    """The facts of each idea that was proposed, by stage."""
    ideas: dict[str, dict[str, list[Fact]]] = {}
    for stage in _STAGES:
        for fact in world.of_type(f"idea.{stage}"):
            own = ideas.setdefault(body_of(fact).idea_id, {name: [] for name in _STAGES})
            own[stage].append(fact)
    return {name: own for name, own in ideas.items() if own["proposed"]}


def _idea(name: str, own: Mapping[str, list[Fact]], rest: Json) -> Unit:
    first = own["proposed"][0]
    facts = frozenset(str(facts[0].id) for facts in own.values() if facts)
    return Unit(name, first.time, {"topic": body_of(first).topic}, facts, rest)


def ideas(world: World, within: timedelta) -> list[Unit]:
    return [
        _idea(
            name,
            own,
            {
                **{stage: bool(facts) for stage, facts in own.items()},
                "accepted": bool(own["decided"]) and body_of(own["decided"][-1]).accepted,
            },
        )
        for name, own in _ideas(world).items()
    ]


def ideas_answered(world: World, within: timedelta) -> list[Unit]:
    found = []
    for name, own in _ideas(world).items():
        since = own["proposed"][0].time
        counted = any(fact.time <= since + within for fact in own["answered"])
        one = _idea(name, own, {"counted": counted})
        found.append(Unit(one.id, one.at, one.key, one.facts, one.rest, since))
    return found


def dysfunctions(world: World, within: timedelta) -> list[Unit]:
    first: dict[str, Fact] = {}
    for fact in world.of_type("dysfunction.reported"):
        first.setdefault(body_of(fact).report_id, fact)
    return [
        Unit(
            str(fact.id),
            fact.time,
            {
                "topic": body_of(fact).topic,
                "process": body_of(fact).process,
                "department": fact.department,
            },
            frozenset({str(fact.id)}),
        )
        for fact in first.values()
    ]


READINGS: Mapping[str, Reading] = {
    "pulse": of_facts(
        "pulse.taken",
        lambda fact, body: {"department": body.department},
        lambda body: {
            "question": body.question,
            "favourable": body.favourable,
            "respondents": body.respondents,
        },
    ),
    "cooperation_gap": of_facts(
        "pulse.taken", lambda fact, body: {"department": body.department}, _gap
    ),
    "symmetry": symmetry,
    "bravos": of_facts("bravo.given", _behaviour, lambda body: {}),
    "yellow_cards": of_facts("yellow_card.raised", _behaviour, lambda body: {}),
    "cards_answered": cards_answered,
    "ideas": ideas,
    "ideas_answered": ideas_answered,
    "dysfunctions": dysfunctions,
    "immersion": of_facts(
        "immersion.held",
        lambda fact, body: {},
        lambda body: {"role": body.role, "days": body.days, "learnings": body.learnings},
    ),
}
