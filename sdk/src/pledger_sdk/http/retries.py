"""When a request is sent again, and how long to wait before.

Every request of the clients may be sent twice: questions change nothing, facts have ids, and each
decision has a key. So what fails for a while is sent again, a few times: where nobody answers, the
connection breaks off, or the door says when to come back.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from pledger_sdk.http.errors import Busy, DoorAway, DoorError, NoDoor


def dice() -> float:
    """A number from 0 to 1, of the system's own chance."""
    return int.from_bytes(os.urandom(7)) / (1 << 56)


@dataclass(frozen=True)
class Retries:
    """A request is sent at most ``attempts`` times. Before the next one the client waits up to
    ``first`` seconds, then up to twice as long each time, ``longest`` at the most; as long as the
    door says, where it says so, and not at all where that is more than ``longest``. ``chance``
    gives numbers from 0 to 1, so that clients do not come back all at once."""

    attempts: int = 4
    first: float = 0.25
    longest: float = 10.0
    chance: Callable[[], float] = field(default=dice, repr=False)

    def pause(self, attempt: int, error: DoorError | DoorAway | NoDoor) -> float | None:
        """Seconds before the next attempt, after so many; None where there is to be none."""
        if attempt >= self.attempts or not _passes(error):
            return None
        retry_after = error.retry_after
        jitter = self.chance() * min(self.longest, self.first * 2.0 ** (attempt - 1))
        if retry_after is None:
            return jitter
        return retry_after + min(jitter, self.first) if retry_after <= self.longest else None


def _passes(error: DoorError | DoorAway | NoDoor) -> bool:
    """Whether what went wrong may be right the next time. ``NoDoor`` with a time to come back is
    of a proxy whose door is away for a moment."""
    told = error.retry_after is not None and isinstance(error, Busy | NoDoor)
    return told or isinstance(error, DoorAway)


def seconds_of(text: str | None) -> float | None:
    """What ``Retry-After`` says, where it says seconds."""
    return float(text) if text is not None and text.isascii() and text.isdigit() else None
