"""The homes of ledgers by address, so that a test's child processes find theirs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from domain.positions import Vector
from ledger.kafka.ledger import KafkaLedger
from ledger.kafka.settings import KafkaSettings
from ledger.port import Ledger
from ledger.sqlite.ledger import SQLiteLedger


def open_ledger(address: str) -> Ledger[Any]:
    """The ledger at ``KIND:PLACE``, with the system's clock."""
    kind, _, place = address.partition(":")
    match kind:
        case "sqlite":
            return SQLiteLedger(Path(place), lambda: time.time_ns() // 1000)
        case "kafka":
            return KafkaLedger(settings_at(place))
    raise ValueError(f"expected sqlite:PATH or kafka:BROKER/TOPIC, seen {address!r}")


def settings_at(place: str) -> KafkaSettings:
    """The settings for ``BROKER/TOPIC``."""
    broker, _, topic = place.partition("/")
    return KafkaSettings(broker, topic)


class Home:
    """A place for one ledger, empty at first. Closes what the test left open."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._opened: list[Ledger[Any]] = []

    def open(self) -> Ledger[Any]:
        """Another handle on the one ledger of this home."""
        ledger = open_ledger(self.address)
        self._opened.append(ledger)
        return ledger

    def reach(self, places: int) -> Any:
        """How far this home is known with so many places of its only partition."""
        return places if self.address.startswith("sqlite:") else Vector({0: places})

    def places(self, reach: Any) -> int:
        """The inverse of ``reach``."""
        return reach if isinstance(reach, int) else reach.get(0, 0)

    def close(self) -> None:
        for ledger in self._opened:
            ledger.close()
