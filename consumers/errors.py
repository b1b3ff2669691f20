"""What can go wrong while facts are moved into views. None of these quotes anything personal.

    Problem
    ├── Missing            (ledger.errors.Lost) the topic lacks what the views know, or need next
    ├── OtherDefinition    another version of the program has built the views
    └── SystematicFailure  the projection fails on too many subjects for them to be the cause

What a call names that is not there is ``Unknown`` or ``Wrong``, and what other processes keep for
too long is ``Unavailable``, as they are.
"""

from __future__ import annotations

from domain.errors import Problem
from ledger.errors import Lost


class Missing(Lost):
    """Facts that the views know, or need next, are not on the topic. ``wanted`` and ``there`` are
    for a log, in short, with the partition, unless it is about all of them."""

    def __init__(
        self,
        expected: str,
        seen: str,
        remedy: str,
        *,
        partition: int | None,
        wanted: str,
        there: str,
    ) -> None:
        super().__init__(expected, seen, remedy)
        self.partition = partition
        self.wanted = wanted
        self.there = there


class OtherDefinition(Problem):
    """The live views were built by another version of the program than this one."""


class SystematicFailure(Problem):
    """The projection fails on too many subjects for them to be the cause. Nothing was written."""
