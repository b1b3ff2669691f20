"""Facts that are posted, in whichever form, give the answers of facts that are emitted."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.http.asked import answered
from tests.http.client import BATCH, ONE, door, told
from tests.http.given import binary, content
from tests.scenarios.test_scenarios import FILES, hold, load, parts


def post(client: TestClient, part: list[dict[str, Any]], dice: random.Random) -> None:
    """Facts in one of the forms; each is accepted."""
    if len(part) > 1:
        answer = client.post("/v1/facts", content=content(*part), headers=BATCH)
    elif dice.random() < 0.5 or "data" not in part[0]:
        answer = client.post("/v1/facts", content=json.dumps(part[0]).encode(), headers=ONE)
    else:
        headers, body = binary(part[0])
        answer = client.post("/v1/facts", content=body, headers=headers)
    assert told(answer)["rejected"] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_posted_in_parts(path: Path, tmp_path: Path) -> None:
    scenario = load(path)
    dice = random.Random(scenario["name"])
    with door(tmp_path) as client:

        def by_request(home: Path, argv: Sequence[str]) -> dict[str, Any]:
            return answered(client, argv)

        for part in parts(scenario["facts"], dice):
            post(client, part, dice)
        hold(tmp_path, scenario, order_given=True, way=by_request)
