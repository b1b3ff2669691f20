"""Twice the load that a door can take: what it acknowledges is kept, it refuses the rest clearly,
and holds no more of it in memory than before.

``PLEDGER_LOAD_SECONDS`` is how long, a few seconds unless it says otherwise; ``PLEDGER_LOAD_SEED``
throws the same dice again.
"""

from __future__ import annotations

import os
import random
import resource
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx2
import pytest

from application.home import SERVER_FILE
from entrypoints.http.limits import USUAL
from tests.dice import DICE
from tests.helpers import PATIENCE, wait_until
from tests.homes import caught_up
from tests.http.client import BATCH, key, told
from tests.http.doors import ANY
from tests.http.load import Load, Post, expect_kept, kept, positions_in
from tests.http.server import served

SECONDS = float(os.environ.get("PLEDGER_LOAD_SECONDS", "4"))
#: How much more memory the second half may take than the first one: what the allocators of Python
#: and SQLite come to, and a small part of what is posted meanwhile.
MARGIN = 64 * 1024 * 1024
LATER = "2027-01-01T00:00:00Z"


@pytest.fixture
def chance(record_property: Callable[[str, object], None]) -> random.Random:
    seed = int(os.environ.get("PLEDGER_LOAD_SEED", random.SystemRandom().randrange(2**32)))
    record_property(DICE, f"PLEDGER_LOAD_SEED={seed}")
    return random.Random(seed)


def test_twice_the_load(
    either_home: Path, chance: random.Random, record_property: Callable[[str, object], None]
) -> None:
    with served(either_home) as (child, address):
        load, memory = Load(address, chance), Memory(child.pid)
        start, full_at = time.monotonic(), list[float]()

        def over() -> bool:
            now = time.monotonic()
            assert now - start < SECONDS + PATIENCE, "waited for a refusal in vain"
            if not full_at:
                # Until each place has been taken, a slow machine still fills its memory.
                if load.refused and len(load.acknowledged) >= USUAL.at_once:
                    full_at.append(now)
                return False
            memory.look()
            return now - full_at[0] > SECONDS

        load.offer(over)
        record_property(DICE, f"{_told(load, time.monotonic() - start)}, {memory.told()}")
        assert not load.broken
        memory.expect_flat()
        after = Post(load.next, 5)
        with httpx2.Client(base_url=address, headers=key(ANY), timeout=PATIENCE) as client:
            answer = told(client.post("/v1/facts", content=after.content(), headers=BATCH))
            positions = positions_in(answer, after)
            _expect_answers(client, either_home, after)
    found = kept(either_home)
    expect_kept(load, found)
    assert [found[id] for id in after.ids()] == [[position] for position in positions]


def _expect_answers(client: httpx2.Client, home: Path, post: Post) -> None:
    """The door answers about what was posted last."""
    assert client.get("/readyz").status_code == 200
    if (home / SERVER_FILE).exists():
        caught_up(home)
    address = f"/v1/commitments/C{post.first}"
    # The first question takes in all that was posted, and may be told to come again for it.
    wait_until(lambda: client.get(address, params={"as_of": LATER}).status_code == 200)
    assert told(client.get(address, params={"as_of": LATER}))["state"] == "open"


def _told(load: Load, seconds: float) -> str:
    facts = sum(post.size for post in load.acknowledged)
    statuses = ", ".join(f"{number:,} × {status}" for status, number in load.statuses.items())
    return f"{facts:,} facts in {seconds:.0f} s, {statuses}"


class Memory:
    """How much of a process is resident, as it is looked at."""

    def __init__(self, pid: int) -> None:
        self._statm = Path(f"/proc/{pid}/statm")
        self._seen: list[int] = []

    def look(self) -> None:
        pages = int(self._statm.read_text(encoding="ascii").split()[1])
        self._seen.append(pages * resource.getpagesize())

    def expect_flat(self) -> None:
        first, second = self._peaks()
        assert second <= first + MARGIN, self.told()

    def told(self) -> str:
        first, second = (peak / 1024 / 1024 for peak in self._peaks())
        return f"{first:,.0f} MiB at the peak of the first half, {second:,.0f} of the second"

    def _peaks(self) -> Sequence[int]:
        half = len(self._seen) // 2
        return max(self._seen[:half]), max(self._seen[half:])
