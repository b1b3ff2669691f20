"""The desk of the server home."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from application import server_home as module
from application.desk import decide_at
from application.errors import Unavailable
from tests.consumers.server.place import Place
from tests.consumers.server.workers import worker
from tests.desk.contract import DeskContract, out_of_reach
from tests.desk.deciding import (
    FoldingHome,
    decided,
    deciding,
    folding_home,
    log_of,
    once,
    recorded,
    refused,
    told,
)
from tests.domain.given import made
from tests.homes import opened, server_home


@pytest.fixture
def home(broker: str, make_topic: Callable[..., str], postgres: str, tmp_path: Path) -> FoldingHome:
    return folding_home(server_home(tmp_path / "home", broker, make_topic(1), postgres))


class TestServerDesk(DeskContract):
    """What every home promises."""


def test_who_decides_waits_for_workers_and_they_relay_what_was_left(
    broker: str, topic: str, postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(broker, topic, postgres)
    home = opened(server_home(tmp_path / "home", broker, topic, postgres))
    home.views().prepare()
    told(home, made(1))
    monkeypatch.setattr(module, "PATIENCE_S", 0.2)
    with home.desk() as desk:
        with pytest.raises(Unavailable) as none:
            refused(desk, "make", 2)
        assert "{worker}" in none.value.remedy
        monkeypatch.setattr(module, "PATIENCE_S", 60.0)
        with worker(place, tmp_path / "home") as process:
            process.wait_for("assigned")
            assert refused(desk, "make", 2).state == "open"
            decided(desk, "honour", 3)
            assert refused(desk, "abandon", 4).state == "honoured"
            decide_at(out_of_reach(desk), deciding("reopen", 5))
            assert process.wait_for("relayed")[0]["facts"] == 1
            assert once(recorded(home))[1:] == log_of(desk)
            assert desk.decisions.records.waiting() == 0
            process.stop()
