"""The same scenarios on Kafka and PostgreSQL, on the command line and over HTTP: as they are given,
and in any order of arrival.

On a topic of one partition positions are those of the embedded home, so the asks about a position
(``--known-at @N``) are compared there too. On several partitions facts of several subjects have no
common order: whatever comes of it, the answers are the same.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from application.emit import Events
from application.emit import emit as emit_stream
from tests.helpers import ask, emit, lines_of
from tests.homes import caught_up, opened, server_home
from tests.http.asked import by_request
from tests.http.client import door, post
from tests.scenarios.test_scenarios import ARRANGEMENTS, FILES, hold, load

MakeTopic = Callable[..., str]

scenarios = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


@scenarios
def test_as_given_and_after_a_rebuild(
    path: Path, broker: str, make_topic: MakeTopic, prepared_postgres: str, tmp_path: Path
) -> None:
    scenario = load(path)
    home = server_home(tmp_path, broker, make_topic(1), prepared_postgres)
    emit(home, scenario["facts"])
    caught_up(home)
    hold(home, scenario, order_given=True)
    with door(opened(home)) as client:
        hold(home, scenario, order_given=True, way=by_request(client))
    different = len({fact["id"] for fact in scenario["facts"]})
    assert ask(home, ["rebuild"])["facts"] == different
    hold(home, scenario, order_given=True)


@scenarios
def test_in_any_order_on_several_partitions(
    path: Path, broker: str, make_topic: MakeTopic, prepared_postgres: str, tmp_path: Path
) -> None:
    scenario = load(path)
    dice = random.Random(scenario["name"])
    home = server_home(tmp_path, broker, make_topic(3), prepared_postgres)
    # By one writer: to begin, each one waits half a second for its number from the broker.
    with opened(home).writing() as ledger:
        for part in ARRANGEMENTS["doubled"](scenario["facts"], dice):
            stream = BytesIO(lines_of(part))
            assert emit_stream(ledger, Events(stream=stream))["rejected"] == []
    caught_up(home)
    hold(home, scenario, order_given=False)
    with door(opened(home)) as client:
        for part in ARRANGEMENTS["trickling"](scenario["facts"], dice):
            post(client, part, dice)
        caught_up(home)
        hold(home, scenario, order_given=False, way=by_request(client))
    hold(home, scenario, order_given=False)
