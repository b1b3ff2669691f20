"""What a piece says of itself: how long each repetition took, and the memory at its peak."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """``seconds`` has one entry a repetition, each of which did ``work`` (facts, or 1 for an
    answer). ``peak_kib`` is the largest resident memory that the process had by then, and the
    largest that a child of it had. Equal ``digest`` means an equal result."""

    seconds: list[float]
    work: int
    peak_kib: int
    digest: str | None = None


class Watch:
    """Takes the times of repetitions."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    @contextmanager
    def lap(self) -> Iterator[None]:
        """One repetition: what is done in the block."""
        start = time.perf_counter()
        yield
        self.seconds.append(time.perf_counter() - start)

    def measured(self, work: int, digest: str | None = None) -> Measured:
        """What was seen so far."""
        return Measured(self.seconds, work, peak_kib(), digest)


def peak_kib() -> int:
    """The peak of this process, and that of its largest child on top."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return own + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss


def now() -> int:
    """The ledger's clock: UTC microseconds since 1970."""
    return time.time_ns() // 1_000
