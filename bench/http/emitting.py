"""Facts over HTTP, posted in batches by clients at once, each of which keeps its connection and
posts its next batch when the one before is durable. What the answers say is looked at when the
clock has stopped."""

from __future__ import annotations

import json
import resource
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory

from bench.commitments import digest
from bench.http import doors
from bench.http.bare import FILE, ROWS
from bench.http.doors import Served
from bench.material import LINES, sealed
from bench.measured import Measured, Watch

TYPE = "application/cloudevents-batch+json"
#: Batches before the first one that counts, of each client.
WARM = 1


def pledger(folder: Path, batch: int, clients: int) -> Measured:
    """Our door, to a home that is new."""
    with TemporaryDirectory(dir=folder) as place:
        with doors.pledger(Path(place)) as door:
            measured = _posted(door, _bodies(folder, batch), clients)
        rows = [(fact.id, fact.type, fact.source, fact.subject) for fact in sealed(Path(place))]
    return _with(measured, digest(rows))


def bare(folder: Path, batch: int, clients: int, keeper: str) -> Measured:
    """The bare route, to a file that is new."""
    with TemporaryDirectory(dir=folder) as place:
        with doors.bare(Path(place), keeper) as door:
            measured = _posted(door, _bodies(folder, batch), clients)
        with closing(sqlite3.connect(Path(place) / FILE)) as connection:
            rows = connection.execute(ROWS[keeper]).fetchall()
    return _with(measured, digest(rows))


def _with(measured: Measured, rows: str) -> Measured:
    """What was measured, with the memory of the process that served alone."""
    served = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return replace(measured, peak_kib=served, digest=rows)


def _bodies(folder: Path, batch: int) -> list[bytes]:
    """The bodies of the requests."""
    lines = (folder / LINES).read_bytes().splitlines()
    starts = range(0, len(lines), batch)
    return [b"[" + b",".join(lines[start : start + batch]) + b"]" for start in starts]


def _posted(door: Served, bodies: Sequence[bytes], clients: int) -> Measured:
    """What it took to post all of them but the first ones. Raises ``RuntimeError`` unless each
    fact was accepted."""
    first, watch = WARM * clients, Watch()
    connections = [door.connection() for _ in range(clients)]
    with ThreadPoolExecutor(clients) as threads:
        answers = _post(threads, connections, door, bodies[:first])
        with watch.lap():
            answers += _post(threads, connections, door, bodies[first:])
    for connection in connections:
        connection.close()
    sizes = [len(json.loads(body)) for body in bodies]
    accepted = sum(json.loads(answer)["accepted"] for answer in answers)
    if accepted != sum(sizes):
        raise RuntimeError(f"expected {sum(sizes):,} facts to be accepted, saw {accepted:,}")
    return watch.measured(sum(sizes[first:]))


def _post(
    threads: ThreadPoolExecutor,
    connections: Sequence[HTTPConnection],
    door: Served,
    bodies: Sequence[bytes],
) -> list[bytes]:
    """Whoever is free posts the next one. The answers, in no order."""
    waiting: SimpleQueue[bytes] = SimpleQueue()
    for body in bodies:
        waiting.put(body)
    headers = {"Content-Type": TYPE, **door.headers}

    def client(connection: HTTPConnection) -> list[bytes]:
        answers: list[bytes] = []
        while True:
            try:
                body = waiting.get_nowait()
            except Empty:
                return answers
            connection.request("POST", "/v1/facts", body, headers)
            response = connection.getresponse()
            answer = response.read()
            if response.status != 200:
                raise RuntimeError(f"expected 200, saw {response.status}: {answer.decode()}")
            answers.append(answer)

    return [answer for answers in threads.map(client, connections) for answer in answers]
