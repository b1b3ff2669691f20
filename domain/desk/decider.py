"""What both deciders share: commands, what is known, refusals, and the fact that a decision is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from uuid import NAMESPACE_URL, UUID, uuid5

from domain.commitments import NO_DATES, Folded, fold, folded_on
from domain.events import Body
from domain.facts import Fact

#: Where ``evolve`` keeps its last answer, in what is known before.
_AFTER = "after"
#: So many ids are tried for one that stands behind those of the same instant.
_TRIES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What somebody wants to have happened: the type and the body of the fact that it would be, who
    speaks, and when. ``customer`` is for what begins something; of the rest it is known. ``named``
    tells what has no id in its body from others that say the same."""

    type: str
    body: Body
    source: str
    time: datetime
    customer: str | None = None
    named: str | None = None


@dataclass(frozen=True)
class Known:
    """What is known of one promise or issue: its facts in force, whichever way they came, the dates
    that policies give (``domain.commitments.fold``), how many the desk has decided, and the ids of
    its facts that were taken back. ``before`` is what all facts but the last came to, where
    somebody had folded them."""

    facts: tuple[Fact, ...] = ()
    policy_dates: Mapping[UUID, datetime] = field(default_factory=lambda: NO_DATES)
    version: int = 0
    retracted: frozenset[UUID] = frozenset()
    before: Folded | None = field(default=None, repr=False, compare=False)

    @cached_property
    def promise(self) -> Folded | None:
        """What the facts about a promise come to; None where none of them makes it."""
        if self.before is not None and (found := folded_on(self.before, self.facts[-1])):
            return found
        return fold(self.facts, policy_dates=self.policy_dates)


KNOWN_NOTHING = Known()


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a command would change nothing: what is so, the state at that place, since when it is so,
    and what leads on, in which commands stand in braces; ``unknown`` where it is about nothing that
    is there. No personal text is in it."""

    why: str
    state: str | None
    since: datetime | None
    remedy: str
    unknown: bool = False


def evolve(known: Known, fact: Fact) -> Known:
    """What is known after one more decision. What was folded already is not folded again; nor is
    the last fact that was asked about, since who weighs one decides it next."""
    after: Known | None = vars(known).get(_AFTER)
    if after is None or after.facts[-1] is not fact:
        folded: Folded | None = vars(known).get("promise")
        facts, version = (*known.facts, fact), known.version + 1
        after = Known(facts, known.policy_dates, version, known.retracted, folded)
        vars(known)[_AFTER] = after
    return after


def dated(known: Known, policy_dates: Mapping[UUID, datetime]) -> Known:
    """The same with the dates that policies give, which may be others by now."""
    if policy_dates == known.policy_dates:
        return known
    return Known(known.facts, policy_dates, known.version, known.retracted)


def as_fact(known: Known, command: Command, subject: str) -> Fact:
    """The fact that a command would be. Its id comes of what it says and of how many decisions were
    before, so the same decision is the same fact however often it is published; and it sorts behind
    what is known of the same instant and type: who came first counts, and not chance. What was
    taken back is decided anew under another id, also by a desk that counts from the beginning."""
    said: tuple[object, ...] = (command.type, command.source, subject, command.time)
    said = (*said, command.body.model_dump_json())
    said = said if command.named is None else (*said, command.named)
    key = f"pledger:desk:{known.version + 1}/{sha256(repr(said).encode()).hexdigest()}"
    fact = Fact(
        uuid5(NAMESPACE_URL, key),
        command.type,
        command.source,
        subject,
        command.time,
        command.body,
        position=0,
        recorded_at=command.time,
    )
    place = fact.order[:3]
    now = (one for one in known.facts if one.time == command.time)
    last = max((one.id.int for one in now if one.order[:3] == place), default=-1)
    free = (id for id in _ids(fact.id, key) if id.int > last and id not in known.retracted)
    # Where those of one instant have nearly reached the last id there can be, the very next one.
    id = next(free, UUID(int=last + 1))
    return fact if id == fact.id else replace(fact, id=id)


def _ids(first: UUID, key: str) -> Iterator[UUID]:
    yield first
    for number in range(_TRIES):
        yield uuid5(NAMESPACE_URL, f"{key}/{number}")


def day(instant: datetime) -> str:
    """A day in words, in UTC: ``3 March 2026``."""
    return f"{instant.day} {instant:%B %Y}"
