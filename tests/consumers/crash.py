"""A process that kills itself at one instruction, while it keeps the views of a home up or builds
them anew:

    python -m tests.consumers.crash HOME keep_up|rebuild MODULE.OBJECT[.METHOD] before|after TIMES

It dies at the call of that number.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from pathlib import Path
from typing import Any

from consumers import embedded_projector
from consumers.embedded_projector import catalogue_of_types
from ledger.sqlite.ledger import SQLiteLedger
from projections.duckdb.store import DuckDBStore
from tests.consumers.projection import AT_ONCE


def die_at(what: str, when: str, times: int) -> None:
    """Makes one function deadly."""
    place, _, name = what.rpartition(".")
    module, _, owner = place.partition(":")
    holder: Any = importlib.import_module(module)
    if owner:
        holder = getattr(holder, owner)
    whole = getattr(holder, name)
    calls = 0

    def deadly(*args: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == times and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = whole(*args, **named)
        if calls == times:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(holder, name, deadly)


def main(folder: str, how: str, what: str, when: str, times: str) -> None:
    home = DuckDBStore(Path(folder), catalogue_of_types())
    embedded_projector.BATCH = AT_ONCE
    die_at(what, when, int(times))
    with SQLiteLedger(Path(folder) / "ledger.sqlite", lambda: 0) as ledger:
        getattr(embedded_projector, how)(ledger, home)


if __name__ == "__main__":
    main(*sys.argv[1:])
