"""Killed at every step of deciding and relaying: each decision is in the ledger once, in order."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from application.desk import relay
from tests.consumers.processes import finished, start
from tests.consumers.server.place import Place
from tests.consumers.server.workers import worker
from tests.desk.decider import PROMISES
from tests.desk.deciding import AnyHome, decided, log_of, once, recorded
from tests.helpers import PATIENCE, ask
from tests.homes import embedded_home, opened, server_home

#: The steps, in their order: a decision is recorded, and goes to the disk while its fact goes to
#: the ledger; that it did is noted.
EMBEDDED = (
    "ledger.sqlite.decisions:SQLiteDecisions.insert_events",
    "ledger.sqlite.decisions:SQLiteDecisions.sync",
    "ledger.sqlite.ledger:SQLiteLedger.append",
    "ledger.sqlite.decisions:SQLiteDecisions.publish",
)
SERVER = (
    "projections.postgres.decisions:PostgresDecisions.insert_events",
    "ledger.kafka.ledger:KafkaLedger.append",
    "projections.postgres.decisions:PostgresDecisions.publish",
)
#: The call at which the process dies. The promises are made by another.
TIMES = "3"


def killed(home: AnyHome, seed: str, step: str, when: str) -> list[str]:
    """The facts of the decisions of which a process had told when it killed itself."""
    child = start("tests.desk.decider", str(home.folder), seed, "200", step, when, TIMES)
    code, said, errors = finished(child, PATIENCE)
    assert code == -signal.SIGKILL, errors
    return [one["fact"] for one in map(json.loads, said.splitlines()) if "fact" in one]


def expect_once_and_in_order(home: AnyHome, told: list[str]) -> None:
    """Whatever the process left, a relay brings to an end."""
    assert relay(home) in {0, 1}
    assert relay(home) == 0
    with home.desk() as desk:
        log = log_of(desk)
    events = recorded(home)
    assert once(events) == log
    assert set(told) <= set(log), "a decision is lost of which somebody was told"


@pytest.mark.parametrize("when", ["before", "after"])
def test_on_the_embedded_home(tmp_path: Path, when: str) -> None:
    home = embedded_home(tmp_path / "home")
    with home.desk() as desk:
        for id in PROMISES:
            decided(desk, "make", id=id)
    told: list[str] = []
    for step in EMBEDDED:
        told += killed(home, f"{step} {when}", step, when)
        expect_once_and_in_order(home, told)
        events = recorded(home)
        assert len(events) == len(once(events)), "a fact is in the ledger twice"
    assert ask(home.folder, ["verify"])["faults"] == []
    assert len(told) > len(EMBEDDED)


def test_on_the_server_home(
    broker: str, make_topic: Callable[..., str], postgres: str, tmp_path: Path
) -> None:
    place = Place(broker, make_topic(1), postgres)
    home = opened(server_home(tmp_path / "home", broker, place.kafka.topic, postgres))
    home.views().prepare()
    with worker(place, tmp_path / "home") as process:
        process.wait_for("assigned")
        with home.desk() as desk:
            for id in PROMISES:
                decided(desk, "make", id=id)
        told: list[str] = []
        for when in ("before", "after"):
            for step in SERVER:
                told += killed(home, f"{step} {when}", step, when)
                expect_once_and_in_order(home, told)
        process.stop()
    facts = ask(home.folder, ["rebuild"])["facts"]
    assert facts == len(once(recorded(home))), "a fact counts twice"
