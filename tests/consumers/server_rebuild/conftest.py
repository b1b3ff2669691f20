"""The home of each test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.consumers.server_rebuild.homes import Home


@pytest.fixture
def home(broker: str, topic: str, postgres: str) -> Home:
    """An empty topic of three partitions and an empty database."""
    return Home(broker, topic, postgres)


@pytest.fixture
def restored(home: Home, make_topic: Callable[..., str]) -> Home:
    """The same database, with another topic."""
    return Home(home.kafka.bootstrap_servers, make_topic(), home.dsn)


@pytest.fixture
def scratch_folder(tmp_path: Path) -> Path:
    """Where a rebuild folds."""
    return tmp_path / "scratch"
