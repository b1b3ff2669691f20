"""Homes for ledgers, and clocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.ledger.homes import Home


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a ledger may be made."""
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def new_sqlite_home(tmp_path: Path) -> Iterator[Callable[[], Home]]:
    """Makes empty homes, each a SQLite file."""
    homes: list[Home] = []
    numbers = count(1)

    def make() -> Home:
        homes.append(Home(f"sqlite:{tmp_path / f'ledger-{next(numbers)}.sqlite'}"))
        return homes[-1]

    yield make
    for home in homes:
        home.close()
