"""What customers live across departments: the units of the family ``journeys``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any

from domain.journeys import Journey
from tests.metrics.plain.promises import due, kept, unit
from tests.metrics.plain.world import Json, Reading, Unit, World, seconds


def key_of(journey: Journey) -> Json:
    return {
        "department": journey.steps[0].department,
        "conducted": any(step.type == "journey.conductor_named" for step in journey.steps),
    }


def read(rest: Callable[[Journey], Json | None], counted_by: str | None = None) -> Reading:
    """The journeys of customers for which there is something to say. ``counted_by`` is the type of
    the facts by which one counts."""

    def units(world: World, within: timedelta) -> list[Unit]:
        return [
            Unit(
                str(journey.journey_id),
                journey.first_at,
                key_of(journey),
                frozenset(
                    str(step.id)
                    for n, step in enumerate(journey.steps)
                    if n == 0 or step.type == counted_by
                ),
                said,
            )
            for journey in world.journeys()
            if journey.customer in world.customers and (said := rest(journey)) is not None
        ]

    return units


def _kept_whole(journey: Journey) -> Json | None:
    return None if journey.kept_whole is None else {"counted": journey.kept_whole}


def _conducted(journey: Journey) -> Json | None:
    side = "a" if key_of(journey)["conducted"] else "b"
    return None if journey.kept_whole is None else {"side": side, "counted": journey.kept_whole}


def _silence(journey: Journey) -> Json | None:
    return None if journey.longest_silence is None else {"number": journey.longest_silence}


def department_graph(world: World, within: timedelta) -> list[Unit]:
    return [
        Unit(
            str(other.id),
            other.time,
            {},
            frozenset({str(one.id), str(other.id)}),
            {
                "from": one.department,
                "to": other.department,
                "seconds": seconds(other.time - one.time),
            },
        )
        for journey in world.customer_journeys
        for one, other in pairwise(journey.facts)
    ]


def breaks(world: World, within: timedelta) -> list[Unit]:
    found = []
    for folded in world.folded.values():
        one = folded.commitment
        if not due(world, one) or kept(one):
            continue
        before: Any = None
        journey = world.journey_of.get(one.made_id)
        if journey is not None:
            ids = [fact.id for fact in journey.facts]
            place = ids.index(one.made_id)
            before = journey.facts[place - 1].department if place else None
        own = unit(folded, one.agreed_due_at)
        rest = {"from": before, "owner": one.owner, "about": one.about}
        found.append(Unit(own.id, own.at, {}, own.facts, rest))
    return found


READINGS: Mapping[str, Reading] = {
    "kept_whole": read(_kept_whole),
    "departments_per_journey": read(lambda journey: {"number": len(journey.departments)}),
    "handovers_per_journey": read(lambda journey: {"number": journey.handovers}),
    "reasked": read(lambda journey: {"counted": journey.reasked > 0}, "information.reasked"),
    "channel_forced": read(
        lambda journey: {"counted": journey.channels_forced > 0}, "channel.forced"
    ),
    "journey_silence": read(_silence),
    "conducted": read(_conducted),
    "department_graph": department_graph,
    "breaks": breaks,
}
