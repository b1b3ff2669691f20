"""Deciding at the desk: each decision is durable and in the ledger before the next one is begun.
And eventsourcing's own aggregates, which save the same events and check nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.sqlite import SQLiteApplicationRecorder

from application.desk import Deciding, Desk, decide_at
from bench.material import home_of
from bench.measured import Measured, Watch
from bench.plain import FULL

#: Decisions before the first one that counts: a process learns once which promises there are.
WARM = 3

#: What is decided about each promise, one after the other.
_STORY: tuple[tuple[str, dict[str, object]], ...] = (
    ("make", {"about": "delivery", "due_at": "2030-01-01T12:00:00Z"}),
    ("hand-over", {"to_department": "care"}),
    ("reschedule", {"due_at": "2030-01-02T12:00:00Z", "initiated_by": "customer"}),
    ("accept", {}),
    ("honour", {"evidence": "a signature"}),
)


def commands(decisions: int) -> Iterator[Deciding]:
    """So many commands, all of which are accepted."""
    for number in range(decisions):
        verb, said = _STORY[number % len(_STORY)]
        yield Deciding(
            thing="promise",
            verb=verb,
            department="care" if verb != "make" else "sales",
            new_id="",
            id=f"BENCH-{number // len(_STORY)}",
            customer="customer:1" if verb == "make" else None,
            data=said,
        )


def pledger(folder: Path, decisions: int) -> Measured:
    """Our desk, open in one process, on an embedded home."""
    watch = Watch()
    with TemporaryDirectory(dir=folder) as place, home_of(Path(place) / "home").desk() as desk:
        for number in range(WARM):
            _decided(desk, replace(next(commands(1)), id=f"WARM-{number}"))
        with watch.lap():
            for each in commands(decisions):
                _decided(desk, each)
    return watch.measured(decisions)


def _decided(desk: Desk, asked: Deciding) -> None:
    outcome = decide_at(desk, asked)
    if outcome.decision is None or outcome.unpublished is not None:
        raise RuntimeError(f"expected a decision in the ledger, saw {outcome}")


class Promise(Aggregate):
    """A promise that takes down whatever is decided."""

    @event("Made")
    def __init__(self, type: str, source: str, subject: str, body: dict[str, object]) -> None:
        """The first decision."""

    @event("Decided")
    def decide(self, type: str, source: str, subject: str, body: dict[str, object]) -> None:
        """One more."""


def eventsourcing(folder: Path, decisions: int) -> Measured:
    """eventsourcing's aggregates in its own SQLite file, with the same durability: one event more,
    and saved. They are not read back, and nothing is published."""
    watch = Watch()
    with TemporaryDirectory(dir=folder) as place:
        settings = {
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": str(Path(place) / "events.sqlite"),
        }
        app: Application[UUID] = Application(settings)
        _expect_durable(app)
        with app, watch.lap():
            for each in commands(decisions):
                source, body = f"/{each.department}/{each.system}", dict(each.data)
                if each.verb == "make":
                    promise = Promise(each.verb, source, "customer:1", body)
                else:
                    promise.decide(each.verb, source, "customer:1", body)
                app.save(promise)
    return watch.measured(decisions)


def _expect_durable(app: Application[UUID]) -> None:
    """Raise RuntimeError unless each commit waits for the disk, as a decision of ours does."""
    datastore = cast("SQLiteApplicationRecorder", app.recorder).datastore
    with datastore.transaction(commit=False) as cursor:
        cursor.execute("PRAGMA synchronous")
        (durability,) = cursor.fetchone()
    if durability != FULL:
        raise RuntimeError(f"expected synchronous = {FULL} (FULL), saw {durability}")
