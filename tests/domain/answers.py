"""The asks of the command line, answered by the folds alone: the oracle of oracles.

No store, no SQL: all facts in memory, folded anew for each ask. What the shared scenarios expect
is thus held against the rules themselves, apart from how they are stored and computed at speed.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from domain import durations
from domain.chains import depths, first_break
from domain.clocks import clocks, pauses
from domain.commitments import Commitment, Folded, fold_all, status
from domain.events import BODIES
from domain.facts import Fact
from domain.identity import canonical
from domain.journeys import Journey, journeys, stitch
from domain.policies import policy_dates
from domain.retractions import in_force, in_order
from domain.scoreboard import balance, balance_by, counts, key_of, promises, promises_by
from domain.suspense import Item, suspense
from schemas import catalogue, jsonform

EVIDENCE = ("customer.chased", "commitment.rescheduled")


def no_places(place: str, year: int) -> frozenset[date]:
    """A calendar of holidays that knows no place."""
    raise LookupError(place)


def emitted(events: Iterable[Mapping[str, Any]]) -> list[Fact]:
    """The facts of CloudEvents in JSON, as a ledger keeps them: each id once, from position 1."""
    facts: dict[UUID, Fact] = {}
    for event in events:
        id = UUID(event["id"])
        if id not in facts:
            time = jsonform.instant_from_text(event["time"])
            body = jsonform.from_json(event["type"], event["data"])
            facts[id] = Fact(
                id=id,
                type=event["type"],
                source=event["source"],
                subject=event["subject"],
                time=time,
                body=BODIES[event["type"]].model_validate(body),
                position=len(facts) + 1,
                recorded_at=time,
                sequence=None if event.get("sequence") is None else str(event["sequence"]),
            )
    return list(facts.values())


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("command")
    parser.add_argument("id", nargs="?")
    parser.add_argument("--as-of", type=jsonform.instant_from_text)
    parser.add_argument("--known-at", type=lambda text: int(text.removeprefix("@")))
    parser.add_argument("--by", action="append", default=[])
    parser.add_argument("--where", action="append", default=[])
    parser.add_argument("--due-from", type=jsonform.instant_from_text)
    parser.add_argument("--due-to", type=jsonform.instant_from_text)
    parser.add_argument("--from", dest="after", type=jsonform.instant_from_text)
    parser.add_argument("--to", type=jsonform.instant_from_text)
    parser.add_argument("--timezone", type=ZoneInfo, default=UTC)
    parser.add_argument("--within")
    for name in ("--status", "--department", "--customer"):
        parser.add_argument(name)
    return parser


class View:
    """All that the folds say of some facts, as known at a position and as of an instant."""

    def __init__(self, facts: Sequence[Fact], as_of: datetime, known_at: int | None) -> None:
        self.as_of = as_of
        self.known_at = len(facts) if known_at is None else known_at
        self.known = [fact for fact in facts if fact.position <= self.known_at]
        self.standing = in_force(self.known)
        self.names = canonical(self.standing, as_of)
        self.folded = fold_all(self.standing, as_of, policy_dates(self.standing, no_places))
        self.stitched = stitch(in_order(self.standing, as_of), self.names)

    def customer_of(self, commitment: Commitment) -> str:
        return self.names.get(commitment.customer, commitment.customer)

    def fact_of(self, id: UUID) -> Fact:
        return next(fact for fact in self.standing if fact.id == id)

    def is_customer(self, name: str) -> bool:
        """Whether a canonical name is a customer's: one of the linked ids says so."""
        linked = [party for party, other in self.names.items() if other == name]
        return any(party.startswith("customer:") for party in (name, *linked))

    def by_agreed_date(self) -> list[Folded]:
        """All commitments as they are listed."""
        last = datetime.max.replace(tzinfo=UTC)

        def place(folded: Folded) -> tuple[bool, datetime, str]:
            due_at = folded.commitment.agreed_due_at
            return due_at is None, due_at or last, folded.commitment.commitment_id

        return sorted(self.folded.values(), key=place)

    def suspense(self) -> list[Item]:
        return suspense(self.known, self.as_of, holidays=no_places)

    def journeys(self) -> list[Journey]:
        return journeys(self.stitched.journeys, self.folded.values(), self.as_of)


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else jsonform.instant_to_text(instant)


def _commitment(view: View, folded: Folded) -> dict[str, Any]:
    one = folded.commitment
    plain = ("about", "kind", "made_to", "owner", "state", "supports", "paused", "in_time")
    instants = ("made_at", "earliest_at", "first_due_at", "agreed_due_at", "latest_due_at")
    settled = ("customer_due_at", "honoured_at", "released_at", "abandoned_at")
    return {
        "commitment_id": one.commitment_id,
        "customer": view.customer_of(one),
        "status": status(one, view.as_of),
        "reschedulings": one.reschedulings,
        "chases": one.chases,
        **{name: getattr(one, name) for name in plain},
        **{name: _text(getattr(one, name)) for name in instants + settled},
        "clocks": _clocks(folded, view.as_of),
        "history": [
            {
                "id": str(entry.fact.id),
                "type": entry.fact.type,
                "time": _text(entry.fact.time),
                "applied": entry.applied,
                "data": jsonform.to_json(entry.fact.type, entry.fact.body.model_dump()),
            }
            for entry in folded.history
        ],
    }


def _public(fact: Fact) -> dict[str, Any]:
    """What a body says, without nulls and personal fields."""
    said = jsonform.to_json(fact.type, fact.body.model_dump())
    fields = [field.name for field in catalogue.fields(fact.type) if not field.personal]
    return {name: said[name] for name in fields if said.get(name) is not None}


def _clocks(folded: Folded, as_of: datetime) -> dict[str, Any]:
    one = folded.commitment
    end = one.honoured_at or one.released_at or one.abandoned_at or as_of
    found = clocks(one.made_at, end, pauses(folded.entries))
    second = timedelta(seconds=1)
    return {
        "customer": found.customer / second,
        "company": found.company / second,
        "paused": {name: waited / second for name, waited in found.paused.items()},
    }


def _journey(view: View, journey: Journey) -> dict[str, Any]:
    return {
        "journey_id": str(journey.journey_id),
        "customer": journey.customer,
        "first_at": _text(journey.first_at),
        "last_at": _text(journey.last_at),
        "facts": journey.facts,
        "departments": list(journey.departments),
        "handovers": journey.handovers,
        "touchpoints": dict(journey.touchpoints),
        "chases": journey.chases,
        "reasked": journey.reasked,
        "channels_forced": journey.channels_forced,
        "promises": journey.promises,
        "kept_whole": journey.kept_whole,
        "longest_silence": journey.longest_silence,
        "feedback": [
            {
                "question": one.question,
                "score": one.score,
                "scale_min": one.scale_min,
                "scale_max": one.scale_max,
                "time": _text(one.time),
            }
            for one in journey.feedback
        ],
        "steps": [
            {
                "id": str(step.id),
                "type": step.type,
                "time": _text(step.time),
                "department": step.department,
                "refs": list(step.refs),
                "data": _public(view.fact_of(step.id)),
            }
            for step in journey.steps
        ],
    }


def _chain(view: View, asked: argparse.Namespace) -> dict[str, Any]:
    supports = {
        name: folded.commitment.supports
        for name, folded in view.folded.items()
        if folded.commitment.supports is not None
    }
    found = depths(view.folded[asked.id].commitment.commitment_id, supports)
    chain = [view.folded[name].commitment for name in found]
    chain.sort(key=lambda one: (found[one.commitment_id], one.commitment_id))
    return {
        "commitment_id": asked.id,
        "nodes": [
            {
                "commitment_id": one.commitment_id,
                "supports": one.supports,
                "owner": one.owner,
                "about": one.about,
                "status": status(one, view.as_of),
                "agreed_due_at": _text(one.agreed_due_at),
                "honoured_at": _text(one.honoured_at),
                "depth": found[one.commitment_id],
            }
            for one in chain
        ],
        "first_break": first_break(chain, view.as_of),
    }


def _promises(view: View, asked: argparse.Namespace) -> dict[str, Any]:
    commitments = [folded.commitment for folded in view.folded.values()]
    commitments = [one for one in commitments if is_asked(one, asked)]
    groups = promises_by(commitments, view.as_of, asked.by, asked.timezone)
    happened = Counter(fact.type for fact in view.standing if fact.time <= view.as_of)
    return {
        "known_at": view.known_at,
        **promises(commitments, view.as_of),
        "evidence": {name: happened[name] for name in EVIDENCE},
        "in_suspense": sum(item.reason == "unknown_commitment" for item in view.suspense()),
        "groups": groups,
    }


def is_asked(commitment: Commitment, asked: argparse.Namespace) -> bool:
    """Whether it is due in the window and has one of the values of each key."""
    if asked.due_from is not None and not _due_in(commitment, asked.due_from, asked.due_to):
        return False
    where: dict[str, list[str | None]] = {}
    for pair in asked.where:
        name, _, value = pair.partition("=")
        where.setdefault(name, []).append(value or None)
    keys = key_of(commitment, list(where), asked.timezone)
    return all(keys[name] in values for name, values in where.items())


def _due_in(commitment: Commitment, after: datetime, to: datetime) -> bool:
    due_at = commitment.agreed_due_at
    return due_at is not None and after < due_at <= to


def _balance(view: View, asked: argparse.Namespace) -> dict[str, Any]:
    histories = [folded.entries for folded in view.folded.values()]
    groups = balance_by(view.folded.values(), asked.after, asked.to, asked.by)
    return {**balance(histories, asked.after, asked.to), "groups": groups}


def _customer(view: View, asked: argparse.Namespace) -> dict[str, Any]:
    name = view.names.get(asked.id, asked.id)
    mine = [one.commitment for one in view.folded.values()]
    mine = [one for one in mine if view.customer_of(one) == name]
    loose = [
        fact for fact in view.stitched.loose if view.names.get(fact.subject, fact.subject) == name
    ]
    return {
        "customer": asked.id,
        "canonical": name,
        "aliases": sorted(
            party for party, other in view.names.items() if other == name and party != asked.id
        ),
        "journeys": [_journey(view, one) for one in view.journeys() if one.customer == name],
        "loose": [
            {"id": str(fact.id), "type": fact.type, "time": _text(fact.time)} for fact in loose
        ],
        "promises": counts(mine, view.as_of),
    }


def _commitments(view: View, asked: argparse.Namespace) -> dict[str, Any]:
    found = [_commitment(view, folded) for folded in view.by_agreed_date()]
    if asked.status is not None:
        found = [one for one in found if one["status"] == asked.status]
    if asked.department is not None:
        found = [one for one in found if one["owner"] == asked.department]
    if asked.customer is not None:
        name = view.names.get(asked.customer, asked.customer)
        found = [one for one in found if one["customer"] == name]
    return {"commitments": found, "next": None}


def _due(view: View, asked: argparse.Namespace) -> dict[str, Any]:
    end = durations.add(view.as_of, durations.parse(asked.within), UTC)
    found = []
    for folded in view.by_agreed_date():
        due_at, heard = folded.commitment.agreed_due_at, folded.commitment.last_sign_at
        if folded.commitment.state != "open" or due_at is None or due_at > end or heard is None:
            continue
        silence = (view.as_of - heard) / timedelta(seconds=1)
        found.append(_commitment(view, folded) | {"silence": silence})
    # Sorted by date already: overdue ones come first by themselves.
    return {"due": found}


def _journeys(view: View, asked: argparse.Namespace) -> dict[str, Any]:
    mine = [one for one in view.journeys() if view.is_customer(one.customer)]
    if asked.customer is not None:
        name = view.names.get(asked.customer, asked.customer)
        mine = [one for one in view.journeys() if one.customer == name]
    return {"journeys": [_journey(view, one) for one in mine], "next": None}


def _suspense(view: View, asked: argparse.Namespace) -> dict[str, Any]:
    return {
        "items": [
            {
                "reason": item.reason,
                "about": item.about,
                "since": _text(item.since),
                "facts": [str(id) for id in item.facts],
            }
            for item in view.suspense()
        ]
    }


_ANSWERS: Mapping[str, Callable[[View, argparse.Namespace], dict[str, Any]]] = {
    "promises": _promises,
    "commitment": lambda view, asked: _commitment(view, view.folded[asked.id]),
    "chain": _chain,
    "commitments": _commitments,
    "due": _due,
    "balance": _balance,
    "customer": _customer,
    "journey": lambda view, asked: next(
        _journey(view, one) for one in view.journeys() if str(one.journey_id) == asked.id
    ),
    "journeys": _journeys,
    "suspense": _suspense,
}


def parsed(argv: Sequence[str]) -> argparse.Namespace:
    """An ask, read."""
    return _options().parse_args(argv)


def answer(facts: Sequence[Fact], argv: Sequence[str]) -> dict[str, Any]:
    """What the folds answer to one ask. Raises KeyError for one that they can't answer, and for an
    unknown commitment."""
    asked = parsed(argv)
    view = View(facts, asked.as_of or asked.to, asked.known_at)
    return _ANSWERS[asked.command](view, asked)
