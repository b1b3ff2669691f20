"""What a rebuild answers."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from application.errors import NoHome, Wrong
from application.home import Rebuilding, Runtime
from application.home_factory import open_home
from application.rebuild import rebuild
from tests.consumers.processes import fill, promises_kept
from tests.homes import opened, server_home

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RUNTIME = Runtime(lambda: NOON, time.monotonic, lambda: 0.5, lambda seconds: True)


def test_facts_and_how_long_they_took(tmp_path: Path) -> None:
    fill(tmp_path, promises_kept(3))
    home = open_home(tmp_path, RUNTIME, {}, lambda sentence: None)
    told: list[tuple[int, int]] = []
    clock = iter([10.0, 14.0]).__next__
    found = rebuild(home, clock, on_progress=lambda *both: told.append(both))
    assert found == {"facts": 6, "seconds": 4.0, "facts_per_second": 1.5, "position": 6}
    assert told[-1] == (6, 6)
    assert rebuild(home, lambda: 10.0)["facts_per_second"] is None


def test_no_home(tmp_path: Path) -> None:
    home = open_home(tmp_path / "missing", RUNTIME, {}, lambda sentence: None)
    with pytest.raises(NoHome, match="expected a home with a ledger"):
        rebuild(home, time.monotonic)


def test_a_scratch_file_that_the_fold_could_not_make_is_refused_before_a_server_is_asked(
    tmp_path: Path,
) -> None:
    home = opened(server_home(tmp_path, "127.0.0.1:1", "facts", "host=127.0.0.1 port=1"))
    for place in (tmp_path / "a?b", tmp_path / "a\\b"):
        with pytest.raises(Wrong, match="a folder without"):
            home.rebuild(lambda done, total: None, Rebuilding(within=place))
