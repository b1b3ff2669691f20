"""Ids of facts: UUID version 7 for what happens once, version 5 for what has a stable key."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from uuid import NAMESPACE_URL, UUID, uuid5

_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62
#: What is not time, version or variant.
_RANDOM_BITS = 74
_LOW_62 = (1 << 62) - 1


class Ids:
    """Makes UUIDs of version 7 (RFC 9562, section 5.7), each greater than the one before.

    Within a millisecond, and while a clock that was set back catches up, the random part counts on
    by a random step (section 6.2, method 2). Threads may share one. ``clock`` gives nanoseconds
    since 1970, ``chance`` so many random bytes.
    """

    # One for all of them, so that a child is given another: it may have been held by a thread that
    # the child does not have.
    _lock = threading.Lock()

    def __init__(
        self,
        clock: Callable[[], int] = time.time_ns,
        chance: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._clock = clock
        self._chance = chance
        self._last = 0  # milliseconds and random part, as one number of 48 + 74 bits

    @classmethod
    def renew(cls) -> None:
        """In a child, after a fork."""
        cls._lock = threading.Lock()

    def __call__(self) -> UUID:
        """The next id."""
        now = self._clock() // 1_000_000 << _RANDOM_BITS
        with self._lock:
            if now >> _RANDOM_BITS > self._last >> _RANDOM_BITS:
                self._last = now | int.from_bytes(self._chance(10)) >> 80 - _RANDOM_BITS
            else:
                # Counting beyond the last bit moves on to the next millisecond, as it should.
                self._last += 1 + int.from_bytes(self._chance(4))
            last = self._last
        high, low = last >> 62, last & _LOW_62
        time_bits, rand_a = high >> 12, high & 0xFFF
        return UUID(int=time_bits << 80 | _VERSION | rand_a << 64 | _VARIANT | low)


os.register_at_fork(after_in_child=Ids.renew)


def stable_id(source: str, type: str, key: str) -> UUID:
    """The id of the fact of a type that a source knows by a key: the same at every call. It is the
    version-5 UUID, in the URL namespace, of ``pledger:emit:SOURCE TYPE KEY``. Neither a source nor
    a type holds a space, so no two of them share a name."""
    return uuid5(NAMESPACE_URL, f"pledger:emit:{source} {type} {key}")
