"""Whether problems are solved: the units of the family ``resolution``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property

from domain.facts import Fact
from domain.policies import Deadlines, issue_deadlines
from projections.public_holidays import public_holidays
from tests.metrics.plain.trust import amount_of, body, first_of, ids, naming
from tests.metrics.plain.world import Json, Reading, Unit, World, seconds


class Issue:
    """An issue and what names it; an earlier fact counts as at the opening."""

    def __init__(self, world: World, name: str, opening: Fact) -> None:
        self.id = name
        self.opening = opening
        self.facts = naming(world, "issue_id", name)

    def at(self, fact: Fact) -> datetime:
        """When a fact counts."""
        return max(fact.time, self.opening.time)

    def of_type(self, *types: str) -> list[Fact]:
        """The facts of these types that name it, in their order."""
        return [fact for fact in self.facts if fact.type in types]

    @cached_property
    def resolution(self) -> Fact | None:
        """Its first resolution."""
        return next(iter(self.of_type("issue.resolved")), None)

    @cached_property
    def final(self) -> Fact | None:
        """Its first final answer."""
        return next((fact for fact in self.of_type("issue.answered") if body(fact).final), None)

    @property
    def key(self) -> Json:
        said = body(self.opening)
        return {
            "department": self.opening.department,
            "topic": said.topic,
            "channel": said.channel,
            "complaint": said.complaint,
            "regime": said.regime,
        }

    def unit(
        self, at: datetime, rest: Json, *more: Fact | None, start: datetime | None = None
    ) -> Unit:
        return Unit(self.id, at, self.key, ids(self.opening, *more), rest, start)


def issues(world: World) -> list[Issue]:
    opened = first_of(world, "issue.opened", "issue_id")
    return [Issue(world, name, opening) for name, opening in opened.items()]


def of_issues(type: str) -> Reading:
    """The share of issues that a fact of a type names."""

    def read(world: World, within: timedelta) -> list[Unit]:
        found = []
        for issue in issues(world):
            facts = issue.of_type(type)
            rest = {"counted": bool(facts)}
            found.append(issue.unit(issue.opening.time, rest, *facts[:1]))
        return found

    return read


def _further_contact(fact: Fact) -> bool:
    if fact.type == "touchpoint.occurred":
        return str(body(fact).initiated_by) == "customer"
    return fact.type in ("issue.reopened", "customer.chased")


def first_contact_resolution(world: World, within: timedelta) -> list[Unit]:
    found = []
    for issue in issues(world):
        opened_at, solved = issue.opening.time, issue.resolution
        start = issue.at(solved) if solved else opened_at
        quiet = not any(
            opened_at < fact.time <= start + within
            for fact in issue.facts
            if _further_contact(fact)
        )
        rest = {"counted": solved is not None and quiet}
        found.append(issue.unit(opened_at, rest, solved, start=start))
    return found


def after_resolution(type: str) -> Reading:
    def read(world: World, within: timedelta) -> list[Unit]:
        found = []
        for issue in issues(world):
            solved = issue.resolution
            if solved is not None:
                start = issue.at(solved)
                later = issue.facts[issue.facts.index(solved) :]
                said = [fact for fact in later if fact.type == type]
                rest = {"counted": any(issue.at(fact) <= start + within for fact in said)}
                found.append(issue.unit(start, rest, solved, start=start))
        return found

    return read


def in_time(
    deadline: Callable[[Deadlines], datetime | None], done: Callable[[Fact], bool]
) -> Reading:
    """Of the issues whose deadline has passed, those for which it was done by then."""

    def read(world: World, within: timedelta) -> list[Unit]:
        deadlines = issue_deadlines(world.standing, public_holidays)
        found = []
        for issue in issues(world):
            due = deadline(deadlines.get(issue.opening.id, Deadlines(None, None)))
            if due is not None and due < world.as_of:
                first = next((fact for fact in issue.facts if done(fact)), None)
                counted = first is not None and issue.at(first) <= due
                found.append(issue.unit(due, {"counted": counted}, first if counted else None))
        return found

    return read


def _answered(fact: Fact) -> bool:
    return fact.type == "issue.answered" and bool(body(fact).final)


def escalations(world: World, within: timedelta) -> list[Unit]:
    found = []
    for issue in issues(world):
        facts = issue.of_type("issue.escalated")
        if facts:
            rest = {"levels": sorted({body(fact).level for fact in facts})}
            found.append(issue.unit(issue.opening.time, rest, *facts))
    return found


def complaints_return(world: World, within: timedelta) -> list[Unit]:
    start, end = world.window
    end = end or world.as_of

    def inside(at: datetime) -> bool:
        return (start is None or start < at) and at <= end

    found = []
    for issue in issues(world):
        if not issue.key["complaint"]:
            continue
        opened_at, closed_at = issue.opening.time, issue.at(issue.final) if issue.final else None

        def open_at(
            at: datetime, opened: datetime = opened_at, closed: datetime | None = closed_at
        ) -> bool:
            return opened <= at and (closed is None or closed > at)

        closed = closed_at is not None and inside(closed_at)
        took = (closed_at or opened_at) - opened_at
        upheld = issue.final and body(issue.final).outcome in ("upheld", "partly_upheld")
        flags = {
            "open_at_start": start is not None and open_at(start),
            "opened": inside(opened_at),
            "closed_4_weeks": closed and took <= timedelta(days=28),
            "closed_8_weeks": closed and timedelta(days=28) < took <= timedelta(days=56),
            "closed_later": closed and took > timedelta(days=56),
            "upheld": closed and bool(upheld),
            "open_at_end": open_at(end),
        }
        topic, key = {"topic": issue.key["topic"]}, {"regime": issue.key["regime"]}
        if any(flags.values()):
            rest = {**topic, **flags, "currency": None, "amount_minor": None}
            found.append(Unit(issue.id, opened_at, key, ids(issue.opening), rest))
        for gift in issue.of_type("remedy.given"):
            money = amount_of(gift)
            if inside(issue.at(gift)) and None not in money.values():
                rest = {**topic, **dict.fromkeys(flags, False), **money}
                facts = ids(issue.opening, gift)
                found.append(Unit(str(gift.id), issue.at(gift), key, facts, rest))
    return found


def error_acknowledged(world: World, within: timedelta) -> list[Unit]:
    found = []
    for issue in issues(world):
        for error in issue.of_type("error.acknowledged")[:1]:
            at = issue.at(error)
            key = {**issue.key, "detected_by": body(error).detected_by}
            rest = {"number": seconds(at - issue.opening.time)}
            found.append(Unit(str(error.id), at, key, ids(issue.opening, error), rest))
    return found


def self_detected(world: World, within: timedelta) -> list[Unit]:
    return [
        Unit(
            str(error.id),
            error.time,
            {"department": error.department},
            ids(error),
            {"counted": body(error).detected_by == "company"},
        )
        for error in world.of_type("error.acknowledged")
        if body(error).detected_by in ("company", "customer")
    ]


def remedies(world: World, within: timedelta) -> list[Unit]:
    return [
        Unit(
            str(gift.id),
            gift.time,
            {"remedy": body(gift).remedy, "department": gift.department},
            ids(gift),
            amount_of(gift),
        )
        for gift in world.of_type("remedy.given")
    ]


def recurrence(world: World, within: timedelta) -> list[Unit]:
    found = []
    for mended in world.of_type("cause.corrected"):
        cause = body(mended).cause
        later = world.happened[world.happened.index(mended) :]
        openings = [
            issue.opening
            for issue in issues(world)
            if issue.opening in later
            and any(body(fact).cause == cause for fact in issue.of_type("cause.identified"))
        ]
        again = min((one.time for one in openings), default=None)
        rest = {"counted": again is not None and again <= mended.time + within}
        key = {"cause": cause}
        found.append(Unit(str(mended.id), mended.time, key, ids(mended), rest, mended.time))
    return found


def service_recovery(world: World, within: timedelta) -> list[Unit]:
    found = []
    for said in world.of_type("feedback.given"):
        answer = body(said)
        low, high = answer.scale_min, answer.scale_max
        asked = answer.question in ("nps", "csat", "ces", "stars") and high > low
        if not asked or not said.subject.startswith("customer:"):
            continue
        back = [
            fact
            for fact in world.happened[world.happened.index(said) :]
            if fact.type == "touchpoint.occurred"
            and body(fact).initiated_by == "customer"
            and _customer(world, fact) == _customer(world, said)
            and fact.time <= said.time + within
        ]
        rest = {
            "state": _state(world, said),
            "score": (answer.score - low) / (high - low),
            "counted": bool(back),
        }
        key = {"question": answer.question}
        found.append(Unit(str(said.id), said.time, key, ids(said, *back[:1]), rest, said.time))
    return found


def _customer(world: World, fact: Fact) -> str:
    return world.names.get(fact.subject, fact.subject)


def _state(world: World, said: Fact) -> str:
    """How the issue stood that the customer had opened last, when something was said."""
    own = [
        issue
        for issue in issues(world)
        if _customer(world, issue.opening) == _customer(world, said)
        and issue.opening.time <= said.time
    ]
    if not own:
        return "no_issue"
    last = max(own, key=lambda issue: world.happened.index(issue.opening))
    turns = [
        fact
        for fact in last.of_type("issue.resolved", "issue.reopened")
        if last.at(fact) <= said.time
    ]
    return "recovered" if turns and turns[-1].type == "issue.resolved" else "unrecovered"


READINGS: Mapping[str, Reading] = {
    "first_contact_resolution": first_contact_resolution,
    "confirmed": after_resolution("issue.confirmed"),
    "reopened": after_resolution("issue.reopened"),
    "acknowledged_in_time": in_time(
        lambda deadlines: deadlines.acknowledgement_due_at,
        lambda fact: fact.type == "issue.acknowledged" or _answered(fact),
    ),
    "answered_in_time": in_time(lambda deadlines: deadlines.answer_due_at, _answered),
    "escalated": of_issues("issue.escalated"),
    "escalations": escalations,
    "complaints_return": complaints_return,
    "error_acknowledged": error_acknowledged,
    "self_detected": self_detected,
    "remedies": remedies,
    "recurrence": recurrence,
    "service_recovery": service_recovery,
}
