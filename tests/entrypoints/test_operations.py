"""The commands of those who run a home: ``topic``, ``status``, ``copy``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from confluent_kafka.admin import NewPartitions
from psycopg.conninfo import make_conninfo

from ledger.kafka.settings import KafkaSettings
from ledger.kafka.topic_state import Watch
from projections.postgres.control_schema import schema_of
from tests.entrypoints.given import fact, lines
from tests.helpers import PATIENCE, ROOT, ask, emit, run, wait_until
from tests.homes import caught_up, opened, server_home
from tests.servers.process import free_ports
from tests.servers.topics import LEDGER_TOPIC, admin, create_topic

EXAMPLE = ["import", str(ROOT / "mappings/example"), "--data", str(ROOT / "mappings/example/data")]
AS_OF = ["--as-of", "2026-04-01T00:00:00Z"]
MakeTopic = Callable[..., str]


def test_the_status_of_an_embedded_home(tmp_path: Path) -> None:
    ask(tmp_path, EXAMPLE)
    before = {"home": "embedded", "head": 14, "position": 0, "lag": 14, "definition": "none"}
    before |= {"lost": False, "left_out": [], "decisions_waiting": 0}
    assert ask(tmp_path, ["status"]) == before
    ask(tmp_path, ["promises", *AS_OF])
    assert ask(tmp_path, ["status"]) == before | {
        "position": 14, "lag": 0, "definition": "current"
    }  # fmt: skip
    assert "14" in run(tmp_path, ["status"]).out


def test_what_is_left_out_is_said_with_every_answer(tmp_path: Path) -> None:
    emit(tmp_path, [fact(1), fact(2), fact(3)])
    listed = [
        ["commitments", "--lines"], ["facts"], ["sql", "SELECT count(*) FROM fact"],
    ]  # fmt: skip
    assert "without" not in ask(tmp_path, ["commitments"])
    assert [run(tmp_path, argv).err for argv in listed] == ["", "", ""]
    assert run(tmp_path, ["rebuild", "--without", "2"]).code == 0
    for argv in (
        ["promises"], ["commitments"], ["commitment", "C-1"], ["due", "--within", "P7D"],
        ["suspense"], ["customer", "customer:1"], ["journeys"],
        ["balance", "--from", "2026-01-01T00:00:00Z", "--to", "2026-02-01T00:00:00Z"],
    ):  # fmt: skip
        assert ask(tmp_path, argv)["without"] == [2], argv
        assert "without the 1 fact at position 2:" in run(tmp_path, argv).out, argv
    for argv in listed:
        outcome = run(tmp_path, argv)
        assert "without the 1 fact at position 2:" in outcome.err, argv
        assert "without the" not in outcome.out


def test_a_home_is_not_copied_to_itself(tmp_path: Path) -> None:
    outcome = run(None, ["copy", "--from", str(tmp_path), "--to", f"{tmp_path}/../{tmp_path.name}"])
    assert outcome.code == 2
    assert "expected two homes" in outcome.err


def test_what_is_for_servers_says_so(tmp_path: Path) -> None:
    for argv in (["topic", "check"], ["worker"], ["quarantine", "list"], ["unpark", "customer:1"]):
        outcome = run(tmp_path, argv)
        assert outcome.code == 2, argv
        assert "pledger.toml" in outcome.err


def test_a_topic_is_made_once_and_checked(broker: str, postgres: str, tmp_path: Path) -> None:
    home = server_home(tmp_path, broker, f"made.{tmp_path.name}", postgres)
    missing = run(home, ["topic", "check"])
    assert missing.code == 1
    assert "./pledger topic create" in missing.err
    made = ask(home, ["topic", "create", "--partitions", "3"])
    assert made == {"topic": f"made.{tmp_path.name}", "created": True, "faults": []}
    assert ask(home, ["topic", "create", "--partitions", "3"])["created"] is False
    assert ask(home, ["topic", "check"])["faults"] == []
    other = run(home, ["topic", "create", "--partitions", "4", "--json"])
    assert other.code == 1
    assert json.loads(other.out)["faults"][0]["setting"] == "partitions"
    another = server_home(tmp_path / "another", broker, f"another.{tmp_path.name}", postgres)
    wrong = run(another, ["topic", "create", "--min-insync-replicas", "3"])
    assert wrong.code == 2
    assert "min.insync.replicas" in wrong.err


def test_a_topic_that_loses_facts_is_not_written_to(
    broker: str, make_topic: MakeTopic, postgres: str, tmp_path: Path
) -> None:
    home = server_home(tmp_path, broker, make_topic(2, retention_ms="60000"), postgres)
    line = json.dumps(fact(1)).encode()
    outcome = run(home, ["emit", "-"], line)
    assert outcome.code == 2
    assert "retention.ms" in outcome.err
    assert "kafka-configs" in outcome.err


def test_a_topic_that_was_made_anew_is_not_written_to(
    broker: str, make_topic: MakeTopic, postgres: str, tmp_path: Path
) -> None:
    """As workers take nothing from it. Its number of partitions and its name are as they were, and
    only the database knows that it is another one."""
    topic = make_topic(2)
    home = server_home(tmp_path / "home", broker, topic, postgres)
    emit(home, [fact(1)])
    caught_up(home)
    client = admin(broker)
    client.delete_topics([topic], operation_timeout=PATIENCE)[topic].result(PATIENCE)
    wait_until(lambda: topic not in client.list_topics(timeout=PATIENCE).topics)
    create_topic(broker, topic, 2, LEDGER_TOPIC)
    fault = ask(home, ["status"])["topic_fault"]
    emit(tmp_path / "other", [fact(2)])
    for argv in (
        ["emit", "-", "--home", str(home)],
        [*EXAMPLE, "--home", str(home)],
        ["copy", "--from", str(tmp_path / "other"), "--to", str(home), "--no-check"],
    ):
        refused = run(None, argv, json.dumps(fact(3)).encode())
        assert refused.code == 1, argv
        said = " ".join(refused.err.split())
        assert fault.partition("; seen: ")[2].partition(".")[0] in said
        assert "'./pledger rebuild'" in said
        assert "--new-topic" in said
    with opened(home).ledger() as ledger:
        assert ledger.head() == {}
    # By word it is filled, before there are views of it.
    line = json.dumps(fact(1)).encode()
    assert run(home, ["emit", "-", "--new-topic"], line).code == 0
    assert ask(home, ["rebuild"])["facts"] == 1
    assert run(home, ["emit", "-"], line).code == 0


def test_a_topic_that_lost_facts_is_not_written_to(
    broker: str, make_topic: MakeTopic, postgres: str, tmp_path: Path
) -> None:
    home = server_home(tmp_path, broker, make_topic(2), postgres)
    emit(home, [fact(n, f"customer:{n}") for n in range(1, 9)])
    caught_up(home)
    views = opened(home).views()
    with views.reading() as session:
        partition, known = max(dict(session.horizon).items())
        place = schema_of(views.schema, session.generation)
    # As the topic looks to the views after it has lost its end.
    with psycopg.connect(postgres, autocommit=True) as connection:
        change = f"UPDATE {place}.progress SET next_offset = next_offset + 5"
        connection.execute(f"{change} WHERE partition = {partition}".encode())
    for argv in (["emit", "-"], EXAMPLE):
        refused = run(home, argv, json.dumps(fact(9)).encode())
        assert refused.code == 1
        said = " ".join(refused.err.split())
        assert f"expected offset {known + 5} of partition {partition}" in said
        assert "nothing was written" in said
    with opened(home).ledger() as ledger:
        assert sum(ledger.head().values()) == 8
    assert ask(home, ["rebuild", "--forget-lost"])["facts"] == 8
    assert emit(home, [fact(9)])["accepted"] == 1


def test_facts_are_kept_without_the_database(
    broker: str, make_topic: MakeTopic, postgres: str, tmp_path: Path
) -> None:
    away = make_conninfo(postgres, port=free_ports(1)[0])
    home = server_home(tmp_path, broker, make_topic(1), away)
    assert run(home, ["emit", "-"], json.dumps(fact(1)).encode()).code == 0


def test_the_status_of_a_server_home(
    broker: str, make_topic: MakeTopic, postgres: str, tmp_path: Path
) -> None:
    home = server_home(tmp_path, broker, make_topic(2), postgres)
    emit(home, [fact(n, f"customer:{n}") for n in range(1, 21)])
    before = ask(home, ["status"])
    assert (before["definition"], before["generation"], before["lag"]) == ("none", None, 20)
    assert {one["lag_seconds"] for one in before["partitions"]} == {None}
    caught_up(home)
    after = ask(home, ["status"])
    assert (after["definition"], after["generation"], after["lag"]) == ("current", 1, 0)
    assert [one["lag_seconds"] for one in after["partitions"]] == [0.0, 0.0]
    assert sum(one["position"] for one in after["partitions"]) == 20
    assert (after["quarantined"], after["parked"]) == (0, {"subjects": 0, "facts": 0})
    assert "behind" in run(home, ["status"]).out


def test_partitions_that_were_added(
    broker: str, make_topic: MakeTopic, postgres: str, tmp_path: Path
) -> None:
    topic = make_topic(2)
    home = server_home(tmp_path, broker, topic, postgres)
    emit(home, [fact(1)])
    caught_up(home)
    assert ask(home, ["status"])["topic_fault"] is None
    client = admin(broker)
    client.create_partitions([NewPartitions(topic, 3)])[topic].result(PATIENCE)
    wait_until(lambda: Watch(KafkaSettings(broker, topic)).topic().partitions == 3)
    checked = run(home, ["topic", "check", "--json"])
    assert checked.code == 1
    (fault,) = json.loads(checked.out)["faults"]
    assert (fault["setting"], fault["expected"][:1], fault["seen"]) == ("partitions", "2", "3")
    for argv in (["emit", "-"], EXAMPLE):
        refused = run(home, argv, json.dumps(fact(2)).encode())
        assert refused.code == 2
        assert "partitions: expected 2, " in refused.err
        assert "seen: 3. Remedy: " in refused.err
    assert "to have 2 partitions" in ask(home, ["status"])["topic_fault"]
    # Who can't ask the database writes all the same: facts come first.
    away = server_home(tmp_path / "away", broker, topic, f"host=127.0.0.1 port={free_ports(1)[0]}")
    assert emit(away, [fact(2)])["accepted"] == 1
    unsure = run(away, ["topic", "check"])
    assert unsure.code == 0
    assert "the number of partitions, was not checked: expected PostgreSQL" in unsure.err
    assert unsure.err.count("expected") == 1


def test_the_status_of_views_of_another_topic(
    broker: str, make_topic: MakeTopic, postgres: str, tmp_path: Path
) -> None:
    topic = make_topic(2)
    caught_up(server_home(tmp_path, broker, topic, postgres))
    home = server_home(tmp_path, broker, make_topic(2), postgres)
    told = ask(home, ["status"])
    assert told["topic"] in told["topic_fault"]
    assert told["topic_id"] in told["topic_fault"]
    assert f"expected the topic '{topic}'" in told["topic_fault"]
    assert "which is another one" in run(home, ["status"]).out
    checked = run(home, ["topic", "check", "--json"])
    assert checked.code == 1
    (fault,) = json.loads(checked.out)["faults"]
    assert fault["setting"] == "topic"
    assert fault["expected"].startswith(f"'{topic}' (id ")
    assert fault["seen"] == f"'{told['topic']}' (id {told['topic_id']})"


def test_known_at_is_a_vector_where_there_are_partitions(
    broker: str, make_topic: MakeTopic, postgres: str, tmp_path: Path
) -> None:
    home = server_home(tmp_path, broker, make_topic(3), postgres)
    emit(home, [fact(n, f"customer:{n}") for n in range(1, 10)])
    caught_up(home)
    first = ask(home, ["promises"])
    emit(home, [fact(n, f"customer:{n}") for n in range(10, 20)])
    caught_up(home)
    known = first["known_at"]
    assert isinstance(known, str)
    again = ask(home, ["promises", "--as-of", first["as_of"], "--known-at", f"@{known}"])
    assert again == first
    assert ask(home, ["promises"])["counts"]["made"] == 19
    seen = {event["position"] for event in lines(home)}
    assert len(seen) == 19
    one = min(str(position) for position in seen)
    listed = run(home, ["facts", "--from-position", one, "--limit", "1"])
    assert json.loads(listed.out)["position"] == one
    nothing = ask(home, ["promises", "--known-at", "@0"])
    assert (nothing["known_at"], nothing["counts"]["made"]) == ("0:0", 0)
    for wrong in ("@3", "@0:99999", "@7:1"):
        outcome = run(home, ["promises", "--known-at", wrong])
        assert outcome.code == 2, wrong
        assert "expected" in outcome.err


@pytest.mark.parametrize("argv", [["promises"], ["journeys"], ["sql", "SELECT 1"]])
def test_a_home_without_views_says_how_to_make_them(
    argv: list[str], broker: str, make_topic: MakeTopic, postgres: str, tmp_path: Path
) -> None:
    home = server_home(tmp_path, broker, make_topic(1), postgres)
    outcome = run(home, argv)
    assert outcome.code == 1
    assert "./pledger worker" in outcome.err


#: A call of every command that asks the database.
ASKING = [
    ["promises"],
    ["promises", "--known-at", "2026-05-01T00:00:00Z"],
    ["commitment", "C1"],
    ["commitments"],
    ["due", "--within", "P7D"],
    ["balance", "--from", "2026-01-01T00:00:00Z", "--to", "2026-02-01T00:00:00Z"],
    ["customer", "customer:1"],
    ["journey", "J1"],
    ["journeys"],
    ["suspense"],
    ["facts"],
    ["sql", "SELECT 1"],
    ["status"],
    ["rebuild"],
    ["quarantine", "list"],
    ["quarantine", "show", "0:0"],
    ["quarantine", "retry", "--all"],
    ["quarantine", "dismiss", "0:0", "--reason", "noise"],
    ["parked", "list"],
    ["parked", "show", "customer:1"],
    ["unpark", "customer:1"],
]


@pytest.mark.parametrize("argv", ASKING, ids=" ".join)
def test_a_database_that_is_away_is_said_so(
    argv: list[str], broker: str, topic: str, postgres: str, tmp_path: Path
) -> None:
    (port,) = free_ports(1)
    home = server_home(tmp_path, broker, topic, make_conninfo(postgres, port=port))
    outcome = run(home, argv)
    assert (outcome.code, outcome.out) == (1, "")
    assert re.fullmatch(
        rf"pledger: expected PostgreSQL to answer, saw .*port {port}.*Connection refused"
        r"; start it, or correct the dsn in pledger.toml\n",
        outcome.err,
    )


def test_the_status_does_not_wait_for_kafka(
    topic: str, postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("application.status.PATIENCE_S", 0.5)
    (port,) = free_ports(1)
    outcome = run(server_home(tmp_path, f"127.0.0.1:{port}", topic, postgres), ["status"])
    assert outcome.code == 1
    assert f"expected Kafka to answer at 127.0.0.1:{port} within 0.5 s" in outcome.err
    assert "start it, or name another" in outcome.err
