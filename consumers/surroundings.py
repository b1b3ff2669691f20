"""What comes into a worker from outside, so that nothing in it reads a clock or throws dice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple


class Surroundings(NamedTuple):
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
