"""Simulations that many tests look at, made once, and their facts as the folds take them."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple
from uuid import UUID

import pytest

from domain.events import BODIES
from domain.facts import Fact
from simulator.journal import Event
from simulator.local_time import moment
from simulator.practices import AS_IT_IS, Practices
from simulator.simulation import Simulation
from tests.simulator.notes import NotingScribe
from tests.simulator.truth import Truth

#: For the modules that look at them: run by one process, each simulation is made once.
TOGETHER = pytest.mark.xdist_group("simulated")


class Told(NamedTuple):
    """A finished simulation: its events in the order of emission, and the truth."""

    simulation: Simulation
    events: tuple[Event, ...]
    truth: Truth


@cache
def told(seed: int = 7, customers: int = 1000, practices: Practices = AS_IT_IS) -> Told:
    """One finished simulation of three years."""
    simulation = Simulation(seed, customers, practices=practices, scribe=NotingScribe)
    events = tuple(simulation)
    return Told(simulation, events, Truth(simulation))


@cache
def facts(seed: int = 7, customers: int = 1000) -> tuple[Fact, ...]:
    """The distinct facts of a simulation, each at the position of its first emission."""
    found: dict[str, Fact] = {}
    for position, event in enumerate(told(seed, customers).events, 1):
        if event.id not in found:
            found[event.id] = Fact(
                id=UUID(event.id),
                type=event.type,
                source=event.source,
                subject=event.subject,
                time=moment(event.time),
                body=BODIES[event.type].model_validate(dict(event.body)),
                sequence=event.sequence,
                position=position,
                recorded_at=moment(event.time),
            )
    return tuple(found.values())
