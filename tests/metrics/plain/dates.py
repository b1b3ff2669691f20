"""Keeping one's word in time: those metrics of the family ``word`` that are about dates alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from math import ceil
from typing import Any

from domain.commitments import Commitment, Folded
from tests.metrics.plain.promises import in_cohort, said, unit
from tests.metrics.plain.world import Reading, Unit, World, seconds

DAY = timedelta(days=1)
OUTSTANDING = ("open", "disputed")


def wish_offered(world: World, within: timedelta) -> list[Unit]:
    return [
        unit(folded, one.made_at, counted=one.first_due_at <= wish)
        for folded in world.folded.values()
        if (wish := said(folded, "requested_at")) is not None
        and (one := folded.commitment).first_due_at is not None
    ]


def wish_met(world: World, within: timedelta) -> list[Unit]:
    return [
        unit(
            folded,
            wish,
            counted=folded.commitment.state == "honoured"
            and folded.commitment.honoured_at is not None
            and folded.commitment.honoured_at <= wish,
        )
        for folded in world.folded.values()
        if (wish := said(folded, "requested_at")) is not None
        and in_cohort(folded.commitment, wish, world.as_of)
    ]


def date_chosen_by_customer(world: World, within: timedelta) -> list[Unit]:
    return [
        unit(folded, folded.commitment.made_at, counted=chosen == "customer")
        for folded in world.folded.values()
        if (chosen := said(folded, "due_chosen_by")) in ("company", "customer")
        and said(folded, "due_at") is not None
    ]


def lead_time(world: World, within: timedelta) -> list[Unit]:
    return [
        unit(folded, one.made_at, number=seconds(one.first_due_at - one.made_at))
        for folded in world.folded.values()
        if (one := folded.commitment).first_due_at is not None
    ]


def moves(world: World) -> Iterable[tuple[Folded, Any, Commitment]]:
    """Each applied rescheduling that gave no first date: its commitment, its entry, and the
    commitment before it."""
    for folded in world.folded.values():
        steps = zip(folded.entries[1:], pairwise(world.states(folded)), strict=True)
        for entry, (before, _) in steps:
            if (
                entry.fact.type == "commitment.rescheduled"
                and entry.applied
                and before.first_due_at is not None
            ):
                yield folded, entry, before


def consented(entry: Any) -> bool:
    body = entry.fact.body
    return bool(body.initiated_by == "customer" or body.customer_agreed)


def moved_without_consent(world: World, within: timedelta) -> list[Unit]:
    return [
        Unit(
            str(entry.fact.id),
            entry.fact.time,
            {"department": entry.fact.department, "about": folded.commitment.about},
            frozenset({str(entry.fact.id)}),
            {"counted": not consented(entry)},
        )
        for folded, entry, _ in moves(world)
    ]


def overdue_age(world: World, within: timedelta) -> list[Unit]:
    return [
        unit(folded, one.agreed_due_at, days=ceil((world.as_of - one.agreed_due_at) / DAY))
        for folded in world.folded.values()
        if world.status(one := folded.commitment) == "overdue" and one.agreed_due_at is not None
    ]


def around_due(world: World, within: timedelta) -> list[Unit]:
    steps = [
        (folded, entry, before, "moved")
        for folded, entry, before in moves(world)
        if not consented(entry)
    ]
    for folded in world.folded.values():
        for entry, (before, _) in zip(
            folded.entries[1:], pairwise(world.states(folded)), strict=True
        ):
            what = entry.fact.type.removeprefix("commitment.")
            if what in ("honoured", "released", "abandoned") and entry.applied:
                steps.append((folded, entry, before, what))
    return [
        Unit(
            str(entry.fact.id),
            entry.fact.time,
            {"department": folded.commitment.owner, "about": folded.commitment.about},
            frozenset({str(entry.fact.id)}),
            {"day": day, "what": what},
        )
        for folded, entry, before, what in steps
        if before.agreed_due_at is not None
        and -6 <= (day := ceil((entry.fact.time - before.agreed_due_at) / DAY)) <= 7
    ]


def time_to_honour(world: World, within: timedelta) -> list[Unit]:
    found = []
    for folded in world.folded.values():
        one = folded.commitment
        fate = "honoured" if one.state == "disputed" else one.state
        end = one.honoured_at or one.released_at or one.abandoned_at or world.as_of
        found.append(unit(folded, one.made_at, fate=fate, seconds=seconds(end - one.made_at)))
    return found


def load(world: World, within: timedelta) -> list[Unit]:
    """Weeks of UTC."""
    monday = datetime.combine(
        world.as_of.date() - timedelta(days=world.as_of.weekday()), time.min, UTC
    )
    found = []
    for folded in world.folded.values():
        one = folded.commitment
        if one.state in OUTSTANDING and one.agreed_due_at is not None:
            if one.agreed_due_at < monday + timedelta(weeks=8):
                what = "overdue" if one.agreed_due_at < world.as_of else "due"
                found.append(unit(folded, None, what=what, placed_at=one.agreed_due_at))
        elif (
            one.state == "honoured"
            and one.honoured_at is not None
            and monday - timedelta(weeks=8) <= one.honoured_at < monday
        ):
            found.append(unit(folded, None, what="honoured", placed_at=one.honoured_at))
    return found


READINGS: Mapping[str, Reading] = {
    "wish_offered": wish_offered,
    "wish_met": wish_met,
    "date_chosen_by_customer": date_chosen_by_customer,
    "lead_time": lead_time,
    "moved_without_consent": moved_without_consent,
    "overdue_age": overdue_age,
    "around_due": around_due,
    "time_to_honour": time_to_honour,
    "load": load,
}
