"""Opening the home in a folder. Modules are imported for the kind of home that is there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from application.errors import NoHome
from application.home import SERVER_FILE, OnWait, Progress, Runtime, unseen

if TYPE_CHECKING:
    from application.embedded_home import EmbeddedHome
    from application.server_home import ServerHome
    from application.serving_home import ServingHome

#: The connections of a process that serves to the database: one for each thread that computes.
READERS = 8


def open_home(
    folder: Path,
    runtime: Runtime,
    environment: Mapping[str, str],
    on_wait: OnWait,
    progress: Progress = unseen,
) -> EmbeddedHome | ServerHome:
    """The home in a folder, whatever its kind: a folder with a ``pledger.toml`` is a server home.
    ``environment`` has the secrets that such a file names. ``progress`` shows work that a use case
    did not ask for: a ledger of an earlier version is brought to this one."""
    if (folder / SERVER_FILE).exists():
        return open_server_home(folder, runtime, environment, on_wait)
    from application.embedded_home import EmbeddedHome

    return EmbeddedHome(folder, runtime, on_wait, progress)


def open_serving_home(
    folder: Path,
    runtime: Runtime,
    environment: Mapping[str, str],
    on_wait: OnWait,
    progress: Progress = unseen,
) -> ServingHome | ServerHome:
    """As ``open_home``, for a process that asks from many threads until it ends."""
    if (folder / SERVER_FILE).exists():
        return open_server_home(folder, runtime, environment, on_wait, READERS)
    from application.serving_home import ServingHome

    return ServingHome(folder, runtime, on_wait, progress)


def open_server_home(
    folder: Path,
    runtime: Runtime,
    environment: Mapping[str, str],
    on_wait: OnWait,
    readers: int = 0,
) -> ServerHome:
    """The server home in a folder, with so many connections for questions that stay open. Raises
    NoHome where there is none, and WrongSettings."""
    from application.server_home import ServerHome

    if not (folder / SERVER_FILE).exists():
        raise NoHome(
            f"a server home, whose folder holds a {SERVER_FILE}",
            f"none in {str(folder)!r}",
            "{name a home}",
        )
    return ServerHome(folder, runtime, environment, on_wait, readers)
