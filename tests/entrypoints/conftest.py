"""The small home, made once a module."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.entrypoints.small import in_batches
from tests.helpers import emit


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small company's home. Tests ask it, and emit nothing into it."""
    folder = tmp_path_factory.mktemp("small") / "home"
    for batch in in_batches():
        emit(folder, batch)
    return folder
