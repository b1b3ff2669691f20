"""The two times of a question: as of when, and known at which position of the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from projections.session import Session


@dataclass(frozen=True)
class Moment:
    """``as_of`` asks what was so then; ``known_at`` is the last position that is known, and
    ``head`` the last one that there is."""

    as_of: datetime
    known_at: int
    head: int

    @property
    def replays(self) -> bool:
        """Whether the question is about an earlier knowledge than the views'."""
        return self.known_at < self.head


class Unknown(LookupError):
    """What was asked for is not there at that moment."""


def position_known(session: Session, recorded: datetime) -> int:
    """The last position that the ledger had recorded at an instant; 0 before the first."""
    ((position,),) = session.rows(
        "SELECT coalesce(max(position), 0) FROM fact WHERE recorded_at <= $recorded",
        {"recorded": recorded},
    )
    return int(position)
