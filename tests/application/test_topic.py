"""Making and checking a topic, and what is said where nobody knows what its views are of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from application import topic
from application.errors import Problem, Wrong
from application.status import status
from application.topic import NewTopic
from ledger.errors import NoLedger
from tests.homes import caught_up, embedded_home, opened, server_home
from tests.servers.process import free_ports


def test_a_topic_is_made_once(broker: str, postgres: str, tmp_path: Path) -> None:
    home = opened(server_home(tmp_path, broker, f"made.{tmp_path.name}", postgres))
    with pytest.raises(NoLedger):
        topic.check(home)
    with pytest.raises(Wrong, match="min.insync.replicas"):
        topic.create(home, NewTopic(min_insync_replicas=3))
    wanted = NewTopic(partitions=3)
    for made in (True, False):
        found = topic.create(home, wanted)
        assert (found.topic, found.created, found.faults) == (home.kafka.topic, made, [])
    assert topic.check(home) == topic.Checked(home.kafka.topic, False, [])
    (fault,) = topic.create(home, NewTopic(partitions=4)).faults
    assert (fault.setting, fault.seen) == ("partitions", "3")


def test_a_topic_is_checked_without_the_database(
    broker: str, make_topic: Callable[..., str], postgres: str, tmp_path: Path
) -> None:
    away = make_conninfo(postgres, port=free_ports(1)[0])
    home = opened(server_home(tmp_path, broker, make_topic(2, retention_ms="60000"), away))
    found = topic.check(home)
    assert [fault.setting for fault in found.faults] == ["retention.ms"]
    assert isinstance(found.unchecked, Problem)


def test_views_of_another_topic(
    broker: str, make_topic: Callable[..., str], postgres: str, tmp_path: Path
) -> None:
    caught_up(server_home(tmp_path, broker, make_topic(1), postgres))
    home = opened(server_home(tmp_path, broker, make_topic(1), postgres))
    (fault,) = topic.check(home).faults
    assert (fault.setting, "{rebuild}" in fault.remedy) == ("topic", True)
    found = status(home)
    assert found["home"] == "server"
    problem = found["topic_fault"]
    assert problem is not None
    assert problem.actions == ["rebuild"]
    assert found["topic"] in problem.seen


def test_the_status_of_an_empty_folder(tmp_path: Path) -> None:
    assert status(embedded_home(tmp_path)) == {
        "home": "embedded", "head": 0, "position": 0, "lag": 0, "definition": "none",
        "lost": False, "left_out": [], "decisions_waiting": 0,
    }  # fmt: skip
    with pytest.raises(Wrong, match="none in"):
        status(embedded_home(tmp_path / "elsewhere"))
