"""What a command is made of: where it reads and writes, and how its answer is printed."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from entrypoints.cli.jsontext import print_json
from entrypoints.terminal.format import visible_lines
from entrypoints.terminal.progress import Report, progress

if TYPE_CHECKING:
    from application.embedded_home import EmbeddedHome
    from application.home import Runtime
    from application.server_home import ServerHome

DEFAULT_HOME = "pledger-home"


@dataclass(frozen=True)
class Context:
    """Where a command reads and writes, its one reading of the clock, and what the application is
    given of the world: clocks, chance, and the environment."""

    stdin: BinaryIO
    stdout: TextIO
    stderr: TextIO
    now: datetime
    runtime: Runtime
    environment: Mapping[str, str]

    def note(self, sentence: str) -> None:
        """Say at once, beside the answer, what is awaited or was not done."""
        self.stderr.write(f"{visible_lines(sentence)}\n")
        self.stderr.flush()

    def progress(
        self, description: str, total: int | None = None
    ) -> AbstractContextManager[Report]:
        """A progress bar on standard error, if that is a terminal and the work lasts."""
        return progress(self.stderr, description, total)


@dataclass(frozen=True)
class Command:
    """A command: its name, what it is for, an example, its options and what it does.

    ``run`` returns the exit status.
    """

    name: str
    help: str
    example: str
    options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Context], int]


def folder_of(args: argparse.Namespace, context: Context) -> Path:
    """The folder that a call names: by option, by environment, or the default."""
    return args.home or Path(context.environment.get("PLEDGER_HOME") or DEFAULT_HOME)


def home_of(args: argparse.Namespace, context: Context) -> EmbeddedHome | ServerHome:
    """The home that a call names, whatever its kind."""
    return home_in(folder_of(args, context), context)


def home_in(folder: Path, context: Context) -> EmbeddedHome | ServerHome:
    """The home in a folder, whatever its kind."""
    from application.home_factory import open_home

    return open_home(folder, context.runtime, context.environment, context.note, context.progress)


def server_home_of(args: argparse.Namespace, context: Context) -> ServerHome:
    """The server home that a call names. Raises NoHome where it names another kind."""
    from application.home_factory import open_server_home

    folder = folder_of(args, context)
    return open_server_home(folder, context.runtime, context.environment, context.note)


#: The list in an answer whose elements ``--lines`` prints, by command.
LISTS = {"commitments": "commitments", "due": "due", "journeys": "journeys", "suspense": "items"}


def for_people(args: argparse.Namespace) -> bool:
    """Whether an answer is to be a page."""
    return not (args.json or getattr(args, "lines", False))


def answer(
    command: str,
    found: Mapping[str, Any],
    args: argparse.Namespace,
    context: Context,
    remarks: Sequence[str] = (),
) -> None:
    """Print an answer: as JSON, its list in lines, or as a page for people with remarks at its
    foot."""
    lines = getattr(args, "lines", False)
    if not for_people(args):
        for each in found[LISTS[command]] if lines else [found]:
            print_json(each, context.stdout)
        return
    from entrypoints.terminal.renderers import show

    show(command, found, context.stdout, remarks)
