"""A ledger for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.importing.folders import CALLS, GOOD, Home, Importer, write


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    opened = Home(tmp_path)
    yield opened
    opened.ledger.close()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write(tmp_path / "data", {"calls.csv": CALLS})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "calls", {"customer.chased.sql": GOOD})


@pytest.fixture
def importer(home: Home, tmp_path: Path) -> Importer:
    return Importer(home, tmp_path)
