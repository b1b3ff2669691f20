"""A process that serves is killed while more is posted than it can take: each fact that it
acknowledged is there, once, and sending again adds what is missing."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from application.home import SERVER_FILE
from tests.consumers.processes import killed
from tests.dice import DICE
from tests.helpers import PATIENCE, wait_until
from tests.http.client import BATCH, key, told
from tests.http.doors import ANY
from tests.http.load import (
    Load,
    Position,
    Post,
    expect_kept,
    facts_in_views,
    kept,
    positions_in,
    under,
)
from tests.http.server import served

LIVES = 3
#: Facts of a request by which all is sent again.
TOGETHER = 1_000


@pytest.fixture
def chance(record_property: Callable[[str, object], None]) -> random.Random:
    seed = int(os.environ.get("PLEDGER_KILL_SEED", random.SystemRandom().randrange(2**32)))
    record_property(DICE, f"PLEDGER_KILL_SEED={seed}")
    return random.Random(seed)


def test_each_acknowledged_fact_is_there_once(either_home: Path, chance: random.Random) -> None:
    loads: list[Load] = []
    for _ in range(LIVES):
        loads.append(_killed_under_load(either_home, chance, loads[-1].next if loads else 1))
        found = kept(either_home)
        for load in loads:
            expect_kept(load, found)
    again = _sent_again(either_home, loads[-1].next)
    if not (either_home / SERVER_FILE).exists():  # where ids are looked up
        for load in loads:
            for post, positions in load.acknowledged.items():
                assert [again[id] for id in post.ids()] == positions
    assert kept(either_home).keys() == again.keys()
    assert facts_in_views(either_home) == (len(again), len(again))


def _killed_under_load(home: Path, chance: random.Random, first: int) -> Load:
    """A process serves, has more than it can take, and dies."""
    with served(home) as (child, address):
        load = Load(address, random.Random(chance.random()), first, most=10)
        wanted = chance.randint(0, 100)
        with under(load):
            wait_until(lambda: bool(load.refused) and load.statuses[200] >= wanted)
            killed(child)
    return load


def _sent_again(home: Path, end: int) -> dict[str, Position]:
    """All facts up to a number are posted once more; the positions that they have, by their ids."""
    positions: dict[str, Position] = {}
    headers = {**BATCH, **key(ANY)}
    with (
        served(home) as (_, address),
        httpx2.Client(base_url=address, headers=headers, timeout=PATIENCE) as client,
    ):
        for first in range(1, end, TOGETHER):
            post = Post(first, min(TOGETHER, end - first))
            answer = told(client.post("/v1/facts", content=post.content()))
            positions |= zip(post.ids(), positions_in(answer, post), strict=True)
    return positions
