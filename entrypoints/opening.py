"""Opening a home for a command, with progress for those who watch."""

from __future__ import annotations

import argparse
import os
from contextlib import AbstractContextManager
from pathlib import Path

from entrypoints.calls import Context
from entrypoints.homes import Home
from entrypoints.progress import Report, progress

DEFAULT_HOME = "pledger-home"


def home_of(args: argparse.Namespace, context: Context) -> Home:
    """The home that a call names: by option, by environment, or the default."""
    folder = args.home or Path(os.environ.get("PLEDGER_HOME") or DEFAULT_HOME)

    def on_wait(sentence: str) -> None:
        context.stderr.write(f"{sentence}\n")
        context.stderr.flush()

    return Home(folder, context.clock, on_wait)


def progress_of(
    context: Context, description: str, total: int | None = None
) -> AbstractContextManager[Report]:
    """A progress bar on standard error, if that is a terminal and the work lasts."""
    return progress(context.stderr, description, total)
