"""What can go wrong with a ledger. Every message says what was expected, what was seen and what
to do; but for ``NotAcknowledged``, none of these errors leaves anything half-written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.port import Receipt


class LedgerError(Exception):
    """The ledger could not do what was asked. The kinds below say why."""


class NoLedger(LedgerError):
    """There is no ledger at that place, nor a place to make one."""


class NotALedger(LedgerError):
    """There is something else at that place."""


class UnknownVersion(LedgerError):
    """The ledger was written in a form that this version cannot read."""


class CannotWrite(LedgerError):
    """The ledger may only be read, or the disk is full."""


class Busy(LedgerError):
    """Somebody else wrote for longer than we were ready to wait."""


class Damaged(LedgerError):
    """The file cannot be read as what it was."""


class Closed(LedgerError):
    """The ledger was closed before."""


class Unkeepable(LedgerError, ValueError):
    """A fact whose envelope is not one: the doors should have refused it."""


class Unreachable(LedgerError):
    """The servers of the ledger did not answer in time."""


class Lost(LedgerError):
    """Facts that were there are not there any more."""


class Repartitioned(LedgerError):
    """The topic has another number of partitions than it had: the facts of a subject are not in
    their order any more."""


class NotAcknowledged(LedgerError):
    """Some facts of a batch, or all, were not acknowledged: they may be kept or not. To append the
    batch again is safe, since the same fact counts once. ``receipts`` has those of the facts that
    were acknowledged, and None for the others."""

    def __init__(self, message: str, receipts: Sequence[Receipt | None]) -> None:
        super().__init__(message)
        self.receipts = list(receipts)
