"""The two stories that have names, as they were meant."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.local_time import SECOND
from simulator.stories import COUNTER, ROSEBUSH
from tests.simulator.notes import NotingScribe


@dataclass(frozen=True, slots=True)
class Story:
    """A story as it was meant. ``journey_id`` is the id of its first fact, ``facts`` how many
    belong to its one journey; ``departments`` in order of their first fact; ``longest_silence`` in
    seconds."""

    customer: str
    journey_id: str
    commitments: tuple[str, ...]
    facts: int
    departments: tuple[str, ...]
    handovers: int
    kept_whole: bool
    longest_silence: int


def rosebush(notes: NotingScribe) -> Story:
    """The rose that died, and its replacement: silent until the house writes first."""
    made, wrote = notes.promises["ROSEBUSH"].signs[:2]
    return Story(
        customer=ROSEBUSH,
        journey_id=notes.traces[ROSEBUSH][0].fact,
        commitments=("ROSEBUSH", "ROSEBUSH-DELIVERY"),
        facts=14,
        departments=("web-shop", "payments", "accounting", "logistics", "care"),
        handovers=7,
        kept_whole=True,
        longest_silence=(wrote - made) // SECOND,
    )


def counter(notes: NotingScribe) -> Story:
    """The customer who paid twice: silent until the roses are fetched."""
    made, kept = notes.promises["PICKUP-17"].signs
    return Story(
        customer=COUNTER,
        journey_id=notes.traces[COUNTER][0].fact,
        commitments=("PICKUP-17",),
        facts=13,
        departments=("web-shop", "payments", "care", "accounting"),
        handovers=6,
        kept_whole=True,
        longest_silence=(kept - made) // SECOND,
    )
