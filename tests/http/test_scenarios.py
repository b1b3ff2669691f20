"""Every scenario holds over HTTP as it does on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers import emit
from tests.http.asked import by_request
from tests.http.doors import client_of, door_to
from tests.scenarios.test_scenarios import FILES, hold, load


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_over_http(path: Path, tmp_path: Path) -> None:
    scenario = load(path)
    with client_of(door_to(tmp_path)) as client:
        emit(tmp_path, scenario["facts"])
        hold(tmp_path, scenario, order_given=True, way=by_request(client))
