"""``python -m bench.http.bare FOLDER KEEPER``: the plain way, a FastAPI route that only inserts.

It runs in uvicorn with the settings of our own door. The framework parses the same JSON, and one
transaction keeps the events of a request, as durable as ours: a write-ahead log with
``synchronous = FULL``, which is checked. There are no keys, no rules for events, no receipts, no
log, and no limits but those of a connection. It says where it is on its first line.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

import uvicorn
from eventsourcing.persistence import StoredEvent
from fastapi import FastAPI

from bench.plain import FULL, recorder_in
from entrypoints.http.limits import USUAL
from entrypoints.http.serving import Place, config_of, listening

FILE = "facts.sqlite"
CREATE = (
    "CREATE TABLE fact (id TEXT PRIMARY KEY, type TEXT, source TEXT, subject TEXT, time TEXT,"
    " data TEXT)"
)

Events = list[dict[str, Any]]
#: Returns when the events of a request are durable.
Keep = Callable[[Events], None]


def in_table(path: Path) -> Keep:
    """Into a table of six columns."""
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {FULL}")
    connection.execute(CREATE)
    writing = Lock()

    def keep(events: Events) -> None:
        rows = [_row(event) for event in events]
        with writing, connection:
            connection.executemany("INSERT INTO fact VALUES (?, ?, ?, ?, ?, ?)", rows)

    return keep


def _row(event: Mapping[str, Any]) -> tuple[Any, ...]:
    data = json.dumps(event["data"], ensure_ascii=False)
    return (*(event[name] for name in ("id", "type", "source", "subject", "time")), data)


def in_recorder(path: Path) -> Keep:
    """Into eventsourcing's own recorder of stored events."""
    recorder = recorder_in(path)

    def keep(events: Events) -> None:
        recorder.insert_events(
            [
                StoredEvent(event["id"], 1, event["type"], json.dumps(event).encode())
                for event in events
            ]
        )

    return keep


KEEPERS: Mapping[str, Callable[[Path], Keep]] = {"table": in_table, "recorder": in_recorder}

#: What both keep, as id, type, source and subject.
ROWS: Mapping[str, str] = {
    "table": "SELECT id, type, source, subject FROM fact",
    "recorder": "SELECT originator_id, topic, CAST(state AS TEXT) ->> 'source',"
    " CAST(state AS TEXT) ->> 'subject' FROM stored_events",
}


def application(keep: Keep) -> FastAPI:
    """The application, whose one route has events kept."""
    app = FastAPI()
    app.state.limits = USUAL

    @app.post("/v1/facts")
    def emit(events: Events) -> dict[str, int]:
        keep(events)
        return {"accepted": len(events)}

    return app


def main(arguments: Sequence[str]) -> None:
    """Serve until SIGTERM."""
    folder, keeper = arguments
    place = Place("127.0.0.1", 0)
    app = application(KEEPERS[keeper](Path(folder) / FILE))
    with listening(place, datetime.now(UTC)) as opened:
        told = {"address": place.origin(opened.getsockname()[1])}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        uvicorn.Server(config_of(app, place)).run(sockets=[opened])


if __name__ == "__main__":
    main(sys.argv[1:])
