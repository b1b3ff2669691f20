"""Both forms of an event log, written side by side.

While one thread of the database finds the objects and makes the lines of the one, another makes the
rows of the other, which Python carries over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from projections.dictionary.tables import Table
from projections.duckdb.files import beside
from projections.duckdb.session import DuckDBSession
from projections.export.ocel import ObjectType, make_events, make_objects, write_json
from projections.export.ocel_sqlite import write_sqlite

#: How long to wait, in seconds, before what goes on is interrupted once more.
_PAUSE = 0.1


def write_both(
    session: DuckDBSession,
    tables: Iterable[Table],
    json: Path,
    sqlite: Path,
    on_events: Callable[[], None],
) -> None:
    """Write the log of the exported tables that a session reads to two new files. ``on_events`` is
    called about half-way."""
    session.execute("SET preserve_insertion_order = true")
    event_types = make_events(session, tables)
    session.execute("SET threads = 1")
    other = beside(session)
    with ThreadPoolExecutor(1, thread_name_prefix="ocel") as executor:
        making = executor.submit(make_objects, other)
        writing = executor.submit(lambda: write_json(other, event_types, making.result(), json))

        def made() -> tuple[ObjectType, ...]:
            on_events()
            return making.result()

        try:
            write_sqlite(session, event_types, made, sqlite)
            writing.result()
        except BaseException:
            writing.cancel()
            jobs: list[Future[Any]] = [making, writing]
            # Between two queries there is nothing to interrupt.
            while running := [job for job in jobs if not job.done()]:
                other.connection.interrupt()
                wait(running, timeout=_PAUSE)
            raise
