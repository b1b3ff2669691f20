"""What can go wrong with a ledger. None of these errors leaves anything half-written, but for
``NotAcknowledged``.

    LedgerError (domain.errors.Problem)   the ledger could not do what was asked
    ├── NoLedger            there is none at that place, nor a place to make one
    ├── NotALedger          there is something else at that place
    ├── UnknownVersion      it was written in a form that this version cannot read
    ├── Outdated            it is in an earlier form, and may be brought to this one
    ├── Damaged             the file cannot be read as what it was
    ├── CannotWrite         it may only be read, or the disk is full
    ├── ClockAstray         the clock is far from when the last fact was recorded
    ├── Closed              it was closed before
    ├── Busy                another process wrote for longer than ``patience``
    ├── Unreachable         its servers did not answer in time
    ├── Refused             its servers refuse the client for good
    ├── Unkeepable          a fact whose envelope is not one: the ways in should have refused it
    ├── NotAcknowledged     some facts of a batch, or all, may be kept or not
    ├── Lost                facts that were there are not there any more
    ├── OutOfRange          the next offset of a partition is not there: Lost, until it is looked at
    └── Repartitioned       the topic has another number of partitions than it had

``Busy`` and ``Unreachable`` are ``Unavailable`` too, and ``Unkeepable`` is ``Wrong``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from domain.errors import Problem, Unavailable, Wrong

if TYPE_CHECKING:
    from ledger.port import Receipt


class LedgerError(Problem):
    """The ledger could not do what was asked. The kinds below are the reasons."""


class NoLedger(LedgerError):
    """There is no ledger at that place, nor a place to make one."""


class NotALedger(LedgerError):
    """There is something else at that place."""


class UnknownVersion(LedgerError):
    """The ledger was written in a form that this version cannot read."""


class Outdated(LedgerError):
    """The ledger is in an earlier form. It may be brought to this one where it can be written."""


class Damaged(LedgerError):
    """The file cannot be read as what it was. ``positions`` are those of facts that are not as they
    were recorded, where that is known."""

    def __init__(
        self, expected: str, seen: str, remedy: str, positions: Sequence[int] = ()
    ) -> None:
        super().__init__(expected, seen, remedy)
        self.positions = tuple(positions)


class CannotWrite(LedgerError):
    """The ledger may only be read, or the disk is full."""


class ClockAstray(LedgerError):
    """The clock is behind the last recorded time, or far ahead of it."""


class Closed(LedgerError):
    """The ledger was closed before."""


class Busy(LedgerError, Unavailable):
    """Another process wrote for longer than ``patience``."""


class Unreachable(LedgerError, Unavailable):
    """The servers of the ledger did not answer in time."""


class Refused(LedgerError):
    """The servers of the ledger refuse the client for good: rights, names or versions have to
    change."""


class Unkeepable(LedgerError, Wrong):
    """A fact whose envelope is not one: the ways in should have refused it."""


class NotAcknowledged(LedgerError):
    """Some facts of a batch, or all, were not acknowledged: they may be kept or not. To append the
    batch again is safe, since the same fact counts once. ``receipts`` has those of the facts that
    were acknowledged, and None for the others."""

    def __init__(
        self, expected: str, seen: str, remedy: str, receipts: Sequence[Receipt | None]
    ) -> None:
        super().__init__(expected, seen, remedy)
        self.receipts = list(receipts)


class Lost(LedgerError):
    """Facts that were there are not there any more."""


class OutOfRange(LedgerError):
    """The topic does not have the next offset of a partition: it was cut off, or made anew."""

    def __init__(self, partition: int) -> None:
        super().__init__(f"the next offset of partition {partition}", "that it is not on the topic")
        self.partition = partition


class Repartitioned(LedgerError):
    """The topic has another number of partitions than it had: the facts of a subject are not in
    their order any more."""
