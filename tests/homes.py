"""Homes to hold the same stories to: one folder each, and a way to let its views catch up."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from application.embedded_home import EmbeddedHome
from application.home import SERVER_FILE
from application.home_factory import open_server_home
from application.server_home import ServerHome, ends_of
from consumers.runtime import Runtime

#: Clocks and chance of a process that nobody stops.
RUNTIME = Runtime(lambda: datetime.now(UTC), time.monotonic, lambda: 0.5, Event().wait)


def embedded_home(folder: Path) -> EmbeddedHome:
    """The embedded home in a folder, whether there is one or not."""
    return EmbeddedHome(folder, RUNTIME, lambda sentence: None)


def server_home(folder: Path, broker: str, topic: str, dsn: str) -> Path:
    """Make a folder a server home."""
    folder.mkdir(exist_ok=True)
    (folder / SERVER_FILE).write_text(
        f"[kafka]\nbootstrap_servers = {broker!r}\ntopic = {topic!r}\n"
        f"\n[postgres]\ndsn = {dsn!r}\n",
        encoding="utf-8",
    )
    return folder


def opened(folder: Path, runtime: Runtime = RUNTIME) -> ServerHome:
    """The server home in a folder, with the environment of this process."""
    return open_server_home(folder, runtime, os.environ, lambda sentence: None)


def caught_up(folder: Path) -> None:
    """Have the views of a server home take in all that its ledger has; no worker is at work."""
    home = opened(folder)
    with home.ledger() as ledger:
        head = ends_of(ledger)
    home.views().prepare()
    home.fold_here(head, lambda done, total: None)
