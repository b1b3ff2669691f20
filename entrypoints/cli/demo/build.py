"""Making a demo: its facts are told and kept, then projected. What is there is made use of."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from application.embedded_home import EmbeddedHome
from application.emit import Fact, emit_facts
from application.errors import Conflict, Wrong
from application.home import LEDGER_FILE
from entrypoints.cli.command import Context
from entrypoints.cli.demo import folder
from entrypoints.cli.demo.folder import Demo, Marker
from simulator.simulation import Simulation

if TYPE_CHECKING:
    from application.home import Appending
    from entrypoints.terminal.progress import Report

#: Facts that are appended together.
BATCH = 5_000


@dataclass(frozen=True)
class Stage:
    """A part of the work that is done: what it was, how long it took, and figures for JSON."""

    name: str
    said: str
    seconds: float
    figures: dict[str, int]


OnStage = Callable[[Stage], None]


def make(
    home: EmbeddedHome, demo: Demo, fresh: bool, context: Context, on_stage: OnStage
) -> Marker:
    """Have the demo in the home, from wherever it is: nothing there, a part, or all. Raises
    Wrong where the folder is for something else."""
    check(home, demo, fresh)  # before a lock is left in a folder that is not ours
    with folder.held(home.folder, context.note):
        found = check(home, demo, fresh)
        if fresh:
            folder.clear(home.folder)
            found = None
        if found is None:
            found = Marker(**demo._asdict())
            folder.write(home.folder, found)
        if _is_whole(home, found):
            on_stage(_reused(found))
            return found
        return _finish(home, demo, context, on_stage)


def check(home: EmbeddedHome, demo: Demo, fresh: bool) -> Marker | None:
    """What the home holds of a demo. Raises Wrong where it is for something else."""
    found = folder.look(home.folder)
    if fresh:
        folder.expect_own(home.folder)
    else:
        folder.expect(found, demo, home.folder)
    return found


def _is_whole(home: EmbeddedHome, marker: Marker) -> bool:
    """A marker alone is no proof: an interrupted --fresh leaves it without a ledger."""
    if not marker.complete or not (home.folder / LEDGER_FILE).exists():
        return False
    with home.reading() as ledger:
        return ledger.head() >= marker.head


def _reused(marker: Marker) -> Stage:
    said = (
        f"{marker.facts:,} facts of {marker.customers:,} customers (seed {marker.seed}) that an"
        " earlier run has kept; --fresh makes them anew"
    )
    return Stage("reused", said, 0.0, {"facts": marker.facts})


def _finish(home: EmbeddedHome, demo: Demo, context: Context, on_stage: OnStage) -> Marker:
    """Tell every fact: those that are there already are known by their ids. A crash at any line
    leaves a marker that is not complete, and the next run does this again."""
    start = time.monotonic()
    simulation = Simulation(demo.seed, demo.customers)
    # When invented facts were recorded says nothing, so no clock is too far from it.
    with (
        home.writing(trust_clock=True) as ledger,
        context.progress("telling three years") as report,
    ):
        before = ledger.head()
        added = _emit(ledger, simulation, report, home)
        head = ledger.head()
    counts = simulation.counts()
    on_stage(_emitted(demo, simulation, before, added, time.monotonic() - start))
    start = time.monotonic()
    with context.progress("projecting") as report:
        position = home.catch_up(report)
    said = "the views were built from the facts; they can be thrown away and built again"
    on_stage(Stage("projected", said, time.monotonic() - start, {"position": position}))
    whole = Marker(**demo._asdict(), complete=True, **counts._asdict(), head=head)
    folder.write(home.folder, whole)
    return whole


def _emitted(demo: Demo, simulation: Simulation, before: int, added: int, seconds: float) -> Stage:
    facts, emitted, late = simulation.counts()
    there = facts - added
    twice = emitted - facts
    said = (
        f"{facts:,} facts of {demo.customers:,} customers; {late:,} came late and {twice:,} twice,"
        " which changes no answer"
    )
    if before:
        said += f"; {there:,} were there already, from a run that was interrupted"
    figures = {"facts": facts, "added": added, "there": there, "late": late, "twice": twice}
    return Stage("emitted", said, seconds, figures)


def _emit(ledger: Appending, simulation: Simulation, report: Report, home: EmbeddedHome) -> int:
    """Append all facts, and return how many were new."""
    try:
        return sum(emit_facts(ledger, _shown(simulation, report), BATCH))
    except Conflict as error:
        expected = f"the demo's own facts in {str(home.folder)!r}"
        raise Wrong(expected, error.seen, "make the demo anew with --fresh") from error


def _shown(simulation: Simulation, report: Report) -> Iterator[Fact]:
    start, end = simulation.start, simulation.end
    latest = start
    for number, event in enumerate(simulation, 1):
        yield Fact(*event)
        latest = max(latest, event.time)
        if number % BATCH == 0:
            # How far the story is tells how much is left: how many facts come is not known before.
            report(number, end - start, latest - start)
