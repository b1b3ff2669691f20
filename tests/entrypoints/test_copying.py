"""Copying a home to another, of either kind."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from confluent_kafka import Producer

from consumers.worker.apply_batch import quarantined
from ledger.kafka.message import message_of
from tests.consumers.processes import fill, promises_kept
from tests.entrypoints.given import fact, lines
from tests.helpers import PATIENCE, ROOT, Outcome, ask, emit, run
from tests.homes import caught_up, embedded_home, opened, server_home
from tests.ledger.bodies import CAPTURED, kept
from tests.servers.set_aside import quarantine_of_live

EXAMPLE = ["import", str(ROOT / "mappings/example"), "--data", str(ROOT / "mappings/example/data")]
AS_OF = ["--as-of", "2026-04-01T00:00:00Z"]
MakeTopic = Callable[..., str]


def test_a_copy_answers_alike_and_is_made_once(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    ask(one, EXAMPLE)
    outcome = run(None, ["copy", "--from", str(one), "--to", str(other), "--json"])
    assert json.loads(outcome.out) == {"facts": 14, "written": 14, "there": 0, "difference": None}
    again = run(None, ["copy", "--from", str(one), "--to", str(other), "--json", "--no-check"])
    assert json.loads(again.out) == {"facts": 14, "written": 0, "there": 14}
    assert ask(one, ["promises", *AS_OF]) == ask(other, ["promises", *AS_OF])


def test_a_copy_names_the_facts_that_it_is_without(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    emit(one, [fact(1), fact(2), fact(3)])
    assert run(one, ["rebuild", "--without", "2"]).code == 0
    argv = ["copy", "--from", str(one), "--to", str(other)]
    found = json.loads(run(None, [*argv, "--json"]).out)
    assert found == {"facts": 2, "written": 2, "there": 0, "without": [2], "difference": None}
    assert "The copy is without the 1 fact at position 2" in " ".join(run(None, argv).out.split())


def test_a_copy_by_a_clock_that_is_astray(tmp_path: Path) -> None:
    """What its error says to do can be done."""
    one, other = tmp_path / "one", tmp_path / "other"
    ask(one, EXAMPLE)
    fill(other, promises_kept(1), now=4_000_000_000_000_000)  # in 2096
    argv = ["copy", "--from", str(one), "--to", str(other), "--no-check"]
    refused = run(None, argv)
    assert refused.code == 1
    assert "use --trust-clock" in refused.err
    assert run(None, [*argv, "--trust-clock"]).code == 0


def test_a_copy_of_facts_of_before(
    broker: str, make_topic: MakeTopic, postgres: str, tmp_path: Path
) -> None:
    """Facts that the door would refuse today: a file takes them, and of a topic they are told."""
    old, other = tmp_path / "old", tmp_path / "other"
    with embedded_home(old).writing() as ledger:
        ledger.append([kept("payment.captured", {**CAPTURED, "currency": "eur"}, 1)])
    emit(old, [fact(1)])
    server = server_home(tmp_path / "server", broker, make_topic(2), postgres)

    def copied(one: Path, other: Path) -> Outcome:
        return run(None, ["copy", "--from", str(one), "--to", str(other), "--json"])

    assert json.loads(copied(old, other).out)["written"] == 2
    refused = copied(other, server)
    assert refused.code == 2
    said = " ".join(refused.err.split())
    assert "at the positions 1 (at 1: " in said
    assert "use './pledger rebuild --without POSITION'" in said
    assert "0 facts were copied before that" in said
    ask(other, ["rebuild", "--without", "1"])
    assert json.loads(copied(other, server).out) == {
        "facts": 1, "written": 1, "there": 0, "without": [1], "difference": None
    }  # fmt: skip
    # On a topic it is no fact, however it came there, and a copy from there is without it too.
    producer = Producer({"bootstrap.servers": broker})
    topic = opened(server).kafka.topic
    key, value, headers = message_of(kept("payment.captured", {**CAPTURED, "currency": "eur"}, 1))
    producer.produce(topic, value, key, headers=list(headers))
    assert producer.flush(PATIENCE) == 0
    back = json.loads(copied(server, tmp_path / "back").out)
    assert (back["facts"], back["difference"]) == (1, None)


def test_a_copy_tells_what_differs(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    emit(one, [fact(1)])
    emit(other, [fact(2)])
    outcome = run(None, ["copy", "--from", str(one), "--to", str(other)])
    assert outcome.code == 1
    assert "answer differently" in outcome.out


def test_moving_to_a_server_and_back(
    broker: str, make_topic: MakeTopic, postgres: str, tmp_path: Path
) -> None:
    one, back = tmp_path / "one", tmp_path / "back"
    home = server_home(tmp_path / "server", broker, make_topic(3), postgres)
    ask(one, EXAMPLE)
    for source, target in ((one, home), (home, back)):
        outcome = run(None, ["copy", "--from", str(source), "--to", str(target), "--json"])
        assert json.loads(outcome.out)["difference"] is None, outcome.err
    assert ask(back, ["promises", *AS_OF])["counts"] == ask(one, ["promises", *AS_OF])["counts"]
    assert [e["id"] for e in lines(back)] != []


def test_what_was_dismissed_is_not_copied(
    broker: str, make_topic: MakeTopic, postgres: str, tmp_path: Path
) -> None:
    home = server_home(tmp_path / "server", broker, make_topic(1), postgres)
    server = opened(home)
    server.views().prepare()
    emit(home, [fact(1), fact(2)])
    with server.ledger() as ledger, psycopg.connect(postgres, autocommit=True) as connection:
        bad = quarantined(ledger.message(0, 1), "a bad one", datetime.now(UTC))
        quarantine = quarantine_of_live(connection)
        quarantine.add([bad])
        assert quarantine.settle((0, 1), "dismissed", bad.first_seen, "a test")
    caught_up(home)
    outcome = run(None, ["copy", "--from", str(home), "--to", str(tmp_path / "one"), "--json"])
    told = json.loads(outcome.out)
    assert (told["facts"], told["written"], told["difference"]) == (1, 1, None), outcome.err
    assert [event["id"] for event in lines(tmp_path / "one")] == [fact(1)["id"]]
