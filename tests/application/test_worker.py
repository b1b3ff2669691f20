"""How a worker ends, and what its log says of it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from threading import Event

import pytest

from application.server_home import ServerHome
from application.worker import Ended, Work, make_log, work
from consumers.worker.log import Log
from domain.errors import Problem, Unavailable, Wrong
from ledger.errors import Unreachable
from projections.errors import Away, Forbidden, NoViews
from tests.homes import RUNTIME, opened, server_home

WORK = Work(owner="a-test", group="a-test", session_timeout_s=2.0, batch=100)


@pytest.fixture
def home(broker: str, topic: str, postgres: str, tmp_path: Path) -> ServerHome:
    return opened(server_home(tmp_path, broker, topic, postgres))


@pytest.fixture
def lines() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def log(lines: io.StringIO) -> Log:
    return make_log(lines, RUNTIME.clock, words=lambda action: f"'do {action}'")


@pytest.mark.parametrize(
    ("error", "ended", "said"),
    [
        (Forbidden("more", "less", "give it"), Ended.REFUSED, "expected more, saw less; give it"),
        (Away("it", "none", "start it"), Ended.FAILED, "expected it, saw none; start it"),
        (
            NoViews("views", "none", "make them"),
            Ended.FAILED,
            "expected views, saw none; make them",
        ),
        (
            Wrong("this", "that", "{rebuild} mends it"),
            Ended.REFUSED,
            "expected this, saw that; 'do rebuild' mends it",
        ),
        (Problem("this", "that"), Ended.FAILED, "expected this, saw that"),
        (Unavailable("this", "that", "wait"), Ended.FAILED, "expected this, saw that; wait"),
        (RuntimeError("what customer:1 said"), Ended.FAILED, "RuntimeError"),
    ],
)
def test_errors_of_our_own_are_told_and_others_by_their_kind(
    home: ServerHome,
    log: Log,
    lines: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    ended: Ended,
    said: str,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("ledger.kafka.topic_admin.check", fail)
    assert work(home, WORK, log) is ended
    last = json.loads(lines.getvalue().splitlines()[-1])
    assert (last["level"], last["error"]) == ("critical", said)
    assert "customer:1" not in lines.getvalue()


def test_a_kafka_that_is_away_at_the_start_is_told_now_and_then(
    broker: str,
    topic: str,
    postgres: str,
    tmp_path: Path,
    log: Log,
    lines: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    def check(*_: object, **__: object) -> list[object]:
        asked.append(1)
        if len(asked) < 8:
            raise Unreachable("an answer", "none", "start it")
        stop.set()
        return []

    monkeypatch.setattr("ledger.kafka.topic_admin.check", check)
    monkeypatch.setattr("consumers.runtime.FIRST_S", 0.0)
    stop = Event()
    folder = server_home(tmp_path, broker, topic, postgres)
    home = opened(folder, RUNTIME._replace(pause=stop.wait))
    assert work(home, WORK, log) is Ended.STOPPED
    events = [json.loads(line)["event"] for line in lines.getvalue().splitlines()]
    assert len(asked) == 8
    assert events == [
        "started",
        "trouble with Kafka",
        "the trouble with Kafka is over",
        "stopped",
    ]
