"""What a worker gets from its entry point, so that nothing in it reads a clock or uses chance; and
when to try again what only others can mend."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

#: The first wait, and the longest.
FIRST_S, LONGEST_S = 0.25, 10.0


class Runtime(NamedTuple):
    """``clock`` gives the time that is recorded, ``monotonic`` seconds that only grow, ``chance`` a
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
    """Waits that double from ``first_s`` up to ``LONGEST_S``."""

    def __init__(self, runtime: Runtime, first_s: float = FIRST_S) -> None:
        self._monotonic = runtime.monotonic
        self._chance = runtime.chance
        self._first_s = first_s
        self._failures = 0
        self._until = runtime.monotonic()

    def over(self) -> bool:
        """Whether it may be tried."""
        return self._monotonic() >= self._until

    def failed(self) -> float:
        """It failed: wait, longer each time. Answers how many seconds."""
        longest = min(self._first_s * 2.0**self._failures, LONGEST_S)
        self._failures += 1
        # Between half of it and all: processes that lost one server don't come back as one.
        seconds = longest * (0.5 + self._chance() / 2)
        self._until = self._monotonic() + seconds
        return seconds

    def succeeded(self) -> None:
        """It went well: the next wait is the first one again."""
        self._failures = 0
