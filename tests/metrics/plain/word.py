"""Keeping one's word: the units of the family ``word``, as the contract puts them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from math import ceil
from typing import Any

from domain.commitments import Commitment, Folded
from domain.journeys import longest_silence
from tests.metrics.plain.world import Json, Reading, Unit, World, made_of, seconds

DAY = timedelta(days=1)
OUTSTANDING = ("open", "disputed")


def key_of(folded: Folded) -> Json:
    one = folded.commitment
    return {
        "department": one.owner,
        "about": one.about,
        "channel": one.entry_point,
        "kind": one.kind,
        "internal": one.supports is not None,
        "made_to": one.made_to,
    }


def facts_of(folded: Folded) -> frozenset[str]:
    """What opened it, and what changed its state."""
    return frozenset(str(entry.fact.id) for entry in folded.entries if entry.before != entry.state)


def unit(folded: Folded, at: datetime | None, **rest: Any) -> Unit:
    return Unit(folded.commitment.commitment_id, at, key_of(folded), facts_of(folded), rest)


def released_by(one: Commitment, date: datetime) -> bool:
    return one.state == "released" and one.released_at is not None and one.released_at <= date


def honoured_by(one: Commitment, date: datetime | None) -> bool:
    """By a date of the commitment's own, or by the source's verdict in the place of that."""
    if one.state != "honoured" or one.honoured_at is None:
        return False
    return one.in_time if one.in_time is not None else date is not None and one.honoured_at <= date


def in_cohort(one: Commitment, date: datetime | None, as_of: datetime) -> bool:
    return date is not None and date < as_of and not released_by(one, date)


def due(world: World, one: Commitment) -> bool:
    """In K."""
    return in_cohort(one, one.agreed_due_at, world.as_of)


def kept(one: Commitment) -> bool:
    """Kept, of K."""
    return one.agreed_due_at is not None and honoured_by(one, one.agreed_due_at)


def kept_on(basis: str, anchor: str = "agreed") -> Reading:
    def read(world: World, within: timedelta) -> list[Unit]:
        found = []
        for folded in world.folded.values():
            one = folded.commitment
            date = getattr(one, f"{basis}_due_at")
            if in_cohort(one, date, world.as_of):
                found.append(
                    unit(folded, getattr(one, f"{anchor}_due_at"), counted=honoured_by(one, date))
                )
        return found

    return read


def slip_gap(world: World, within: timedelta) -> list[Unit]:
    return [
        Unit(own.id, own.at, own.key, own.facts, {"side": side, **own.rest})
        for side, basis in (("a", "latest"), ("b", "first"))
        for own in kept_on(basis)(world, within)
    ]


def kept_company_clock(world: World, within: timedelta) -> list[Unit]:
    """Pauses are walked again: the first of several says for whom, and it lasts until resumed."""
    found = []
    for folded in world.folded.values():
        one = folded.commitment
        if not due(world, one) or one.agreed_due_at is None:
            continue
        end = one.honoured_at or world.as_of
        waited, since, whom = timedelta(), None, ""
        for entry in folded.entries:
            if entry.fact.type == "commitment.paused" and since is None:
                since, whom = entry.at, entry.fact.body.waiting_for  # type: ignore[attr-defined]
            elif entry.fact.type == "commitment.resumed" and since is not None:
                waited += _of_others(whom, since, min(entry.at, end))
                since = None
        if since is not None:
            waited += _of_others(whom, since, end)
        found.append(
            unit(folded, one.agreed_due_at, counted=honoured_by(one, one.agreed_due_at + waited))
        )
    return found


def _of_others(whom: str, since: datetime, until: datetime) -> timedelta:
    return max(until - since, timedelta()) if whom in ("customer", "third_party") else timedelta()


def of_all(
    anchor: str,
    counts: Callable[[Commitment], bool],
    among: Callable[[Commitment], bool] = lambda one: True,
) -> Reading:
    """A share of all commitments, or of those among which it is asked."""

    def read(world: World, within: timedelta) -> list[Unit]:
        return [
            unit(folded, getattr(folded.commitment, anchor), counted=counts(folded.commitment))
            for folded in world.folded.values()
            if among(folded.commitment)
        ]

    return read


def unprompted(world: World, within: timedelta) -> list[Unit]:
    found = []
    for folded in world.folded.values():
        one = folded.commitment
        if world.status(one) == "kept" and one.honoured_at is not None:
            chases = [e.fact for e in folded.entries if e.fact.type == "customer.chased"]
            alone = all(fact.time >= one.honoured_at for fact in chases)
            found.append(unit(folded, one.agreed_due_at, counted=alone))
    return found


def early(world: World, within: timedelta) -> list[Unit]:
    return [
        unit(folded, one.honoured_at, counted=one.honoured_at < one.earliest_at)
        for folded in world.folded.values()
        if (one := folded.commitment).state == "honoured"
        and one.earliest_at is not None
        and one.honoured_at is not None
    ]


def partly_kept(world: World, within: timedelta) -> list[Unit]:
    found = []
    for folded in world.folded.values():
        one = folded.commitment
        if due(world, one) and not kept(one):
            parts = [
                entry.fact.time <= one.agreed_due_at
                for entry in folded.entries
                if entry.fact.type == "commitment.part_honoured" and one.agreed_due_at is not None
            ]
            found.append(unit(folded, one.agreed_due_at, counted=any(parts)))
    return found


def closed_loop(world: World, within: timedelta) -> list[Unit]:
    found = []
    for folded in world.folded.values():
        one = folded.commitment
        if one.state == "honoured" and one.honoured_at is not None:
            loops = [
                one.honoured_at <= entry.fact.time <= one.honoured_at + within
                for entry in folded.entries
                if entry.fact.type == "commitment.confirmed"
            ]
            own = unit(folded, one.honoured_at, counted=any(loops))
            found.append(Unit(own.id, own.at, own.key, own.facts, own.rest, one.honoured_at))
    return found


def promised_again(world: World, within: timedelta) -> list[Unit]:
    found = []
    for folded in world.folded.values():
        one = folded.commitment
        journey = world.journey_of.get(one.made_id)
        if journey is None:
            continue
        others = (
            other.commitment
            for other in world.folded.values()
            if other is not folded and world.journey_of.get(other.commitment.made_id) is journey
        )
        again = any(
            other.about == one.about
            and due(world, other)
            and not kept(other)
            and other.agreed_due_at is not None
            and other.agreed_due_at < one.made_at
            for other in others
        )
        found.append(unit(folded, one.made_at, counted=again))
    return found


def customers_kept_whole(world: World, within: timedelta) -> list[Unit]:
    by_customer: dict[str, list[Commitment]] = {}
    for folded in world.folded.values():
        if due(world, folded.commitment):
            by_customer.setdefault(world.customer_of(folded.commitment), []).append(
                folded.commitment
            )
    return [
        Unit(
            name,
            max(one.agreed_due_at for one in own if one.agreed_due_at is not None),
            {},
            frozenset(str(one.made_id) for one in own),
            {"counted": all(map(kept, own))},
        )
        for name, own in by_customer.items()
        if name in world.customers
    ]


def _said(folded: Folded, field: str) -> Any:
    return getattr(made_of(folded).body, field)


def wish_offered(world: World, within: timedelta) -> list[Unit]:
    return [
        unit(folded, one.made_at, counted=one.first_due_at <= wish)
        for folded in world.folded.values()
        if (wish := _said(folded, "requested_at")) is not None
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
        if (wish := _said(folded, "requested_at")) is not None
        and in_cohort(folded.commitment, wish, world.as_of)
    ]


def date_chosen_by_customer(world: World, within: timedelta) -> list[Unit]:
    return [
        unit(folded, folded.commitment.made_at, counted=chosen == "customer")
        for folded in world.folded.values()
        if (chosen := _said(folded, "due_chosen_by")) in ("company", "customer")
        and _said(folded, "due_at") is not None
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


def consigned_at_source(world: World, within: timedelta) -> list[Unit]:
    return [
        unit(folded, folded.commitment.made_at, counted=where == "at_source")
        for folded in world.folded.values()
        if (where := _said(folded, "consigned")) in ("at_source", "discovered_later")
    ]


def declined(world: World, within: timedelta) -> list[Unit]:
    said = [
        (str(fact.id), fact, True, fact.body.about)  # type: ignore[attr-defined]
        for fact in world.of_type("commitment.declined")
    ]
    said += [
        (folded.commitment.commitment_id, made_of(folded), False, folded.commitment.about)
        for folded in world.folded.values()
    ]
    return [
        Unit(
            id,
            fact.time,
            {"department": fact.department, "about": about},
            frozenset({str(fact.id)}),
            {"counted": counted},
        )
        for id, fact, counted, about in said
    ]


def silence(world: World, within: timedelta) -> list[Unit]:
    """As of a journey that has this one promise, with the signs that name it."""
    from domain.commitments import open_stretches
    from domain.journeys import Step

    found = []
    for folded in world.folded.values():
        steps = [Step.of(entry.fact) for entry in folded.entries]
        longest = longest_silence(steps, [open_stretches(folded.entries, world.as_of)])
        found.append(unit(folded, folded.commitment.made_at, number=longest))
    return found


def efforts_shown(world: World, within: timedelta) -> list[Unit]:
    return [
        Unit(
            str(fact.id),
            fact.time,
            {"department": fact.department},
            frozenset({str(fact.id)}),
            {"counted": fact.body.shown_to_customer},  # type: ignore[attr-defined]
        )
        for fact in world.of_type("progress.shared")
    ]


READINGS: Mapping[str, Reading] = {
    "kept_first": kept_on("first"),
    "kept_agreed": kept_on("agreed"),
    "kept_latest": kept_on("latest"),
    "slip_gap": slip_gap,
    "kept_customer_moved": kept_on("customer", "customer"),
    "kept_company_clock": kept_company_clock,
    "unprompted": unprompted,
    "chased": of_all("made_at", lambda one: one.chases > 0),
    "undated": of_all("made_at", lambda one: one.first_due_at is None),
    "early": early,
    "partly_kept": partly_kept,
    "closed_loop": closed_loop,
    "promised_again": promised_again,
    "customers_kept_whole": customers_kept_whole,
    "wish_offered": wish_offered,
    "wish_met": wish_met,
    "date_chosen_by_customer": date_chosen_by_customer,
    "lead_time": lead_time,
    "moved_without_consent": moved_without_consent,
    "overdue_age": overdue_age,
    "around_due": around_due,
    "time_to_honour": time_to_honour,
    "load": load,
    "consigned_at_source": consigned_at_source,
    "declined": declined,
    "feasibility_checked": lambda world, within: [
        unit(folded, folded.commitment.made_at, counted=bool(_said(folded, "feasibility_checked")))
        for folded in world.folded.values()
    ],
    "longest_silence": silence,
    "efforts_shown": efforts_shown,
}
