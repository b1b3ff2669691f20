"""A server home for each test."""

from __future__ import annotations

import pytest

from tests.consumers.server.place import Place


@pytest.fixture
def place(broker: str, topic: str, postgres: str) -> Place:
    return Place(broker, topic, postgres)
