"""Every scenario holds over HTTP as it does on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import emit
from tests.http.asked import answered
from tests.http.doors import client_of, door_to
from tests.scenarios.test_scenarios import FILES, hold, load


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_over_http(path: Path, tmp_path: Path) -> None:
    scenario = load(path)
    with client_of(door_to(tmp_path)) as client:

        def by_request(home: Path, argv: Sequence[str]) -> dict[str, Any]:
            return answered(client, argv)

        emit(tmp_path, scenario["facts"])
        hold(tmp_path, scenario, order_given=True, way=by_request)
