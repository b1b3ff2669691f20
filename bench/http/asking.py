"""Questions and pages over HTTP. Clients ask at once, each of which keeps its connection and asks
again when it is answered."""

from __future__ import annotations

import resource
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from urllib.parse import quote

from bench.asking import ids
from bench.http import doors
from bench.http.doors import Served
from bench.material import home_of
from bench.measured import Measured, Watch

#: Where each question is asked.
ROUTES = {
    "commitment": "/v1/commitments/{}",
    "customer": "/v1/customers/{}",
    "promises": "/v1/promises",
}
#: Questions of each client before the first one that counts.
WARM = 1


def asks(folder: Path, question: str, clients: int, times: int) -> Measured:
    """How long each of so many answers took, as of now; about other ids each, spread evenly."""
    with home_of(folder).views().reading() as session:
        asked = ids(session, question, times)
    paths = [ROUTES[question].format(quote(id, safe="")) for id in asked]
    with doors.pledger(folder) as door, ThreadPoolExecutor(clients) as threads:

        def client(number: int) -> list[float]:
            own = paths[number::clients]
            with_warm = [*own[:WARM], *own]
            return _seconds(door, with_warm, "application/json")[WARM:]

        found = list(chain.from_iterable(threads.map(client, range(clients))))
    return _measured(found)


def pages(folder: Path, path: str, times: int) -> Measured:
    """How long a page takes one browser, so many times, after the first one."""
    with doors.pledger(folder) as door:
        found = _seconds(door, [path] * (WARM + times), "text/html")[WARM:]
    return _measured(found)


def _measured(seconds: list[float]) -> Measured:
    """What was measured, with the memory of the process that served alone."""
    return Measured(seconds, 1, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)


def _seconds(door: Served, paths: Sequence[str], accept: str) -> list[float]:
    """How long each of some answers took, one after the other. Raises ``RuntimeError`` for one that
    is none."""
    connection, watch = door.connection(), Watch()
    for path in paths:
        with watch.lap():
            connection.request("GET", path, headers={"Accept": accept, **door.headers})
            response = connection.getresponse()
            answer = response.read()
        if response.status != 200:
            raise RuntimeError(f"expected 200, saw {response.status}: {answer.decode()}")
    connection.close()
    return watch.seconds
