"""What is found in a topic that is not as it was, and that nothing is found in one that is."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg
import pytest
from confluent_kafka import TopicPartition
from psycopg.conninfo import make_conninfo

import application.verify_topic
from application.server_home import ServerHome
from application.verify import Verification, verify
from application.verify_topic import Stretch, check_messages
from domain.positions import position_of
from ledger.kafka.digest import digest_of, together
from ledger.kafka.ledger import KafkaLedger
from ledger.kafka.message import Message
from ledger.kafka.settings import KafkaSettings
from tests.helpers import PATIENCE, wait_until
from tests.homes import caught_up, opened, server_home
from tests.ledger.kafka.messages import messages, said
from tests.ledger.making import facts
from tests.servers.process import free_ports
from tests.servers.topics import LEDGER_TOPIC, admin, create_topic

NOWHERE = KafkaSettings("localhost:1", "none")
MakeTopic = Callable[..., str]


def checked(found: Sequence[Message], known: int = 0) -> application.verify_topic.Checked:
    parts: Iterator[Sequence[Message]] = iter([found[:3], found[3:]])
    return check_messages(Stretch(NOWHERE, 0, 0, len(found), known), parts)


def test_a_stretch_is_what_its_messages_are() -> None:
    there = messages(facts(0, 8))
    found = checked(there, known=6)
    assert (found.messages, len(found.ids), found.faults) == (8, 8, [])
    assert found.positions == [one.position for one in there]
    assert found.digest == together(map(digest_of, there[:6]))
    assert (found.first, found.last) == (
        (there[0].position, there[0].timestamp),
        (there[7].position, there[7].timestamp),
    )


def test_a_message_that_is_no_fact_is_no_fault() -> None:
    there = messages(facts(0, 8))
    there[5] = said(there[5], id=b"none")
    found = checked(there)
    assert (found.messages, len(found.ids), found.faults) == (8, 7, [])


@pytest.mark.parametrize("place", [2, 3, 5])
def test_a_recorded_time_that_goes_back(place: int) -> None:
    """Within what is read at once, and where it ends."""
    there = messages(facts(0, 8))
    there[place] = there[place]._replace(timestamp=there[place].timestamp - 2_000)
    (fault,) = checked(there).faults
    assert (fault.position, fault.kind) == (position_of(0, place), "time")
    assert fault.seen == "1.999 s earlier"


@pytest.mark.parametrize("seed", range(50))
def test_any_change_is_another_digest(seed: int) -> None:
    """A message missing, at the start too, changed, doubled, or in another's place."""
    chance = random.Random(seed)
    there = messages(facts(0, 12))
    known = checked(there, known=12).digest
    at, other = chance.sample(range(12), 2)
    change = chance.randrange(4)
    if change == 0:
        del there[at * chance.randrange(2)]
    elif change == 1:
        value = bytearray(there[at].value or b"")
        value[chance.randrange(len(value))] ^= 1 << chance.randrange(8)
        there[at] = there[at]._replace(value=bytes(value))
    elif change == 2:
        there.insert(at, there[at])
    else:
        one, two = there[at], there[other]
        there[at] = two._replace(offset=one.offset, timestamp=one.timestamp)
        there[other] = one._replace(offset=two.offset, timestamp=two.timestamp)
    assert checked(there, known=12).digest != known


@pytest.fixture
def home(broker: str, make_topic: MakeTopic, postgres: str, tmp_path: Path) -> ServerHome:
    """One whose views are of all its facts; one of them came twice, and one with another body."""
    folder = server_home(tmp_path / "home", broker, make_topic(2), postgres)
    there = facts(0, 60)
    with KafkaLedger(opened(folder).kafka) as ledger:
        ledger.append(there)
        ledger.append([there[3], there[4]._replace(source="/other/system")])
    caught_up(folder)
    return opened(folder)


def kinds(home: ServerHome, first: int = 1) -> list[tuple[int | str | None, str]]:
    return [(one["position"], one["kind"]) for one in verify(home, Verification(first))["faults"]]


def change(home: ServerHome, statement: str) -> None:
    with psycopg.connect(home.dsn) as connection:
        connection.execute(statement.encode())


def ends(home: ServerHome) -> dict[int, int]:
    with home.ledger() as ledger:
        return dict(ledger.head())


def test_a_sound_topic(home: ServerHome, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[int, int]] = []
    monkeypatch.setattr(application.verify_topic, "AT_ONCE", 10)
    found = verify(home, on_progress=lambda done, total: heard.append((done, total)))
    to = ",".join(f"{partition}:{end}" for partition, end in sorted(ends(home).items()))
    assert found == {
        "facts": 62,
        "positions": {"from": "0:1", "to": to},
        "faults": [],
        "kinds": {},
        "views": "same",
        "unreadable": 0,
        "quarantined": 1,
        "duplicates": 1,
        "conflicts": 1,
        "unchecked": None,
    }
    assert heard[-1] == (62, 62)


def test_from_a_position_on(home: ServerHome) -> None:
    there = ends(home)
    found = verify(home, Verification(position_of(1, 5)))
    assert found["facts"] == there[1] - 5
    assert (found["faults"], found["views"]) == ([], "unknown")


def test_views_of_other_messages(home: ServerHome) -> None:
    change(home, "UPDATE pledger_g1.progress SET digest = digest - 1 WHERE partition = 1")
    assert kinds(home) == [(f"1:{ends(home)[1]}", "views")]


def test_views_without_a_digest(home: ServerHome) -> None:
    """As another program has begun them, or moved them on."""
    change(home, "UPDATE pledger_g1.progress SET digest_offset = 1 WHERE partition = 1")
    found = verify(home)
    assert (found["faults"], found["views"]) == ([], "unknown")
    change(home, "ALTER TABLE pledger_g1.progress DROP COLUMN digest CASCADE")
    assert verify(home)["views"] == "unknown"


def test_views_that_know_more(home: ServerHome) -> None:
    end = ends(home)[0]
    change(home, "UPDATE pledger_g1.progress SET next_offset = next_offset + 1 WHERE partition = 0")
    assert kinds(home) == [(f"0:{end + 1}", "cut")]


def test_a_topic_that_has_lost_its_first_facts(home: ServerHome) -> None:
    kafka = home.kafka
    client = admin(kafka.bootstrap_servers)
    place = TopicPartition(kafka.topic, 1, 3)
    client.delete_records([place])[place].result(PATIENCE)
    found = verify(home)
    last = f"1:{ends(home)[1]}"
    assert [(one["position"], one["kind"]) for one in found["faults"]] == [
        ("1:1", "cut"),
        (last, "views"),
    ]
    assert found["views"] == "other"
    assert found["facts"] == 62 - 3


def test_a_topic_that_was_made_anew_and_may_lose_facts(home: ServerHome) -> None:
    topic, broker = home.kafka.topic, home.kafka.bootstrap_servers
    client = admin(broker)
    client.delete_topics([topic], operation_timeout=PATIENCE)[topic].result(PATIENCE)
    wait_until(lambda: topic not in client.list_topics(timeout=PATIENCE).topics)
    create_topic(broker, topic, 2, LEDGER_TOPIC | {"cleanup.policy": "compact"})
    found = verify(home)
    assert [one["kind"] for one in found["faults"]] == ["topic", "topic"]
    assert "cleanup.policy" in found["faults"][0]["expected"]
    assert "{rebuild}" in found["faults"][1]["remedy"]
    assert found["views"] == "other"


def test_the_database_need_not_answer(home: ServerHome, postgres: str, tmp_path: Path) -> None:
    away = make_conninfo(postgres, port=free_ports(1)[0])
    kafka = home.kafka
    alone = opened(server_home(tmp_path / "away", kafka.bootstrap_servers, kafka.topic, away))
    found = verify(alone)
    assert (found["faults"], found["views"], found["facts"]) == ([], "unknown", 62)
