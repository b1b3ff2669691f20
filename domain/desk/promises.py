"""What may be decided about a promise: a fact that would be applied at its place among all that is
known of the promise, and no other.

Two verbs are about facts that are never applied: ``part-honour`` may be said while the promise is
outstanding, and ``confirm`` once while it is honoured. ``make`` needs an id that is not taken, and
``decline`` is about no promise at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile
from typing import cast

from domain.commitments import OUTSTANDING, Entry, Folded, State, commitment_of, fold, status
from domain.desk.decider import Command, Known, Refused, as_fact, day, evolve
from domain.events import CommitmentHandedOver
from domain.facts import Fact
from domain.statuses import Status

_REOPEN = "reopen it first, with {promise reopen}"
_SETTLE = "settle the dispute first, with {promise settle}"
_HONOUR = "it has to be honoured first, with {promise honour}"
_DISPUTE = "it has to be disputed first, with {promise dispute}"

#: What leads on from a state in which a command would change nothing, unless the type says more.
_REMEDIES: dict[State, str] = {
    "open": "there is nothing to do",
    "honoured": _REOPEN,
    "released": _REOPEN,
    "abandoned": _REOPEN,
    "disputed": _SETTLE,
}
_OWN_REMEDIES: dict[tuple[str, State], str] = {
    ("commitment.confirmed", "open"): _HONOUR,
    ("commitment.disputed", "open"): _HONOUR,
    ("commitment.dispute_settled", "open"): f"{_HONOUR}, and then disputed",
    ("commitment.dispute_settled", "honoured"): _DISPUTE,
    ("commitment.reopened", "disputed"): "settle the dispute as upheld, with {promise settle}",
}


def decide(known: Known, command: Command) -> Fact | Refused:
    """The fact of a command, or why it would change nothing. Raises ValueError where something is
    to begin and no customer is named."""
    if command.type in {"commitment.made", "commitment.declined"}:
        if command.customer is None:
            raise ValueError(f"expected the customer of a {command.type}, saw none")
        if known.promise is not None:
            return _taken(known.promise)
        return as_fact(known, command, command.customer)
    there = known.promise
    if there is None:
        remedy = "{promise make} makes it"
        return Refused("no promise of that id is made", None, None, remedy, unknown=True)
    fact = as_fact(known, command, there.commitment.customer)
    entries = cast("Folded", evolve(known, fact).promise).entries
    place = next(number for number, entry in enumerate(entries) if entry.fact is fact)
    if _accepted(entries, place):
        return fact
    before = fold((entry.fact for entry in entries[:place]), policy_dates=known.policy_dates)
    return _refusal(cast("Folded", before), fact)


def standing(known: Known, as_of: datetime) -> tuple[State | None, Status | None]:
    """The state and the status of a promise at an instant; None where it was not made yet."""
    about = [fact for fact in known.facts if commitment_of(fact) is not None]  # none was declined
    if len(about) == len(known.facts) and all(fact.time <= as_of for fact in about):
        found = known.promise
    else:
        found = fold(about, as_of, known.policy_dates)
    if found is None:
        return None, None
    return found.commitment.state, status(found.commitment, as_of)


def _accepted(entries: Sequence[Entry], place: int) -> bool:
    own = entries[place]
    match own.fact.type:
        case "commitment.part_honoured":
            return own.state in OUTSTANDING
        case "commitment.confirmed":
            return own.state == "honoured" and not _confirmations(entries, place)
        case _:
            return own.applied


def _confirmations(entries: Sequence[Entry], place: int) -> list[Entry]:
    """Other confirmations for as long as it stays honoured, before and after this place."""
    before = takewhile(lambda entry: entry.state == "honoured", reversed(entries[:place]))
    after = takewhile(lambda entry: entry.state == "honoured", entries[place + 1 :])
    return [one for one in (*before, *after) if one.fact.type == "commitment.confirmed"]


def _taken(there: Folded) -> Refused:
    state, since = there.commitment.state, _since(there)
    return Refused(
        f"a promise of that id was made on {day(there.commitment.made_at)}",
        state,
        since,
        "give another id, or none",
    )


def _since(at: Folded) -> datetime:
    """Since when the state has been what it is."""
    changed = (entry.at for entry in reversed(at.entries) if entry.before != entry.state)
    return next(changed)


def _last(at: Folded, type: str) -> datetime:
    """When a fact of that type was applied last; or the beginning, where none was."""
    found = (e.at for e in reversed(at.entries) if e.applied and e.fact.type == type)
    return next(found, at.commitment.made_at)


def _refusal(at: Folded, fact: Fact) -> Refused:
    """Why a fact changes nothing where a promise stands so."""
    state = at.commitment.state
    match fact.type:
        case "commitment.paused" | "commitment.resumed":
            return _of_pause(at)
        case "commitment.handed_over" | "commitment.accepted":
            return _of_owner(at, fact)
        case "commitment.rescheduled" if state in OUTSTANDING:
            since = _last(at, fact.type)
            why = f"due on that date already, as was said on {day(since)}"
            return Refused(why, state, since, "name another date")
        case "commitment.confirmed" if state == "honoured":
            since = _since(at)
            said = [e.at for e in at.entries if e.fact.type == fact.type and e.at >= since]
            why = f"confirmed on {day(said[-1])} already" if said else "confirmed later on already"
            return Refused(why, state, said[-1] if said else since, "there is nothing to do")
    since = _since(at)
    why = f"open since {day(since)}" if state == "open" else f"{state} on {day(since)}"
    return Refused(why, state, since, _OWN_REMEDIES.get((fact.type, state), _REMEDIES[state]))


def _of_pause(at: Folded) -> Refused:
    state = at.commitment.state
    if at.commitment.paused:
        since = _last(at, "commitment.paused")
        remedy = "{promise resume} ends the pause"
        return Refused(f"paused on {day(since)} already", state, since, remedy)
    since = _last(at, "commitment.resumed")
    return Refused(f"not paused since {day(since)}", state, since, "{promise pause} begins a pause")


def _of_owner(at: Folded, fact: Fact) -> Refused:
    one = at.commitment
    if one.proposed_owner is not None:
        since = _last(at, "commitment.handed_over")
        remedy = f"{{promise accept}} is for {one.proposed_owner}, or to take it back for"
        return Refused(
            f"handed over to {one.proposed_owner} on {day(since)}, which has not accepted yet",
            one.state,
            since,
            f"{remedy} {one.previous_owner}",
        )
    since = max(_last(at, "commitment.accepted"), one.made_at)
    proposing = isinstance(fact.body, CommitmentHandedOver)
    return Refused(
        f"owned by {one.owner} since {day(since)}, and no hand-over waits",
        one.state,
        since,
        "name another department" if proposing else "hand it over first, with {promise hand-over}",
    )
