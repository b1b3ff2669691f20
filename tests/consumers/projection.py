"""A process that keeps the views of a home up, or builds them anew, again and again until it is
killed:

    python -m tests.consumers.projection HOME keep_up|rebuild

``keep_up`` takes in the facts of the ledger a few at a time, and starts from nothing when it is
done. Each step is a line on standard output.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from consumers import embedded_projector
from consumers.embedded_projector import catalogue_of_types, keep_up, rebuild
from ledger.port import Digested, Ledger
from ledger.sqlite.ledger import SQLiteLedger
from projections.duckdb.store import DuckDBStore
from tests.projections.stores import MemoryLedger

#: Facts of a transaction: so few that a life is spent in many of them.
AT_ONCE = 60


def say(done: int, total: int) -> None:
    sys.stdout.write(f"{done}/{total}\n")
    sys.stdout.flush()


def main(folder: str, how: str) -> None:
    home = DuckDBStore(Path(folder), catalogue_of_types())
    embedded_projector.BATCH = AT_ONCE
    with SQLiteLedger(Path(folder) / "ledger.sqlite", lambda: 0) as ledger:
        work: dict[str, Callable[[], object]] = {
            "keep_up": lambda: keep_up(ledger, home, say),
            "rebuild": lambda: rebuild(ledger, home, say),
        }
        while True:
            work[how]()
            if how == "keep_up":
                rebuild(first_facts(ledger), home, forget_lost=True)


def first_facts(ledger: Ledger[int]) -> Digested:
    """A ledger that has only the first facts of another, so that there is something to keep up."""
    return MemoryLedger([fact for batch in ledger.read(upto=AT_ONCE) for fact in batch])


if __name__ == "__main__":
    main(*sys.argv[1:])
