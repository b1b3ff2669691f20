"""What may be decided about an issue.

``acknowledge`` and a final ``answer`` once until it is reopened, ``resolve`` while it is not
resolved, ``confirm`` once while it is, ``reopen`` while it is, ``escalate`` once a level; other
answers always. ``open`` needs an id that is not taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import takewhile
from typing import Literal, NamedTuple

from domain.desk.decider import Command, Known, Refused, as_fact, day
from domain.events import IssueAnswered, IssueEscalated
from domain.facts import Fact
from domain.issues import issues, walk
from domain.openings import Opened, Step

State = Literal["open", "resolved"]

_NOTHING = "there is nothing to do"


class _Place(NamedTuple):
    """A fact among the steps of its issue: the steps before and after it, each with whether the
    issue is resolved after it."""

    fact: Fact
    before: Sequence[tuple[Step, bool]]
    after: Sequence[tuple[Step, bool]]

    @property
    def resolved(self) -> bool:
        return self.before[-1][1]

    @property
    def state(self) -> State:
        return "resolved" if self.resolved else "open"

    @property
    def since(self) -> datetime:
        """Since when the issue has been as it is."""
        same = takewhile(lambda each: each[1] == self.resolved, reversed(self.before))
        return [step.at for step, _ in same][-1]

    def around(self, goes_on: Callable[[Step, bool], bool]) -> list[Step]:
        """The steps on both sides, as far as it goes on."""
        earlier = takewhile(lambda each: goes_on(*each), reversed(self.before))
        later = takewhile(lambda each: goes_on(*each), self.after)
        return [step for step, _ in (*earlier, *later)]


def decide(known: Known, command: Command) -> Fact | Refused:
    """The fact of a command, or why it would change nothing. Raises ValueError where an issue is to
    be opened and no customer is named."""
    there = _issue(known)
    if command.type == "issue.opened":
        if command.customer is None:
            raise ValueError("expected the customer of an issue.opened, saw none")
        return as_fact(known, command, command.customer) if there is None else _taken(there)
    if there is None:
        remedy = "{issue open} opens it"
        return Refused("no issue of that id is opened", None, None, remedy, unknown=True)
    fact = as_fact(known, command, there.opening.subject)
    (found,) = issues((*known.facts, fact)).values()
    steps = list(walk(found))
    number = next(number for number, (step, _) in enumerate(steps) if step.fact is fact)
    place = _Place(fact, steps[:number], steps[number + 1 :])
    return _refusal(place) or fact


def standing(known: Known, as_of: datetime) -> tuple[State | None, State | None]:
    """The state of an issue at an instant, which is its status too; None where it was not opened
    yet."""
    there = _issue(known, as_of)
    if there is None:
        return None, None
    *_, (_, resolved) = walk(there)
    state: State = "resolved" if resolved else "open"
    return state, state


def _issue(known: Known, as_of: datetime | None = None) -> Opened | None:
    return next(iter(issues(known.facts, as_of).values()), None)


def _taken(there: Opened) -> Refused:
    *_, (_, resolved) = steps = list(walk(there))
    place = _Place(there.opening, steps, ())
    why = f"an issue of that id was opened on {day(there.opened_at)}"
    state: State = "resolved" if resolved else "open"
    return Refused(why, state, place.since, "give another id, or none")


def _refusal(place: _Place) -> Refused | None:
    match place.fact.type:
        case "issue.resolved" if place.resolved:
            remedy = "reopen it first, with {issue reopen}"
            return Refused(f"resolved on {day(place.since)}", "resolved", place.since, remedy)
        case "issue.confirmed" | "issue.reopened" if not place.resolved:
            remedy = "it has to be resolved first, with {issue resolve}"
            return Refused(f"open since {day(place.since)}", "open", place.since, remedy)
        case "issue.confirmed":
            return _once(place, "confirmed", place.around(lambda _, resolved: resolved), _NOTHING)
        case "issue.acknowledged":
            return _once(place, "acknowledged", _until_reopened(place), _NOTHING)
        case "issue.answered" if _is_final(place.fact):
            remedy = "it can be answered for good again once {issue reopen} has reopened it"
            return _once(place, "answered for good", _until_reopened(place), remedy)
        case "issue.escalated":
            return _once(place, "escalated to that level", _everywhere(place), "name another level")
    return None


def _until_reopened(place: _Place) -> list[Step]:
    return place.around(lambda step, _: step.fact.type != "issue.reopened")


def _everywhere(place: _Place) -> list[Step]:
    return place.around(lambda _step, _resolved: True)


def _once(place: _Place, done: str, among: Sequence[Step], remedy: str) -> Refused | None:
    """A refusal if one of these steps has said the same already."""
    said = next((step for step in among if _says_the_same(step.fact, place.fact)), None)
    if said is None:
        return None
    return Refused(f"{done} on {day(said.at)} already", place.state, said.at, remedy)


def _says_the_same(one: Fact, other: Fact) -> bool:
    if one.type != other.type:
        return False
    if isinstance(one.body, IssueEscalated) and isinstance(other.body, IssueEscalated):
        return one.body.level == other.body.level
    return _is_final(one) == _is_final(other)


def _is_final(fact: Fact) -> bool:
    return isinstance(fact.body, IssueAnswered) and fact.body.final
