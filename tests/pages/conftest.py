"""The small home, and a browser of its pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.entrypoints.small import AS_OF, in_batches
from tests.helpers import emit
from tests.http.doors import client_of, door_to

NOW = datetime.fromisoformat(AS_OF).astimezone(UTC)


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small company's home. Tests ask it, and emit nothing into it."""
    folder = tmp_path_factory.mktemp("small") / "home"
    for batch in in_batches():
        emit(folder, batch)
    return folder


@pytest.fixture
def browser(home: Path) -> Iterator[TestClient]:
    """A client that asks for pages, at a door whose clock stands still."""
    with client_of(door_to(home, clock=lambda: NOW)) as client:
        client.headers["Accept"] = "text/html,application/xhtml+xml,*/*;q=0.8"
        yield client
