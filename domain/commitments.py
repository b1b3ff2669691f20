"""One commitment, folded from its facts: the rules of its state, dates, owner, pause and chases.

``evolve`` says what one fact does, ``fold`` in which order facts are taken. Views in SQL do the
same over all commitments at once, and are tested against this module.

What the table of states leaves open is settled here:

* Ownership, pause and chases do not depend on the state; dates do (open or disputed only).
* A proposal while another is pending takes its place; the department that owned the commitment
  last stays the one that may take it back. Proposing that department while it waits is a proposal
  like any other: whoever accepts, ownership comes back to it.
* An acceptance without a pending proposal changes nothing, whoever accepts: what was taken over
  is given back by a new hand-over.
* A dispute that is settled otherwise than upheld or rejected (a newer writer's word, read as
  ``unknown``) changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, cast
from uuid import UUID

from domain.company_signs import is_sign
from domain.facts import Fact
from domain.retractions import in_order
from domain.statuses import Status

if TYPE_CHECKING:
    from domain.events import (
        CommitmentDisputeSettled,
        CommitmentHandedOver,
        CommitmentHonoured,
        CommitmentMade,
        CommitmentRescheduled,
    )

State = Literal["open", "honoured", "released", "abandoned", "disputed"]

#: Open or disputed: somebody still owes something.
OUTSTANDING: frozenset[State] = frozenset({"open", "disputed"})

#: What a state becomes on a trigger; any other pair stays. A trigger is the type of the fact, and
#: for a settled dispute its outcome.
TRANSITIONS: Mapping[tuple[State, str], State] = MappingProxyType(
    {
        ("open", "commitment.honoured"): "honoured",
        ("open", "commitment.released"): "released",
        ("open", "commitment.abandoned"): "abandoned",
        ("honoured", "commitment.disputed"): "disputed",
        ("honoured", "commitment.reopened"): "open",
        ("released", "commitment.reopened"): "open",
        ("abandoned", "commitment.reopened"): "open",
        ("disputed", "rejected"): "honoured",
        ("disputed", "upheld"): "open",
        ("disputed", "commitment.honoured"): "honoured",
        ("released", "commitment.honoured"): "honoured",
        ("abandoned", "commitment.honoured"): "honoured",
        ("abandoned", "commitment.released"): "released",
    }
)

NO_DATES: Mapping[UUID, datetime] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Commitment:
    """A commitment after some of its facts. Instants are aware and in UTC, None where there is
    none. ``honoured_at`` is there while the state is honoured or disputed, and with it ``in_time``
    where the honouring fact says so itself; ``released_at`` and ``abandoned_at`` only in their
    states; the four due dates are there together or not at all;
    ``proposed_owner`` and ``previous_owner`` only while a hand-over is pending.

    ``customer`` is the subject of the first ``made`` as it stands: names that were linked since
    are the caller's to look up. ``owner`` is None while a hand-over is pending.
    """

    commitment_id: str
    made_id: UUID
    customer: str
    about: str
    kind: str
    made_to: str
    made_at: datetime
    owner: str | None
    entry_point: str | None = None
    supports: str | None = None
    labels: frozenset[str] = frozenset()
    earliest_at: datetime | None = None
    first_due_at: datetime | None = None
    agreed_due_at: datetime | None = None
    latest_due_at: datetime | None = None
    customer_due_at: datetime | None = None
    state: State = "open"
    honoured_at: datetime | None = None
    in_time: bool | None = None
    released_at: datetime | None = None
    abandoned_at: datetime | None = None
    proposed_owner: str | None = None
    previous_owner: str | None = None
    reschedulings: int = 0
    chases: int = 0
    first_chased_at: datetime | None = None
    paused: bool = False
    last_sign_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact of the history: ``at`` is when it counts (the time of ``made`` for a fact that
    sorts before it), ``applied`` whether it changed anything; the state before it (None for
    ``made``) and after it, and the owner after it."""

    fact: Fact
    at: datetime
    applied: bool
    before: State | None
    state: State
    owner: str | None


@dataclass(frozen=True, slots=True)
class Folded:
    """A commitment and what made it so. ``entries`` are in the order of the walk: ``made``, what
    sorts before it, then the rest; ``at`` never decreases along it."""

    commitment: Commitment
    entries: tuple[Entry, ...]

    @property
    def history(self) -> list[Entry]:
        """The entries in the order of their facts, as people read them."""
        return sorted(self.entries, key=lambda entry: entry.fact.order)


def commitment_of(fact: Fact) -> str | None:
    """The commitment to whose history a fact belongs: its ``commitment_id`` and nothing else."""
    # Through vars, because a model is slow to say that it has no such field.
    found: str | None = vars(fact.body).get("commitment_id")
    return found


def opened(made: Fact, policy_due_at: datetime | None) -> Commitment:
    """What the first ``made`` alone says. ``policy_due_at`` counts only if it names no date.

    Raises TypeError for a fact of another type.
    """
    if made.type != "commitment.made":
        raise TypeError(f"expected a commitment.made to open a commitment, saw {made.type}")
    body = cast("CommitmentMade", made.body)
    due_at = body.due_at if body.due_at is not None else policy_due_at
    return Commitment(
        commitment_id=body.commitment_id,
        made_id=made.id,
        customer=made.subject,
        about=body.about,
        kind=body.kind,
        made_to=body.made_to if body.made_to is not None else made.subject,
        made_at=made.time,
        owner=body.owner if body.owner is not None else made.department,
        entry_point=body.entry_point,
        supports=body.supports,
        labels=frozenset(body.labels),
        earliest_at=body.earliest_at,
        first_due_at=due_at,
        agreed_due_at=due_at,
        latest_due_at=due_at,
        customer_due_at=due_at,
        last_sign_at=made.time,
    )


def evolve(commitment: Commitment, fact: Fact) -> Commitment:
    """The commitment after one more fact; the very same object if the fact changes nothing."""
    match fact.type:
        case "commitment.rescheduled":
            return _rescheduled(commitment, cast("CommitmentRescheduled", fact.body), fact.time)
        case "commitment.handed_over":
            return _proposed(commitment, cast("CommitmentHandedOver", fact.body).to_department)
        case "commitment.accepted":
            return _accepted(commitment, fact.department)
        case "commitment.paused":
            return commitment if commitment.paused else replace(commitment, paused=True)
        case "commitment.resumed":
            return replace(commitment, paused=False) if commitment.paused else commitment
        case "customer.chased":
            first = commitment.first_chased_at
            earliest = fact.time if first is None else min(first, fact.time)
            return replace(commitment, chases=commitment.chases + 1, first_chased_at=earliest)
        case "commitment.honoured":
            return _honoured(commitment, cast("CommitmentHonoured", fact.body).in_time, fact.time)
        case "commitment.dispute_settled":
            outcome = cast("CommitmentDisputeSettled", fact.body).outcome
            return _moved(commitment, outcome, fact.time)
        case _:
            return _moved(commitment, fact.type, fact.time)


def _honoured(commitment: Commitment, in_time: bool | None, time: datetime) -> Commitment:
    moved = _moved(commitment, "commitment.honoured", time)
    return moved if moved is commitment else replace(moved, honoured_at=time, in_time=in_time)


def _moved(commitment: Commitment, trigger: str, time: datetime) -> Commitment:
    state = TRANSITIONS.get((commitment.state, trigger))
    if state is None:
        return commitment
    stays = state in ("honoured", "disputed")
    return replace(
        commitment,
        state=state,
        honoured_at=commitment.honoured_at if stays else None,
        in_time=commitment.in_time if stays else None,
        released_at=time if state == "released" else None,
        abandoned_at=time if state == "abandoned" else None,
    )


def _rescheduled(commitment: Commitment, body: CommitmentRescheduled, time: datetime) -> Commitment:
    if commitment.state not in OUTSTANDING:
        return commitment
    first, agreed = commitment.first_due_at, commitment.agreed_due_at
    customers = commitment.customer_due_at
    wished = body.initiated_by == "customer"
    if first is None or agreed is None or customers is None:
        first = agreed = customers = body.due_at
    else:
        if wished and time <= customers and body.due_at != agreed:
            customers = body.due_at
        if (wished or body.customer_agreed) and time <= agreed:
            agreed = body.due_at
    unchanged = (commitment.first_due_at, commitment.agreed_due_at, commitment.latest_due_at)
    if (first, agreed, body.due_at) == unchanged:
        return commitment
    return replace(
        commitment,
        first_due_at=first,
        agreed_due_at=agreed,
        latest_due_at=body.due_at,
        customer_due_at=customers,
        reschedulings=commitment.reschedulings + 1,
    )


def _proposed(commitment: Commitment, department: str) -> Commitment:
    if department in (commitment.owner, commitment.proposed_owner):
        return commitment
    last = commitment.owner if commitment.owner is not None else commitment.previous_owner
    return replace(commitment, owner=None, proposed_owner=department, previous_owner=last)


def _accepted(commitment: Commitment, department: str) -> Commitment:
    # Both are None unless a proposal is pending.
    if department not in (commitment.proposed_owner, commitment.previous_owner):
        return commitment
    return replace(commitment, owner=department, proposed_owner=None, previous_owner=None)


def fold(
    facts: Iterable[Fact],
    as_of: datetime | None = None,
    policy_dates: Mapping[UUID, datetime] = NO_DATES,
) -> Folded | None:
    """Fold the facts of one commitment that happened at or before ``as_of`` (all for None).

    ``facts`` are known and in force, in any order, repeated or not. ``policy_dates`` gives, by the
    id of a ``made`` without a date, the date of the policy that applies. None if nothing opens the
    commitment. Raises ValueError if the facts name more than one commitment, or a fact names none.
    """
    ordered = in_order(facts, as_of)
    named = {commitment_of(fact) for fact in ordered}
    if len(named) > 1 or None in named:
        raise ValueError(
            f"expected facts that name one commitment, saw {sorted(map(str, named))}; "
            "use fold_all to fold several"
        )
    made = next((fact for fact in ordered if fact.type == "commitment.made"), None)
    if made is None:
        return None
    commitment = opened(made, policy_dates.get(made.id))
    entries = [Entry(made, made.time, True, None, "open", commitment.owner)]
    # What sorts before made is applied right after it, which is the order without made.
    for fact in ordered:
        if fact is not made:
            commitment, entry = _step(commitment, fact)
            entries.append(entry)
    last_sign_at = max(fact.time for fact in ordered if is_sign(fact))
    return Folded(replace(commitment, last_sign_at=last_sign_at), tuple(entries))


def folded_on(before: Folded, fact: Fact) -> Folded | None:
    """What ``fold`` makes of the facts of ``before`` and of one more that sorts behind all of them,
    at the cost of that one. None where it does not, or names another commitment: all of them are
    to be folded then."""
    last = max(before.entries[0].fact.order, before.entries[-1].fact.order)
    if fact.order <= last or commitment_of(fact) != before.commitment.commitment_id:
        return None
    commitment, entry = _step(before.commitment, fact)
    if is_sign(fact):
        commitment = replace(commitment, last_sign_at=fact.time)
    return Folded(commitment, (*before.entries, entry))


def _step(before: Commitment, fact: Fact) -> tuple[Commitment, Entry]:
    """One step of the walk after ``made``."""
    after = evolve(before, fact)
    at, applied = max(fact.time, before.made_at), after is not before
    return after, Entry(fact, at, applied, before.state, after.state, after.owner)


def fold_all(
    facts: Iterable[Fact],
    as_of: datetime | None = None,
    policy_dates: Mapping[UUID, datetime] = NO_DATES,
) -> dict[str, Folded]:
    """Fold every commitment that is named and opened, by its id, in the order of ids."""
    named: dict[str, list[Fact]] = {}
    for fact in facts:
        commitment_id = commitment_of(fact)
        if commitment_id is not None:
            named.setdefault(commitment_id, []).append(fact)
    found = ((name, fold(named[name], as_of, policy_dates)) for name in sorted(named))
    return {name: folded for name, folded in found if folded is not None}


def status(commitment: Commitment, as_of: datetime) -> Status:
    """The status at ``as_of``, on the agreed due date. The due instant itself is still in time.

    ``commitment`` must be folded as of the same instant.
    """
    due_at = commitment.agreed_due_at
    match commitment.state:
        case "open":
            if due_at is None:
                return "undated"
            return "pending" if as_of <= due_at else "overdue"
        case "honoured":
            return "kept" if honoured_by(commitment, due_at) else "late"
        case "abandoned":
            return "broken"
        case "released" | "disputed":
            return commitment.state


def honoured_by(commitment: Commitment, due_at: datetime | None) -> bool:
    """Whether it is honoured now, and was so at or before ``due_at`` (None: no date to miss), or
    by the verdict of the honouring fact itself, whatever the date."""
    at = commitment.honoured_at
    if commitment.state != "honoured" or at is None:
        return False
    if commitment.in_time is not None:
        return commitment.in_time
    return due_at is None or at <= due_at


def open_stretches(
    entries: Sequence[Entry], as_of: datetime
) -> tuple[tuple[datetime, datetime], ...]:
    """The stretches of time in which a commitment was open (not disputed), the last one up to
    ``as_of`` if it still is. ``entries`` are in the order of the walk, at or before ``as_of``."""
    return stretches_of(((entry.at, entry.state == "open") for entry in entries), as_of)


def stretches_of(
    turns: Iterable[tuple[datetime, bool]], as_of: datetime
) -> tuple[tuple[datetime, datetime], ...]:
    """As ``open_stretches``, from when each step of the walk counts and whether it left the
    commitment open."""
    stretches: list[tuple[datetime, datetime]] = []
    since: datetime | None = None
    for at, is_open in turns:
        if is_open and since is None:
            since = at
        elif not is_open and since is not None:
            stretches.append((since, at))
            since = None
    if since is not None:
        stretches.append((since, as_of))
    return tuple(stretches)
