"""The SQLite home keeps the contract."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.ledger.contract import JudgesAtTheDoor, KeepsFacts
from tests.ledger.homes import Home


@pytest.fixture
def new_home(new_sqlite_home: Callable[[], Home]) -> Callable[[], Home]:
    return new_sqlite_home


@pytest.fixture
def home(new_sqlite_home: Callable[[], Home]) -> Home:
    return new_sqlite_home()


class TestSQLiteKeepsFacts(KeepsFacts):
    pass


class TestSQLiteJudgesAtTheDoor(JudgesAtTheDoor):
    pass
