"""A batch of events that came together, into a ledger; each is told by itself what became of it.

What was acknowledged is durable. Sending a batch again is safe at any time: a fact that is there is
a duplicate, at the position that it has.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypedDict

from application.cloudevents_json import Event, Rejected, Unreadable
from application.emit import conflict_reason
from domain.refs import department_of
from ledger.envelope import FACT_LIMIT, size_problem
from projections.known_positions import shown, shown_reach

if TYPE_CHECKING:
    from application.ledger_writer import Written
    from ledger.port import EventData

__all__ = [
    "BATCH_EVENTS",
    "FACT_LIMIT",
    "Batch",
    "EventReceipt",
    "Kept",
    "Kind",
    "Refusal",
    "Sifted",
    "kept",
    "sift",
]

#: A batch has at most so many events.
BATCH_EVENTS = 10_000

#: Why an event was not kept: it is no JSON object, it is no fact, it is of a department that its
#: sender does not speak for, or another fact has its id.
Kind = Literal["unreadable", "wrong", "forbidden", "conflict"]

#: W3C's Trace Context, whose numbers are not all 0.
_TRACEPARENT = re.compile(
    "(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Events as they were read, each a fact or why it is none. ``departments`` are those whose
    facts the sender may emit; None is all. With ``all_or_nothing``, one that is refused means that
    nothing is written. Facts without a ``traceparent`` get this one, if it is one."""

    events: Sequence[Event]
    departments: Collection[str] | None = None
    all_or_nothing: bool = False
    traceparent: str | None = None


class EventReceipt(TypedDict):
    """Where the fact of an event is kept, and whether it was there before."""

    id: str
    position: int | str
    duplicate: bool


@dataclass(frozen=True)
class Refusal:
    """An event that was not kept. ``index`` counts from 0; ``id`` is None where none could be
    read."""

    index: int
    id: str | None
    why: str
    kind: Kind


class Kept(NamedTuple):
    """What became of a batch. ``head`` is how far the ledger went then. Where all or nothing was to
    be kept and something was refused, there are no receipts."""

    receipts: list[EventReceipt]
    refused: list[Refusal]
    head: int | str


class Sifted(NamedTuple):
    """The facts of a batch that are to be written, by their index, and what is refused already."""

    facts: Mapping[int, EventData]
    refused: Sequence[Refusal]


def sift(batch: Batch) -> Sifted:
    """What of a batch is to be written."""
    refused: list[Refusal] = []
    facts = _facts(batch, refused)
    return Sifted({} if batch.all_or_nothing and refused else facts, refused)


def kept(batch: Batch, sifted: Sifted, written: Written) -> Kept:
    """What became of a batch whose facts were written."""
    refused = [*sifted.refused]
    receipts: list[EventReceipt] = []
    facts = sifted.facts.items()
    for (index, fact), (position, outcome) in zip(facts, written.receipts, strict=True):
        if outcome == "conflict":
            why = conflict_reason(position, written.head)
            refused.append(Refusal(index, fact.id, why, "conflict"))
            continue
        place = shown(position, written.head)
        receipts.append({"id": fact.id, "position": place, "duplicate": outcome == "duplicate"})
    if batch.all_or_nothing and refused:
        receipts = []
    return Kept(receipts, sorted(refused, key=lambda each: each.index), shown_reach(written.head))


def _facts(batch: Batch, refused: list[Refusal]) -> dict[int, EventData]:
    """The facts to keep, by their index; the others are added to ``refused``."""
    facts: dict[int, EventData] = {}
    trace = batch.traceparent
    if trace is not None and not _TRACEPARENT.fullmatch(trace):
        trace = None
    for index, event in enumerate(batch.events):
        if isinstance(event, Rejected):
            kind: Kind = "unreadable" if isinstance(event, Unreadable) else "wrong"
            refused.append(Refusal(index, event.id, event.why, kind))
        elif batch.departments is not None and department_of(event.source) not in batch.departments:
            why = (
                f"source: expected one of the departments {', '.join(sorted(batch.departments))},"
                " for which this key speaks, saw another: use the key of that department"
            )
            refused.append(Refusal(index, event.id, why, "forbidden"))
        else:
            facts[index] = event if trace is None else _traced(event, trace)
    return facts


def _traced(fact: EventData, traceparent: str) -> EventData:
    """A fact with a trace, where it has none, and room for it."""
    extensions: Mapping[str, str] = fact.extensions or {}
    if "traceparent" in extensions:
        return fact
    traced = fact._replace(extensions={**extensions, "traceparent": traceparent})
    return traced if size_problem(traced) is None else fact
