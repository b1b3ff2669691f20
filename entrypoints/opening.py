"""Opening a home for a command, with progress for those who watch."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from entrypoints.calls import CallError, Context
from entrypoints.homes import AnyHome, Home
from entrypoints.progress import Report, progress

if TYPE_CHECKING:
    from entrypoints.server import ServerHome

DEFAULT_HOME = "pledger-home"


#: A folder with this file is a server home.
SERVER_FILE = "pledger.toml"


def folder_of(args: argparse.Namespace) -> Path:
    """The folder that a call names: by option, by environment, or the default."""
    return args.home or Path(os.environ.get("PLEDGER_HOME") or DEFAULT_HOME)


def home_of(args: argparse.Namespace, context: Context) -> AnyHome:
    """The home that a call names, whatever its kind."""
    folder = folder_of(args)
    if (folder / SERVER_FILE).exists():
        return server_home_of(args, context)
    return embedded_home_of(folder, context)


def embedded_home_of(folder: Path, context: Context) -> Home:
    """The embedded home in a folder."""
    return Home(folder, context.clock, _on_wait(context))


def server_home_of(args: argparse.Namespace, context: Context) -> ServerHome:
    """The server home that a call names. Raises CallError where it names another kind."""
    from entrypoints.server import ServerHome

    folder = folder_of(args)
    if not (folder / SERVER_FILE).exists():
        raise CallError(
            f"expected a server home, whose folder holds a {SERVER_FILE}, saw none in"
            f" {str(folder)!r}; name it with --home or PLEDGER_HOME"
        )
    return ServerHome(folder, _on_wait(context))


def _on_wait(context: Context) -> Callable[[str], None]:
    def told(sentence: str) -> None:
        context.stderr.write(f"{sentence}\n")
        context.stderr.flush()

    return told


def progress_of(
    context: Context, description: str, total: int | None = None
) -> AbstractContextManager[Report]:
    """A progress bar on standard error, if that is a terminal and the work lasts."""
    return progress(context.stderr, description, total)
