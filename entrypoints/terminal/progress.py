"""A progress bar for work that lasts, on a terminal and nowhere else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

#: Work that is done before this many seconds shows no bar: it would only flicker.
PATIENCE = 1.0


class Report(Protocol):
    """How work tells how far it is."""

    def __call__(self, facts: int, total: int | None = None, done: int | None = None, /) -> None:
        """So many facts have been handled so far, of ``total`` where that is known. Where the
        total is in another unit, such as the bytes of a file, ``done`` is how much of it is."""


@contextmanager
def progress(
    stderr: TextIO,
    description: str,
    total: int | None = None,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Report]:
    """A callback that draws a bar on ``stderr`` with facts per second and, if the total is known
    from the start or by the time the bar appears, the time left. The bar appears after
    ``PATIENCE`` seconds and is gone at the end, however the work ends: the terminal gets its
    cursor back on Ctrl-C too. Where ``stderr`` is no terminal nothing is drawn."""
    if not stderr.isatty():
        yield _silent
        return
    bar = _Bar(stderr, description, total, clock)
    try:
        yield bar.report
    finally:
        bar.close()


def _silent(facts: int, total: int | None = None, done: int | None = None, /) -> None:
    """For logs and pipes."""


class _Bar:
    """Rich is imported when the bar first shows, since most work is done before."""

    def __init__(
        self, stderr: TextIO, description: str, total: int | None, clock: Callable[[], float]
    ) -> None:
        self._stderr = stderr
        self._description = description
        self._total = total
        self._clock = clock
        self._started = clock()
        self._shown: tuple[Progress, TaskID] | None = None

    def report(self, facts: int, total: int | None = None, done: int | None = None, /) -> None:
        elapsed = self._clock() - self._started
        if elapsed < PATIENCE:
            return
        if total is not None:
            self._total = total
        if self._shown is None:
            self._shown = self._show()
        drawn, task = self._shown
        drawn.update(
            task,
            total=self._total,
            completed=facts if done is None else done,
            rate=f"{facts / elapsed:,.0f} facts/s",
        )

    def close(self) -> None:
        if self._shown is not None:
            self._shown[0].stop()

    def _show(self) -> tuple[Progress, TaskID]:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            ProgressColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        label = TextColumn("{task.description}", markup=False)
        rate = TextColumn("{task.fields[rate]}", markup=False)
        columns: tuple[ProgressColumn, ...]
        if self._total is None:
            columns = (label, BarColumn(), rate, TimeElapsedColumn())
        else:
            share = TextColumn("{task.percentage:>3.0f} %", markup=False)
            left = TextColumn("left", style="dim")
            columns = (label, BarColumn(), share, rate, TimeRemainingColumn(compact=True), left)
        drawn = Progress(
            *columns,
            console=Console(file=self._stderr),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        drawn.start()
        return drawn, drawn.add_task(self._description, total=self._total, rate="")
