"""What waits, and for what: facts whose other half the ledger has not seen.

Nothing here refuses or repairs a fact. A fact waits from its own time until what it waits for
happened, and leaves by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from domain.events import (
    CalendarPublished,
    CommitmentMade,
    FactRetracted,
    PaymentCaptured,
    PolicyPublished,
)
from domain.facts import Fact
from domain.payments import payments, settling
from domain.published_rules import HolidayLookup, is_readable
from domain.retractions import in_force, in_order, named_fact

Reason = Literal[
    "unknown_commitment",
    "unknown_issue",
    "unknown_decision",
    "unknown_payment",
    "unlinked_payment",
    "unknown_fact",
    "made_twice",
    "unreadable_calendar",
    "unreadable_policy",
    "unknown_calendar",
]

#: The field that names a thing, the type of fact that opens it, and why its other facts wait.
OPENINGS: Mapping[str, tuple[str, Reason]] = MappingProxyType(
    {
        "commitment_id": ("commitment.made", "unknown_commitment"),
        "issue_id": ("issue.opened", "unknown_issue"),
        "decision_id": ("discretion.used", "unknown_decision"),
        "payment_id": ("payment.captured", "unknown_payment"),
    }
)


@dataclass(frozen=True, slots=True)
class Wait:
    """One fact that waits for one reason, in [since, until): ``since`` is its time, ``until`` the
    time of what it waited for, None if that has not been seen. ``about`` is the bare id."""

    reason: Reason
    about: str
    fact: UUID
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Item:
    """What waits for one reason about one id: the facts in the order, and since when."""

    reason: Reason
    about: str
    since: datetime
    facts: tuple[UUID, ...]


def waits(known: Iterable[Fact], *, holidays: HolidayLookup) -> list[Wait]:
    """Every wait among the known facts, retracted ones included, in the order of its facts.
    ``holidays`` is by what calendars are read.

    A fact that came after what it answers never waited, and is not in the list.
    """
    everything = list(known)
    ordered = in_order(in_force(everything))
    ids = {fact.id for fact in everything}
    waits = [
        *_for_an_opening(ordered),
        *_for_a_link(ordered),
        *_for_a_fact(ordered, ids),
        *_made_twice(ordered),
        *_unreadable(ordered, holidays),
        *_for_a_calendar(ordered),
    ]
    waits = [wait for wait in waits if wait.until is None or wait.since < wait.until]
    turn = {fact.id: number for number, fact in enumerate(ordered)}
    return sorted(waits, key=lambda wait: (turn[wait.fact], wait.reason))


def suspense(
    known: Iterable[Fact], as_of: datetime | None = None, *, holidays: HolidayLookup
) -> list[Item]:
    """What waits at ``as_of`` (None: after all that is known), one item a reason and id, ordered by
    since, about and reason. ``known`` holds the retracted facts too."""
    groups: dict[tuple[Reason, str], list[Wait]] = {}
    for wait in waits(known, holidays=holidays):
        if as_of is None:
            waits_now = wait.until is None
        else:
            waits_now = wait.since <= as_of and (wait.until is None or as_of < wait.until)
        if waits_now:
            groups.setdefault((wait.reason, wait.about), []).append(wait)
    items = [
        Item(reason, about, waits[0].since, tuple(wait.fact for wait in waits))
        for (reason, about), waits in groups.items()
    ]
    return sorted(items, key=lambda item: (item.since, item.about, item.reason))


def _for_an_opening(ordered: list[Fact]) -> list[Wait]:
    opened: dict[tuple[str, str], datetime] = {}
    for fact in ordered:
        for name, (opening, _) in OPENINGS.items():
            if fact.type == opening:
                opened.setdefault((name, getattr(fact.body, name)), fact.time)
    waits = []
    for fact in ordered:
        said = vars(fact.body)
        for name, (opening, reason) in OPENINGS.items():
            about: str | None = said.get(name)
            if about is not None and fact.type != opening:
                until = opened.get((name, about))
                waits.append(Wait(reason, about, fact.id, fact.time, until))
    return waits


def _for_a_link(ordered: list[Fact]) -> list[Wait]:
    """Payments that were captured: they wait for a link, or until they were given back whole, by
    the amount and currency of the first capture of that id."""
    settled = {name: settling(payment) for name, payment in payments(ordered).items()}
    waits = []
    for fact in ordered:
        if isinstance(fact.body, PaymentCaptured):
            name = fact.body.payment_id
            step = settled[name]
            until = None if step is None else step.fact.time
            waits.append(Wait("unlinked_payment", name, fact.id, fact.time, until))
    return waits


def _for_a_fact(ordered: list[Fact], known: set[UUID]) -> list[Wait]:
    """Retractions of a fact that is not known. They wait whatever that fact's time: what is
    missing is the fact, and once it is known they never waited."""
    return [
        Wait("unknown_fact", fact.body.fact_id, fact.id, fact.time, None)
        for fact in ordered
        if isinstance(fact.body, FactRetracted) and named_fact(fact.body.fact_id) not in known
    ]


def _made_twice(ordered: list[Fact]) -> list[Wait]:
    """Later ``made`` facts that say something else than the first one. Bodies are compared by
    meaning: as models, in which instants are instants, and labels as a set."""
    first: dict[str, CommitmentMade] = {}
    waits = []
    for fact in ordered:
        body = fact.body
        if isinstance(body, CommitmentMade):
            opening = first.setdefault(body.commitment_id, body)
            if _meant(body) != _meant(opening):
                waits.append(Wait("made_twice", body.commitment_id, fact.id, fact.time, None))
    return waits


def _meant(body: CommitmentMade) -> tuple[CommitmentMade, frozenset[str]]:
    return body.model_copy(update={"labels": ()}), frozenset(body.labels)


def _unreadable(ordered: list[Fact], holidays: HolidayLookup) -> list[Wait]:
    """Calendars and policies that give no date, since they can't be read. They wait for nothing but
    to be retracted: what they were to date goes by them, whatever was published after them."""
    waits = []
    for fact in ordered:
        body = fact.body
        if isinstance(body, CalendarPublished) and not is_readable(body, holidays):
            waits.append(Wait("unreadable_calendar", body.calendar_id, fact.id, fact.time, None))
        elif isinstance(body, PolicyPublished) and not is_readable(body, holidays):
            waits.append(Wait("unreadable_policy", body.policy_id, fact.id, fact.time, None))
    return waits


def _for_a_calendar(ordered: list[Fact]) -> list[Wait]:
    """Policies that name a calendar: they wait until one of that id is published."""
    published: dict[str, datetime] = {}
    for fact in ordered:
        if isinstance(fact.body, CalendarPublished):
            published.setdefault(fact.body.calendar_id, fact.time)
    return [
        Wait(
            "unknown_calendar",
            fact.body.policy_id,
            fact.id,
            fact.time,
            published.get(fact.body.calendar_id),
        )
        for fact in ordered
        if isinstance(fact.body, PolicyPublished) and fact.body.calendar_id is not None
    ]
