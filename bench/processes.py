"""Whole processes, from the start of the launcher to the end of the command."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.measured import Measured, Watch

ROOT = Path(__file__).resolve().parent.parent
#: Runs before the first one that counts: what they read lies in the system's memory afterwards.
WARM = 2


def show_help(folder: Path, times: int) -> Measured:
    """``./pledger --help``."""
    del folder
    return _run(["--help"], times)


def ask(folder: Path, times: int) -> Measured:
    """``./pledger promises`` on a small home whose views are up to date, as JSON."""
    return _run(["promises", "--json", "--home", str(folder)], times)


def _run(arguments: Sequence[str], times: int) -> Measured:
    command = [*_launcher(), *arguments]
    watch = Watch()
    for turn in range(WARM + times):
        with watch.lap():
            subprocess.run(command, stdout=subprocess.PIPE, check=True)
        if turn < WARM:
            watch.seconds.clear()
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return replace(watch.measured(1), peak_kib=largest)


def _launcher() -> list[str]:
    """The launcher, if this runs in the environment that it makes; else what it would run."""
    if Path(sys.prefix) == ROOT / ".venv":
        return [str(ROOT / "pledger")]
    return [sys.executable, "-P", "-m", "entrypoints"]
