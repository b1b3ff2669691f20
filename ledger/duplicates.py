"""When two facts with one id are one fact, and when they are a conflict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from domain.facts import said_besides
from ledger.errors import Unkeepable
from ledger.port import CANONICAL_ID, EventData, Receipt

# Of a canonical id, with each of its digits as 0.
_SHAPE = str(UUID(int=0))
_TO_SHAPE = str.maketrans("123456789abcdef", "0" * 15)

#: The facts that are kept already among those with the given ids: id to (position, fact).
Lookup = Callable[[Sequence[str]], Mapping[str, tuple[int, EventData]]]


def expect_canonical_ids(facts: Sequence[EventData]) -> None:
    """Raises ``Unkeepable`` for an id that is not canonical: one id written in two ways would be
    two facts, and no receipt would show it."""
    # All of them in one text: to match each by itself takes ten times as long.
    together = ",".join([fact.id for fact in facts])
    if together.translate(_TO_SHAPE) == ",".join([_SHAPE] * len(facts)):
        return
    for fact in facts:
        if not CANONICAL_ID.fullmatch(fact.id):
            raise Unkeepable(
                "the id of a fact as the lower-case text of a UUID",
                repr(fact.id),
                "nothing was written: write the id canonically",
            )


def same(one: EventData, other: EventData) -> bool:
    """Whether two facts with the same id have the same content: every attribute is equal but for
    those of how it was sent (see ``said_besides``), and so is what the bodies mean, under whichever
    schemas they were written."""
    if _envelope(one) != _envelope(other):
        return False
    return one.body == other.body or _mean_the_same(one.body, other.body)


def judge(
    facts: Sequence[EventData], head: int, lookup: Lookup, chunk: int = 500
) -> tuple[list[Receipt], list[EventData]]:
    """Weigh a batch against what is kept: a receipt a fact, and the facts to append, in order.

    Those will lie at the positions from ``head + 1`` on. ``lookup`` is called once per ``chunk``
    ids, so what is held in memory at once does not grow with a batch that is known already.
    """
    receipts: list[Receipt] = []
    fresh: list[EventData] = []
    first: dict[str, int] = {}
    for start in range(0, len(facts), chunk):
        part = facts[start : start + chunk]
        kept = lookup([fact.id for fact in part])
        for fact in part:
            if fact.id in kept:
                position, earlier = kept[fact.id]
            elif fact.id in first:
                position = first[fact.id]
                earlier = fresh[position - head - 1]
            else:
                fresh.append(fact)
                first[fact.id] = head + len(fresh)
                receipts.append(Receipt(head + len(fresh), "accepted"))
                continue
            receipts.append(Receipt(position, "duplicate" if same(earlier, fact) else "conflict"))
    return receipts, fresh


def _envelope(fact: EventData) -> tuple[object, ...]:
    return (*fact._replace(body=b"", extensions=None), said_besides(fact.extensions))


def _mean_the_same(one: bytes, other: bytes) -> bool:
    """Whether two bodies decode to the same; what can't be decoded can't be shown to be."""
    # The codec takes longer to import than most asks take; this is the only place that needs it.
    from schemas.codec import Refused, decode

    try:
        return decode(one) == decode(other)
    except Refused:
        return False
