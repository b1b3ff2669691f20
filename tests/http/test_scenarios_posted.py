"""Facts that are posted, in whichever form, give the answers of facts that are emitted."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.http.asked import by_request
from tests.http.client import door, post
from tests.scenarios.test_scenarios import FILES, hold, load, parts


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_posted_in_parts(path: Path, tmp_path: Path) -> None:
    scenario = load(path)
    dice = random.Random(scenario["name"])
    with door(tmp_path) as client:
        for part in parts(scenario["facts"], dice):
            post(client, part, dice)
        hold(tmp_path, scenario, order_given=True, way=by_request(client))
