"""Which facts a fold sees: those in force, in the one order in which folds take facts.

``known_at`` is the caller's: whoever folds gives the facts that were known. A retraction counts
from the moment it is known, whatever its own ``time``; so the order of selection is *known, then
in force, then happened at or before* ``as_of``. Every selection here also drops repeated ids, so
that a fact which is given twice is folded once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, cast
from uuid import UUID

from domain.facts import Fact

if TYPE_CHECKING:
    from domain.events import FactRetracted


def named_fact(fact_id: str) -> UUID | None:
    """The id that a retraction names, or None for text that is the id of no fact.

    Only the canonical text of a UUID names a fact, in either case of letters (RFC 9562). The other
    spellings that ``UUID`` reads (braces, ``urn:uuid:``, no hyphens) are refused, because a
    comparison of text, which is what SQL does, would not find them.
    """
    try:
        found = UUID(fact_id)
    except ValueError:
        return None
    return found if str(found) == fact_id.lower() else None


def retracted_ids(facts: Iterable[Fact]) -> set[UUID]:
    """The ids that are not in force because of the retractions among ``facts``. Other types are
    passed over. An id may be in the answer without being among the facts: its retraction came
    first."""
    return undone(
        {
            fact.id: named_fact(cast("FactRetracted", fact.body).fact_id)
            for fact in facts
            if fact.type == "fact.retracted"
        }
    )


def undone(targets: Mapping[UUID, UUID | None]) -> set[UUID]:
    """The ids that are not in force, given what each retraction targets (None: the id of no fact).

    Outside circles a retraction is in force unless one that is in force targets it, so that
    retracting a retraction brings the fact back. In a circle of retractions (one that retracts
    itself is the smallest) none is in force, whoever else targets one of them.

    A retraction names one fact, so the graph has one edge a node: taking away what nobody targets
    (Kahn's algorithm) decides every chain in linear time, and what is left over are the circles.
    """
    undecided = dict.fromkeys(targets, 0)
    for aim in targets.values():
        if aim in undecided:
            undecided[aim] += 1
    gone: set[UUID] = set()
    ready = [retraction for retraction, count in undecided.items() if count == 0]
    while ready:
        retraction = ready.pop()
        del undecided[retraction]
        aim = targets[retraction]
        if aim is None:
            continue
        if retraction not in gone:
            gone.add(aim)
        if aim in undecided:
            undecided[aim] -= 1
            if undecided[aim] == 0:
                ready.append(aim)
    return gone | undecided.keys()


def in_force(facts: Iterable[Fact]) -> list[Fact]:
    """The facts that no retraction removes, each id once, in the order in which they came."""
    known = list({fact.id: fact for fact in facts}.values())
    gone = retracted_ids(known)
    return [fact for fact in known if fact.id not in gone] if gone else known


def in_order(facts: Iterable[Fact], as_of: datetime | None = None) -> list[Fact]:
    """The facts that happened at or before ``as_of`` (all of them for None), each id once, in the
    order."""
    once = {fact.id: fact for fact in facts if as_of is None or fact.time <= as_of}
    return sorted(once.values(), key=lambda fact: fact.order)
