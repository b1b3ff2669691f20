"""The two times of a question: as of when, and how much of the ledger is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.positions import BITS, Reach, Vector, offset_of, partition_of
from projections.session import Session


@dataclass(frozen=True)
class Moment:
    """``as_of`` asks what was so then; ``known_at`` is how far the ledger is known, and ``head``
    how far the views stand for it."""

    as_of: datetime
    known_at: Reach
    head: Reach

    @property
    def replays(self) -> bool:
        """Whether the question is about an earlier knowledge than the views'."""
        return self.known_at != self.head


def knows_nothing(known_at: Reach) -> bool:
    """Whether not a single fact is known."""
    return known_at == 0 if isinstance(known_at, int) else not any(known_at.values())


def known_at(session: Session, recorded: datetime, head: Reach) -> Reach:
    """How far a ledger was known at an instant."""
    last = session.rows(
        "SELECT max(f.position) FROM fact AS f WHERE f.recorded_at <= $recorded"
        f" GROUP BY f.position >> {BITS}",
        {"recorded": recorded},
    )
    ends = Vector({partition_of(position): offset_of(position) + 1 for (position,) in last})
    return ends.get(0, 0) if isinstance(head, int) else ends
