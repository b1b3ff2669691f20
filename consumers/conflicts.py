"""Which of the facts that contradict one with their id are put into quarantine: of those with the
same content, the first.

The others add nothing, and a worker can't know them all: a copy that was dropped as a duplicate has
left no trace when a fact turns up that was recorded before both, and counts in their place. So what
is in quarantine is the same whichever partition was read first, and whether a worker read it or a
rebuild.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from ledger.duplicates import same
from ledger.envelope import NotAFact
from ledger.kafka.message import Message, recorded
from ledger.port import EventData
from projections.postgres.quarantine import Quarantine, Quarantined


def first_of_each(quarantine: Quarantine, found: Iterable[Quarantined]) -> list[Quarantined]:
    """Those of some contradictions whose content none has that was recorded before, or is in
    quarantine already."""
    # By when they were recorded: the order in which one ledger would have taken them in.
    ordered = sorted(found, key=lambda one: (one.recorded_at, one.partition, one.offset))
    stated: dict[UUID | None, list[EventData]] = {}
    ids = {one.fact_id for one in ordered if one.fact_id is not None}
    for known in quarantine.contradicting(ids):
        stated.setdefault(known.fact_id, []).extend(_facts_in(known))
    first = []
    for one in ordered:
        facts, others = _facts_in(one), stated.setdefault(one.fact_id, [])
        if not any(same(own, other) for own in facts for other in others):
            first.append(one)
            others += facts
    return first


def message_of(found: Quarantined) -> Message:
    """A message in quarantine, as it lay on the topic."""
    headers = tuple((name.decode(errors="replace"), value) for name, value in found.headers)
    timestamp = round(found.recorded_at.timestamp() * 1000)
    return Message(found.partition, found.offset, timestamp, found.key, found.value, headers)


def _facts_in(found: Quarantined) -> list[EventData]:
    """The fact in a message, wherever and whenever it was recorded; empty if only another program
    took it for one."""
    try:
        return [EventData(*recorded(message_of(found))[2:])]
    except NotAFact:
        return []
