"""Keeping one's word: the units of the family ``word``, as the contract puts them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from domain.commitments import Commitment
from domain.journeys import longest_silence
from tests.metrics.plain import dates
from tests.metrics.plain.promises import due, honoured_by, in_cohort, kept, said, unit
from tests.metrics.plain.world import Reading, Unit, World, made_of


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


def consigned_at_source(world: World, within: timedelta) -> list[Unit]:
    return [
        unit(folded, folded.commitment.made_at, counted=where == "at_source")
        for folded in world.folded.values()
        if (where := said(folded, "consigned")) in ("at_source", "discovered_later")
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
    **dates.READINGS,
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
    "consigned_at_source": consigned_at_source,
    "declined": declined,
    "feasibility_checked": lambda world, within: [
        unit(folded, folded.commitment.made_at, counted=bool(said(folded, "feasibility_checked")))
        for folded in world.folded.values()
    ],
    "longest_silence": silence,
    "efforts_shown": efforts_shown,
}
