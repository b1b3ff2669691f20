"""A process that serves is killed while many post: each fact that it acknowledged is there once."""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest

from ledger.sqlite.ledger import SQLiteLedger
from tests.consumers.processes import killed
from tests.dice import DICE
from tests.helpers import PATIENCE, wait_until
from tests.http.client import BATCH, key
from tests.http.doors import ANY
from tests.http.given import content, made
from tests.http.server import served

LIVES, THREADS = 4, 8


class Poster(threading.Thread):
    """Posts batches, one after the other, and notes what was acknowledged, until nobody answers."""

    def __init__(self, address: str, life: int, number: int) -> None:
        super().__init__()
        self._address = address
        self._chance = random.Random(f"{life}-{number}")
        self.posted: list[dict[str, Any]] = []
        self.acknowledged: dict[str, int] = {}

    def run(self) -> None:
        with httpx2.Client(base_url=self._address, headers=key(ANY), timeout=PATIENCE) as client:
            while self._post(client):
                pass

    def _post(self, client: httpx2.Client) -> bool:
        """One batch: some new facts, and some that were posted before."""
        ids = [UUID(int=self._chance.getrandbits(128), version=4) for _ in range(10)]
        batch = [made(1, id=str(id)) for id in ids]
        self.posted += batch
        again = self._chance.choices(self.posted, k=3)
        try:
            answer = client.post("/v1/facts", content=content(*batch, *again), headers=BATCH)
        except httpx2.TransportError:
            return False
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert found["rejected"] == []
        for receipt in found["receipts"]:
            position = self.acknowledged.setdefault(receipt["id"], receipt["position"])
            assert position == receipt["position"]
        return True


def wait_for(posters: list[Poster], acknowledged: int) -> None:
    """Return when so many facts were acknowledged."""
    wait_until(lambda: sum(len(one.acknowledged) for one in posters) >= acknowledged)


@pytest.fixture
def chance(record_property: Callable[[str, object], None]) -> random.Random:
    seed = int(os.environ.get("PLEDGER_KILL_SEED", random.SystemRandom().randrange(2**32)))
    record_property(DICE, f"PLEDGER_KILL_SEED={seed}")
    return random.Random(seed)


def test_each_acknowledged_fact_is_there_once(tmp_path: Path, chance: random.Random) -> None:
    acknowledged: dict[str, int] = {}
    posted: list[dict[str, Any]] = []
    for life in range(LIVES):
        with served(tmp_path) as (child, address):
            posters = [Poster(address, life, number) for number in range(THREADS)]
            for poster in posters:
                poster.start()
            wait_for(posters, chance.randint(0, 500))
            killed(child)
            for poster in posters:
                poster.join(PATIENCE)
        for poster in posters:
            acknowledged |= poster.acknowledged
            posted += poster.posted
        with SQLiteLedger(tmp_path / "ledger.sqlite", lambda: 0) as ledger:
            assert ledger.verify() == []
            kept = {fact.id: fact.position for batch in ledger.read() for fact in batch}
            assert len(kept) == ledger.head()
        assert acknowledged.items() <= kept.items()
    with served(tmp_path) as (_, address), httpx2.Client(base_url=address) as client:
        everything = {event["id"]: event for event in posted}
        answer = client.post(
            "/v1/facts", content=content(*everything.values()), headers={**BATCH, **key(ANY)}
        ).json()
        receipts = {one["id"]: one["position"] for one in answer["receipts"]}
        assert acknowledged.items() <= receipts.items()
        assert set(Counter(receipts.values()).values()) == {1}
        assert answer["head"] == len(everything)
