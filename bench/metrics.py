"""Every metric in a warm process: its value by department, and a page of its units."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

from application.metrics import Metric, metric, units
from bench.material import home_of
from bench.measured import Measured, Watch, peak_kib
from entrypoints.collector import collecting_rarely
from projections.metrics.registry import metrics
from simulator.simulation import END

#: Units on a page.
PAGE = 100

#: As of now, and as of an instant about which half of the facts are.
INSTANTS = {"now": END, "past": END - timedelta(days=550)}


def values(folder: Path, moment: str, times: int) -> Measured:
    """The value of each metric, by department where it has that key. One repetition a metric, in
    the order of the registry: the median of so many answers."""
    home = home_of(folder)
    return _each(lambda question: metric(home, question), INSTANTS[moment], None, times)


def pages(folder: Path, moment: str, times: int) -> Measured:
    """As ``values``, for the first page of units, with their facts and departments."""
    home = home_of(folder)
    return _each(lambda question: units(home, question), INSTANTS[moment], PAGE, times)


def _each(
    answer: Callable[[Metric], object], as_of: datetime, limit: int | None, times: int
) -> Measured:
    asked = [
        Metric(
            name=name,
            as_of=as_of,
            by=["department"] if entry.has_key("department") else [],
            limit=limit,
        )
        for name, entry in metrics().items()
    ]
    answer(asked[0])  # imports what the others find there
    medians = []
    with collecting_rarely():  # as every process that answers
        for question in asked:
            watch = Watch()
            for _ in range(times):
                with watch.lap():
                    answer(question)
            medians.append(median(watch.seconds))
    return Measured(medians, 1, peak_kib())
