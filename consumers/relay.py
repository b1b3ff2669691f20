"""The relay: publishes what the desk has decided to the ledger, in the order of the desk's log.

One relay works at a time. What it has published it notes only when the ledger has acknowledged it,
so a crash leaves one of two things: a decision that is not published, or one that is and is not
noted. The next relay begins with either, and a fact that is published twice is one fact, since its
id comes of the decision. No later decision is published before it, since the order is that of the
log, and the log never gets a number between two that can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from ledger.decisions import Decisions, Waiting
from ledger.errors import LedgerError
from ledger.port import EventData, Receipt

BATCH = 500

Alone = Callable[[], AbstractContextManager[object]]


class Appending(Protocol):
    """What a relay needs of a ledger."""

    def append(self, facts: Sequence[EventData]) -> list[Receipt]:
        """See ``ledger.port.Ledger``."""


def relay(decisions: Decisions, ledger: Appending, alone: Alone) -> dict[int, int]:
    """Publish all decisions that the ledger may not have yet, and answer where in it each of these
    lies, by their numbers. ``alone`` keeps other relays out for one batch, and ends with its
    process."""
    relayed: dict[int, int] = {}
    while True:
        with alone():
            batch = decisions.next_waiting(BATCH)
            if batch:
                relayed |= _published(decisions, ledger, batch)
        if len(batch) < BATCH:  # what came meanwhile is its own relay's
            return relayed


def _published(decisions: Decisions, ledger: Appending, batch: Sequence[Waiting]) -> dict[int, int]:
    receipts = ledger.append([waiting.fact for waiting in batch])
    # A crash here leaves facts in the ledger that are not noted: the next relay publishes them
    # again, which adds nothing. Noted first and published then, a crash would lose them for good.
    numbers = [waiting.number for waiting in batch]
    if any(receipt.outcome == "conflict" for receipt in receipts):
        raise LedgerError(
            "the ledger to have what the desk decided, or nothing, under the id of a decision",
            "another fact",
            "somebody has emitted it under that id: the ledger is as it was, and decisions wait",
        )
    positions = dict(zip(numbers, (receipt.position for receipt in receipts), strict=True))
    decisions.publish(positions)
    return positions
