"""The small home, and a client at its door; and homes that are empty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.entrypoints.small import in_batches
from tests.helpers import emit
from tests.homes import server_home
from tests.http.doors import client_of, door_to


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small company's home. Tests ask it, and emit nothing into it."""
    folder = tmp_path_factory.mktemp("small") / "home"
    for batch in in_batches():
        emit(folder, batch)
    return folder


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    """A client that may everything."""
    with client_of(door_to(home)) as client:
        yield client


@pytest.fixture(params=["embedded", "server"])
def either_home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The folder of a home without facts, of each kind in turn."""
    folder = tmp_path / "home"
    if request.param == "embedded":
        folder.mkdir()
        return folder
    broker, make_topic, dsn = map(request.getfixturevalue, ("broker", "make_topic", "postgres"))
    return server_home(folder, broker, make_topic(2), dsn)
