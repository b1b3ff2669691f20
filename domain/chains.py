"""The chain of a commitment: itself and all that support it, directly or through others, and which
of them broke first."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime

from domain.commitments import Commitment, status
from domain.scoreboard import is_due


def depths(root: str, supports: Mapping[str, str]) -> dict[str, int]:
    """How far each commitment of the chain is from ``root``, by the shortest way; ``root`` itself
    is at 0. ``supports`` says of each commitment which one it supports. Circles end."""
    beneath: dict[str, list[str]] = {}
    for one, other in supports.items():
        beneath.setdefault(other, []).append(one)
    found = {root: 0}
    ahead = deque([root])
    while ahead:
        above = ahead.popleft()
        for one in beneath.get(above, ()):
            if one not in found:
                found[one] = found[above] + 1
                ahead.append(one)
    return found


def first_break(chain: Iterable[Commitment], as_of: datetime) -> str | None:
    """Of the commitments whose agreed date is before ``as_of``, without those released in time,
    that are not kept, the one with the earliest agreed date, then id; None if there is none. They
    are folded as of ``as_of``."""
    broken = [
        (one.agreed_due_at, one.commitment_id)
        for one in chain
        if one.agreed_due_at is not None
        and is_due(one, one.agreed_due_at, as_of)
        and status(one, as_of) != "kept"
    ]
    return min(broken)[1] if broken else None
