"""Whether departments keep their word to each other: the units of the family ``cooperation``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from tests.metrics.plain.promises import due, kept, unit
from tests.metrics.plain.world import Reading, Unit, World


def internal_kept(world: World, within: timedelta) -> list[Unit]:
    return [
        unit(folded, folded.commitment.agreed_due_at, counted=kept(folded.commitment))
        for folded in world.folded.values()
        if folded.commitment.supports is not None and due(world, folded.commitment)
    ]


def broken_links(world: World, within: timedelta) -> list[Unit]:
    broken = [
        folded
        for folded in world.folded.values()
        if due(world, folded.commitment) and not kept(folded.commitment)
    ]
    found = []
    for outer in broken:
        for inner in broken:
            one, other = outer.commitment, inner.commitment
            if one.supports is None and other.supports == one.commitment_id:
                a, b = unit(outer, one.agreed_due_at), unit(inner, None)
                rest = {
                    "owner": one.owner,
                    "supporting_owner": other.owner,
                    "supporting_about": other.about,
                }
                found.append(Unit(f"{a.id}/{b.id}", a.at, {}, a.facts | b.facts, rest))
    return found


def cooperation(world: World, within: timedelta) -> list[Unit]:
    found = []
    for own in internal_kept(world, within):
        rest = {
            "from": own.key["department"],
            "to": own.key["made_to"].removeprefix("department:"),
            "kept": own.rest["counted"],
        }
        found.append(Unit(own.id, own.at, {}, own.facts, rest))
    return found


READINGS: Mapping[str, Reading] = {
    "internal_kept": internal_kept,
    "broken_links": broken_links,
    "cooperation": cooperation,
}
