"""A process that serves a home to the tests' own callers, until it is stopped:

    python -m tests.http.server HOME

Its first line on standard output is its address.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket

from application.home_factory import open_home
from entrypoints.http import serving
from entrypoints.http.app import application
from entrypoints.http.door import Door
from entrypoints.http.serving import Place, config_of
from tests.access.given import noting
from tests.consumers.processes import Child, line_of, start
from tests.helpers import PATIENCE
from tests.homes import RUNTIME
from tests.http.client import Writers


@contextmanager
def served(home: Path) -> Iterator[tuple[Child, str]]:
    """A process that serves a home, and its address."""
    child = start("tests.http.server", str(home))
    try:
        yield child, line_of(child)
    finally:
        child.terminate()
        child.communicate(timeout=PATIENCE)


class Server(serving.Server):
    """Says where it is once it listens."""

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """See ``uvicorn.Server``."""
        await super().startup(sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        sys.stdout.write(f"http://127.0.0.1:{port}\n")
        sys.stdout.flush()


def main(folder: str) -> None:
    home = open_home(Path(folder), RUNTIME, os.environ, lambda sentence: None)
    app = application(Door(home, RUNTIME.clock, Writers(), access=noting(RUNTIME.clock)))
    config = config_of(app, Place("127.0.0.1", 0))  # as ``serve`` runs it
    config.port = 0
    Server(config).run()


if __name__ == "__main__":
    main(sys.argv[1])
