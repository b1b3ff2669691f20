"""What can be wrong with a request. Every error is a ``domain.errors.Problem``: an entry point
tells ``Wrong`` (the request must be changed) from the others, and words the remedy itself.

    Wrong
    ├── NoHome          no ledger where one was named, or one of another kind
    ├── WrongSettings   a pledger.toml that can't be used as it stands
    ├── UnfitTopic      a topic that could lose or reorder facts
    ├── ImportRefused   an importer, or data, that can't be run
    └── Conflict        a fact under an id that another fact has
"""

from __future__ import annotations

from collections.abc import Sequence

from domain.errors import Problem, Unavailable, Unknown, Wrong

__all__ = [
    "BeingBuilt",
    "Conflict",
    "ImportRefused",
    "NoHome",
    "NoRoom",
    "Problem",
    "Unavailable",
    "UnfitTopic",
    "Unknown",
    "Wrong",
    "WrongSettings",
]


class NoHome(Wrong):
    """There is no home at that place, or none of the kind that is needed."""


class WrongSettings(Wrong):
    """Settings of a server home that can't be used as they stand."""


class UnfitTopic(Wrong):
    """A topic on which facts would not be safe. Each of its faults is a note."""

    def __init__(self, faults: Sequence[object]) -> None:
        super().__init__(
            "a topic that can neither lose nor reorder facts",
            "settings by which it can",
            "mend each of them",
        )
        for fault in faults:
            self.add_note(str(fault))


class Conflict(Wrong):
    """A fact has the id of another one that is kept. A fact is never changed."""


class ImportRefused(Wrong):
    """An import that can't be run as requested."""


class BeingBuilt(Unavailable):
    """The views are being brought up to the ledger: ``done`` of ``total`` facts so far; both are 0
    until that is known."""

    def __init__(self, done: int, total: int) -> None:
        so_far = f", {done:,} of {total:,} facts so far" if total else ""
        super().__init__(
            "views that hold all that the ledger has",
            f"that they are being built{so_far}",
            "ask again in a moment",
        )
        self.done = done
        self.total = total


class NoRoom(Problem):
    """A disk has no room for what was to be written."""
