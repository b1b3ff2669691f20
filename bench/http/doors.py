"""Processes that serve over HTTP on the loopback interface, started for a piece and stopped with
it."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from application.access.keys import EVERY_DEPARTMENT, NewKey, create
from application.access.principals import SCOPES
from bench.material import home_of

#: What a process logs, in its folder.
LOG = "served.log"
#: How long an answer may take, in seconds.
PATIENCE_S = 60


class Served(NamedTuple):
    """Where a process serves, and the header fields of those whom it knows."""

    host: str
    port: int
    headers: dict[str, str]

    def connection(self) -> HTTPConnection:
        """A connection to it, on which an answer that does not come is an error."""
        return HTTPConnection(self.host, self.port, timeout=PATIENCE_S)


@contextmanager
def pledger(home: Path) -> Iterator[Served]:
    """``./pledger serve`` with its usual settings, and a key of every scope."""
    asked = NewKey(
        name=f"bench-{secrets.token_hex(4)}", scopes=SCOPES, departments=[EVERY_DEPARTMENT]
    )
    with home_of(home).access(begin=True) as store:
        key = create(store, asked, datetime.now(UTC), secrets.token_bytes)["key"]
    arguments = ["entrypoints", "serve", "--home", str(home), "--port", "0", "--json"]
    with _started(arguments, home / LOG) as address:
        yield _served(address, {"Authorization": f"Bearer {key}"})


@contextmanager
def bare(folder: Path, keeper: str) -> Iterator[Served]:
    """The bare route, which keeps what it is sent in a folder."""
    with _started(["bench.http.bare", str(folder), keeper], folder / LOG) as address:
        yield _served(address, {})


def _served(address: str, headers: dict[str, str]) -> Served:
    found = urlsplit(address)
    return Served(found.hostname or "", found.port or 0, headers)


@contextmanager
def _started(arguments: Sequence[str], log: Path) -> Iterator[str]:
    """A module as a process; the address that it tells on its first line."""
    with log.open("wb") as errors:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", *arguments], stdout=subprocess.PIPE, stderr=errors
        )
    try:
        line = child.stdout.readline() if child.stdout else b""
        if not line:
            raise RuntimeError(f"expected an address, saw: {log.read_text(encoding='utf-8')}")
        yield json.loads(line)["address"]
    finally:
        child.terminate()
        child.communicate()
