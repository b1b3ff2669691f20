"""The home of each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.consumers.server_rebuild.homes import Home


@pytest.fixture
def home(broker: str, topic: str, postgres: str) -> Home:
    """An empty topic of three partitions and an empty database."""
    return Home(broker, topic, postgres)


@pytest.fixture
def scratch_folder(tmp_path: Path) -> Path:
    """Where a rebuild folds."""
    return tmp_path / "scratch"
