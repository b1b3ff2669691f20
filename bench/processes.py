"""Whole processes, from the start of the launcher to the end of the command.

Those of a group that is compared with another checkout count the processor's time, which does not
depend on what else the machine does as the time of a clock does.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.material import CHASED, LINES, chase
from bench.measured import Measured, Watch

ROOT = Path(__file__).resolve().parent.parent
#: Runs before the first one that counts: what they read lies in the system's memory afterwards.
WARM = 2
#: When the long promise is asked about.
AS_OF = "2030-01-01T00:00:00Z"


def show_help(folder: Path, times: int) -> Measured:
    """``./pledger --help``."""
    del folder
    return _run(["--help"], times)


def ask(folder: Path, times: int) -> Measured:
    """``./pledger promises`` on a small home whose views are up to date, as JSON."""
    return _run(["promises", "--json", "--home", str(folder)], times)


def answered(folder: Path, times: int, question: str, root: str | None = None) -> Measured:
    """The processor's time of a question to a home of the company whose views are up to date.
    ``root`` is another checkout whose command is run, on a home that it makes itself."""
    pledger = Pledger(root)
    with pledger.home(folder, folder / LINES) as home:
        return pledger.measured([*question.split(), "--json", "--home", home], times)


def answered_about_long(
    folder: Path, times: int, question: str, fresh: bool, root: str | None = None
) -> Measured:
    """As ``answered``, about the promise that has many facts. With ``fresh``, one more fact of it
    was appended before each answer."""
    pledger = Pledger(root)
    with pledger.home(folder, folder / CHASED) as home:
        words = [*question.split(), "--json", "--as-of", AS_OF, "--home", home]
        spent = []
        for number in range(times):
            if fresh:
                line = json.dumps(chase(2**30 + number))
                pledger.run(["emit", "-", "--home", home], line)
            spent.append(pledger.run(words))
    return _measured(spent)


class Pledger:
    """The command of a checkout; of this one where no other is named."""

    def __init__(self, root: str | None) -> None:
        self._command = _launcher() if root is None else [f"{root}/pledger"]

    @contextmanager
    def home(self, folder: Path, lines: Path) -> Iterator[str]:
        """A home of the facts in a file, its views up to date."""
        with TemporaryDirectory(dir=folder) as place:
            self.run(["emit", str(lines), "--home", place])
            self.run(["promises", "--json", "--home", place])
            yield place

    def measured(self, words: Sequence[str], times: int) -> Measured:
        """What a call costs."""
        return _measured([self.run(words) for _ in range(WARM + times)][WARM:])

    def run(self, words: Sequence[str], given: str | None = None) -> float:
        """Run a command, and answer the seconds of the processor that it took."""
        before = _spent()
        subprocess.run(
            [*self._command, *words], input=given, text=True, stdout=subprocess.PIPE, check=True
        )
        return _spent() - before


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _measured(seconds: list[float]) -> Measured:
    return Measured(seconds, 1, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)


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
