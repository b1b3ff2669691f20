"""The homes of ledgers by address, so that a test's child processes find theirs."""

from __future__ import annotations

import time
from pathlib import Path

from ledger.port import Ledger
from ledger.sqlite import SQLiteLedger


def open_ledger(address: str) -> Ledger:
    """The ledger at ``KIND:PLACE``, with the system's clock."""
    kind, _, place = address.partition(":")
    match kind:
        case "sqlite":
            return SQLiteLedger(Path(place), lambda: time.time_ns() // 1000)
    raise ValueError(f"expected sqlite:PATH, seen {address!r}")


class Home:
    """A place for one ledger, empty at first. Closes what the test left open."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._opened: list[Ledger] = []

    def open(self) -> Ledger:
        """Another handle on the one ledger of this home."""
        ledger = open_ledger(self.address)
        self._opened.append(ledger)
        return ledger

    def close(self) -> None:
        for ledger in self._opened:
            ledger.close()
