"""Journeys: what one customer lived that hangs together by shared business objects.

``stitch`` finds them, ``summarise`` says what a journey was like. The two are apart, because a
store that has stitched with its own tables still wants the same summary: steps, promises and
feedback are therefore small records that rows can fill.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, cast
from uuid import UUID

from domain.commitments import Commitment, Folded, open_stretches, status
from domain.company_signs import is_sign
from domain.components import components
from domain.facts import Fact
from domain.retractions import in_order
from domain.scoreboard import Counts, counts, is_due

if TYPE_CHECKING:
    from domain.events import FeedbackGiven, TouchpointOccurred

Stretch = tuple[datetime, datetime]

NO_NAMES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Stitched:
    """The facts of one journey in the order; the first one gives the journey its id."""

    customer: str
    facts: tuple[Fact, ...]

    @property
    def journey_id(self) -> UUID:
        """The id of the first fact."""
        return self.facts[0].id


@dataclass(frozen=True, slots=True)
class Stitching:
    """All journeys in the order of their first facts, and the facts that touch no business object,
    in the order."""

    journeys: tuple[Stitched, ...]
    loose: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One fact of a journey, as much of it as the summary needs. ``refs`` are all business objects
    that the fact touches; ``channel`` is set for a touchpoint only; ``sign`` tells whether the
    customer heard from the company."""

    id: UUID
    type: str
    time: datetime
    department: str
    refs: tuple[str, ...]
    channel: str | None
    sign: bool

    @classmethod
    def of(cls, fact: Fact) -> Step:
        """The step that a fact is."""
        channel = None
        if fact.type == "touchpoint.occurred":
            channel = cast("TouchpointOccurred", fact.body).channel
        return cls(
            fact.id, fact.type, fact.time, fact.department, fact.links, channel, is_sign(fact)
        )


@dataclass(frozen=True, slots=True)
class Feedback:
    """One answer of the customer, with the scale on which it was given."""

    question: str
    score: int
    scale_min: int
    scale_max: int
    time: datetime


@dataclass(frozen=True, slots=True)
class Promise:
    """A commitment that was made in a journey, as of the asked instant, and the stretches of time
    in which it was open, the last one up to that instant."""

    commitment: Commitment
    open: tuple[Stretch, ...]

    @classmethod
    def of(cls, folded: Folded, as_of: datetime) -> Promise:
        """The promise that a folded commitment is. It must be folded as of ``as_of``."""
        return cls(folded.commitment, open_stretches(folded.entries, as_of))


@dataclass(frozen=True, slots=True)
class Journey:
    """What a journey was like at an instant. ``longest_silence`` is in seconds."""

    journey_id: UUID
    customer: str
    first_at: datetime
    last_at: datetime
    facts: int
    departments: tuple[str, ...]
    handovers: int
    touchpoints: Mapping[str, int]
    chases: int
    reasked: int
    channels_forced: int
    promises: Counts
    kept_whole: bool | None
    longest_silence: float | None
    feedback: tuple[Feedback, ...]
    steps: tuple[Step, ...]


def stitch(facts: Iterable[Fact], names: Mapping[str, str] = NO_NAMES) -> Stitching:
    """Find the journeys among facts of one or of many customers.

    ``facts`` are in force and happened at or before the asked instant; ``names`` gives the
    canonical name of parties that are linked. Two facts of one customer that share a link are in
    one journey; the customer's own ids, all that are linked, link nothing, and nothing links two
    customers.
    """
    ordered = in_order(facts)
    first_with: dict[tuple[str, str], int] = {}
    pairs: list[tuple[int, int]] = []
    for number, fact in enumerate(ordered):
        customer = names.get(fact.subject, fact.subject)
        pairs.extend(
            (first_with.setdefault((customer, link), number), number)
            for link in fact.links
            if names.get(link, link) != customer
        )
    members: dict[int, list[Fact]] = {}
    found = components(pairs)
    # Numbers follow the order of facts, so the smallest of a component is its first fact.
    for number in sorted(found):
        members.setdefault(found[number], []).append(ordered[number])
    return Stitching(
        tuple(
            Stitched(names.get(own[0].subject, own[0].subject), tuple(own))
            for own in members.values()
        ),
        tuple(fact for number, fact in enumerate(ordered) if number not in found),
    )


def feedback_of(facts: Iterable[Fact]) -> list[Feedback]:
    """The answers of the customer among ``facts``, in their order."""
    given = ((cast("FeedbackGiven", f.body), f.time) for f in facts if f.type == "feedback.given")
    return [
        Feedback(body.question, body.score, body.scale_min, body.scale_max, time)
        for body, time in given
    ]


def summarise(
    customer: str,
    steps: Sequence[Step],
    promises: Sequence[Promise],
    feedback: Sequence[Feedback],
    as_of: datetime,
) -> Journey:
    """What a journey was like at ``as_of``. ``customer`` is the canonical name; ``steps`` (at least
    one, in the order) and ``feedback`` happened at or before ``as_of``; ``promises`` are the
    commitments whose first ``made`` is one of the steps. Raises ValueError without a step."""
    if not steps:
        raise ValueError(f"expected at least one step to make a journey of {customer}, saw none")
    types = Counter(step.type for step in steps)
    channels = Counter(step.channel for step in steps if step.channel is not None)
    commitments = [promise.commitment for promise in promises]
    return Journey(
        journey_id=steps[0].id,
        customer=customer,
        first_at=steps[0].time,
        last_at=steps[-1].time,
        facts=len(steps),
        departments=tuple(dict.fromkeys(step.department for step in steps)),
        handovers=sum(one.department != other.department for one, other in pairwise(steps)),
        touchpoints=MappingProxyType(dict(sorted(channels.items()))),
        chases=types["customer.chased"],
        reasked=types["information.reasked"],
        channels_forced=types["channel.forced"],
        promises=counts(commitments, as_of),
        kept_whole=kept_whole(commitments, as_of),
        longest_silence=longest_silence(steps, [promise.open for promise in promises]),
        feedback=tuple(feedback),
        steps=tuple(steps),
    )


def journeys(
    stitched: Iterable[Stitched], commitments: Iterable[Folded], as_of: datetime
) -> list[Journey]:
    """The summaries of stitched journeys. ``commitments`` are all that may have been made in them,
    folded as of ``as_of``; each goes to the journey that holds its first ``made``."""
    made = {folded.commitment.made_id: Promise.of(folded, as_of) for folded in commitments}
    return [
        summarise(
            own.customer,
            [Step.of(fact) for fact in own.facts],
            [made[fact.id] for fact in own.facts if fact.id in made],
            feedback_of(own.facts),
            as_of,
        )
        for own in stitched
    ]


def kept_whole(commitments: Iterable[Commitment], as_of: datetime) -> bool | None:
    """Whether every promise was kept among those that were given up or whose agreed date is before
    ``as_of``, without those released in time; None if there is none."""
    verdicts = [
        status(commitment, as_of) == "kept"
        for commitment in commitments
        if _answerable(commitment, as_of)
    ]
    return all(verdicts) if verdicts else None


def _answerable(commitment: Commitment, as_of: datetime) -> bool:
    if commitment.state == "abandoned":
        return True
    return is_due(commitment, commitment.agreed_due_at, as_of)


def longest_silence(
    steps: Iterable[Step], open_stretches: Iterable[Iterable[Stretch]]
) -> float | None:
    """The longest time, in seconds, without a sign of the company while a promise was open.

    The ends of a stretch count as its signs do; a stretch that took no time is a silence of 0.
    None if no promise was ever open.
    """
    signs = sorted(step.time for step in steps if step.sign)
    longest: timedelta | None = None
    position = 0
    for start, end in merged(stretch for own in open_stretches for stretch in own):
        last = start
        while position < len(signs) and signs[position] <= end:
            if signs[position] > start:
                longest = max(longest or timedelta(0), signs[position] - last)
                last = signs[position]
            position += 1
        longest = max(longest or timedelta(0), end - last)
    return None if longest is None else longest / timedelta(seconds=1)


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The stretches as few as possible, in order: those that overlap or touch become one."""
    found: list[Stretch] = []
    for start, end in sorted(stretches):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found
