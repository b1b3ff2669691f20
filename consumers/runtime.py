"""What comes into a worker from outside, so that nothing in it reads a clock or throws dice; and
when to try again what somebody else has to mend."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

#: The first wait, and the longest.
FIRST_S, LONGEST_S = 0.25, 10.0


class Runtime(NamedTuple):
    """``clock`` gives the time for the books, ``monotonic`` seconds that only grow, ``chance`` a
    number in [0, 1); ``pause`` waits so many seconds, or until everything is to stop, and answers
    whether it is."""

    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    chance: Callable[[], float]
    pause: Callable[[float], bool]

    def stopping(self) -> bool:
        """Whether everything is to stop."""
        return self.pause(0.0)


class Backoff:
    """Waits that double up to a bound. ``monotonic`` gives seconds that only grow, ``chance`` a
    number in [0, 1)."""

    def __init__(self, monotonic: Callable[[], float], chance: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._chance = chance
        self._failures = 0
        self._until = monotonic()

    def over(self) -> bool:
        """Whether it may be tried."""
        return self._monotonic() >= self._until

    def failed(self) -> float:
        """It failed: wait, longer each time. Answers how many seconds."""
        longest = min(FIRST_S * 2.0**self._failures, LONGEST_S)
        self._failures += 1
        # Between half of it and all: workers that lost one server don't come back as one.
        seconds = longest * (0.5 + self._chance() / 2)
        self._until = self._monotonic() + seconds
        return seconds

    def succeeded(self) -> None:
        """It went well: the next wait is the first one again."""
        self._failures = 0
