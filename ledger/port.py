"""The port of the ledger: where facts lie, whatever the home.

Every home keeps the wire bytes as they came and gives each fact one position (see
``domain.positions``). How far a home is known is a number where it has one partition by its nature
(``Ledger[int]``), and a vector where it may have several (``Ledger[Vector]``). Homes are held to
this by the contract suite in ``tests/ledger``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    import pyarrow as pa

R = TypeVar("R")
Outcome = Literal["accepted", "duplicate", "conflict"]

#: The text of a fact's id: a UUID in lower case, with hyphens.
CANONICAL_ID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class EventData(NamedTuple):
    """A fact ready to be kept: the envelope, and the body as wire bytes.

    ``id`` is as ``CANONICAL_ID`` has it; ``time`` is in UTC microseconds since 1970.
    """

    id: str
    type: str
    source: str
    subject: str
    time: int
    body: bytes
    correlationid: str | None = None
    causationid: str | None = None
    sequence: str | None = None
    extensions: Mapping[str, str] | None = None


class RecordedEvent(NamedTuple):
    """A kept fact: the ``EventData``, with the position and the instant (UTC microseconds) at which
    the ledger learned of it."""

    position: int
    recorded_at: int
    id: str
    type: str
    source: str
    subject: str
    time: int
    body: bytes
    correlationid: str | None
    causationid: str | None
    sequence: str | None
    extensions: Mapping[str, str] | None


class Receipt(NamedTuple):
    """What became of one fact: its position (of the fact already there for a duplicate or a
    conflict) and the outcome. A conflict is the same id with other content; it is not written."""

    position: int
    outcome: Outcome


class Ledger(Protocol[R]):
    """An append-only home of facts, in one order or, partition by partition, in several."""

    def append(self, facts: Sequence[EventData], *, all_or_nothing: bool = False) -> list[Receipt]:
        """Keep a batch; one receipt a fact. The facts of one subject are kept in their order, and
        all of them where there is one partition. What is accepted is durable when this returns.

        A ledger that looks ids up never gives one two positions; others look them up within the
        batch. With ``all_or_nothing``, a conflict anywhere in the batch means that nothing is
        written (receipts then show which facts conflict; the position of a fact that would have
        been accepted is 0), and so does a failure half-way."""

    def read(
        self, after: R = ..., upto: R | None = None, batch: int = 10_000
    ) -> Iterator[list[RecordedEvent]]:
        """The facts after one reach and up to another, by position, in batches. ``after`` defaults
        to nothing, and ``upto`` to the head when the reading starts."""

    def columns(
        self, after: R = ..., upto: R | None = None, batch: int = 50_000
    ) -> Iterator[pa.RecordBatch]:
        """What ``read`` gives, as Arrow columns named as the fields of ``RecordedEvent``: instants
        are timestamps of microseconds in UTC, extensions JSON text or null."""

    def head(self) -> R:
        """How far the ledger goes."""

    def close(self) -> None:
        """Close files and connections. The ledger can't be used afterwards."""


class Digested(Ledger[int], Protocol):
    """A ledger in one order that keeps the running digest of its facts (``ledger.digest``)."""

    def digest(self, position: int) -> int | None:
        """The digest after a position; None where there is no fact."""
