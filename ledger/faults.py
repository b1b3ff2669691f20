"""What can be wrong with what a ledger holds, once all of it is looked at.

gap         a position without a fact, and facts after it
cut         facts are missing at an end: the views know of them, or the topic's first are gone
order       a fact whose position goes back, or is none
checksum    what is stored of a fact is not what was stored
unreadable  what is stored is no fact: text, a number or a body that can't be read as one
id          an id that is not canonical
duplicate   an id that was there before, with the same content
conflict    an id that was there before, with other content
time        a fact that was recorded before the one in front of it
damaged     the file can't be read as a whole, or is not put together as it has to be
topic       a topic that could lose or reorder facts, or is not the one that the views are of
views       the views are not of these facts
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal, NamedTuple

Kind = Literal[
    "gap",
    "cut",
    "order",
    "checksum",
    "unreadable",
    "id",
    "duplicate",
    "conflict",
    "time",
    "damaged",
    "topic",
    "views",
]


class Fault(NamedTuple):
    """Something that is wrong, at a position where that can be known. Nothing of a fact's content
    is in it. ``expected`` and ``seen`` are clauses as in ``domain.errors``, and so is ``remedy``
    where there is another than for all faults of the kind."""

    position: int | None
    kind: Kind
    expected: str
    seen: str
    remedy: str | None = None


#: Faults that are listed: a ledger may be wrong in every fact.
LISTED = 1_000


class Faults:
    """What is wrong so far: each kind counted, the first ``LISTED`` faults, and whatever else is
    wrong with all of it: a page that went bad may make every fact unreadable, and says why."""

    def __init__(self) -> None:
        self.kinds: Counter[Kind] = Counter()
        self._listed: list[Fault] = []

    def add(self, found: Iterable[Fault]) -> None:
        """Take faults in."""
        for fault in found:
            self.kinds[fault.kind] += 1
            if fault.position is None or len(self._listed) < LISTED:
                self._listed.append(fault)

    def listed(self) -> list[Fault]:
        """The faults that are listed, by position; first those that are at none."""
        return sorted(self._listed, key=lambda fault: fault.position or 0)
