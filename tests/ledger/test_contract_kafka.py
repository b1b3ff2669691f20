"""The home on Kafka keeps the contract, on a topic of one partition."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.ledger.contract import KeepsFacts
from tests.ledger.homes import Home


@pytest.fixture
def new_home(broker: str, make_topic: Callable[..., str]) -> Iterator[Callable[[], Home]]:
    homes: list[Home] = []

    def make() -> Home:
        homes.append(Home(f"kafka:{broker}/{make_topic(partitions=1)}"))
        return homes[-1]

    yield make
    for home in homes:
        home.close()


@pytest.fixture
def home(new_home: Callable[[], Home]) -> Home:
    return new_home()


class TestKafkaKeepsFacts(KeepsFacts):
    pass
