"""Two hundred decisions at once, from eight processes, on ten promises."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from consumers.bodies import fact_of
from domain.commitments import fold_all
from tests.consumers.processes import finished, start
from tests.consumers.server.place import Place
from tests.consumers.server.workers import worker
from tests.desk.decider import PROMISES
from tests.desk.deciding import AnyHome, decided, log_of, once, recorded
from tests.dice import DICE
from tests.helpers import PATIENCE
from tests.homes import embedded_home, opened, server_home

PROCESSES, EACH = 8, 25

Told = list[dict[str, Any]]
Record = Callable[[str, object], None]


def at_once(home: AnyHome, seed: int) -> Told:
    """What eight processes say came of their decisions."""
    with home.desk() as desk:
        for id in PROMISES:
            decided(desk, "make", id=id)
    children = [
        start("tests.desk.decider", str(home.folder), f"{seed}-{number}", f"{EACH}")
        for number in range(PROCESSES)
    ]
    told: Told = []
    for child in children:
        code, said, errors = finished(child, 3 * PATIENCE)
        assert code == 0, errors
        told += map(json.loads, said.splitlines())
    return told


def expect_no_contradiction(home: AnyHome, told: Told) -> None:
    """Each decision was applied, and is applied still when all of them are known: so no two
    contradict each other. Each refusal has its reason."""
    assert len(told) == PROCESSES * EACH
    accepted = [one for one in told if "fact" in one]
    refused = [one for one in told if "fact" not in one]
    assert accepted
    assert refused
    assert all(one["why"] and one["remedy"] and one["state"] for one in refused)
    with home.desk() as desk:
        log = log_of(desk)
        assert desk.decisions.records.waiting() == 0
    events = {event.id: event for event in recorded(home)}
    assert list(events) == log
    assert set(log[len(PROMISES) :]) == {one["fact"] for one in accepted}
    versions = Counter((one["id"], one["version"]) for one in accepted)
    assert set(versions.values()) == {1}
    for folded in fold_all(map(fact_of, events.values())).values():
        for entry in folded.history:
            silent = {"commitment.part_honoured", "commitment.confirmed"}
            assert entry.applied or entry.fact.type in silent, entry


@pytest.fixture
def seed(record_property: Record) -> int:
    found = random.SystemRandom().randrange(2**32)
    record_property(DICE, f"decisions at once: {found}")
    return found


def test_on_the_embedded_home(tmp_path: Path, seed: int) -> None:
    home = embedded_home(tmp_path / "home")
    expect_no_contradiction(home, at_once(home, seed))


def test_on_the_server_home(
    broker: str, make_topic: Callable[..., str], postgres: str, tmp_path: Path, seed: int
) -> None:
    place = Place(broker, make_topic(1), postgres)
    home = opened(server_home(tmp_path / "home", broker, place.kafka.topic, postgres))
    home.views().prepare()
    with worker(place, tmp_path / "home") as process:
        process.wait_for("assigned")
        told = at_once(home, seed)
        expect_no_contradiction(home, told)
        process.stop()
    assert once(recorded(home))
