"""Emitting: a stream of events, one a line, into a ledger.

A line that is rejected never stops the others. Facts go to the ledger in batches, each of them
durable as a whole before the next one starts; so an interruption leaves whole batches, and emitting
the same stream again adds what is missing and counts the rest as duplicates.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, TypedDict

from application.cloudevents_json import Rejected, read_event
from application.homes import silent
from application.strictjson import LINE_LIMIT, too_long
from projections.reach import shown, shown_reach

if TYPE_CHECKING:
    from application.homes import Appending
    from domain.positions import Reach
    from ledger.port import Receipt, Sealed

#: A batch is handed to the ledger at so many facts, or at so many bytes of bodies.
BATCH_FACTS = 4_000
BATCH_BYTES = 8 * 1024 * 1024

_CHUNK = 1024 * 1024
_REPORT_EVERY = 1_000

#: Told how many lines and how many bytes have been read so far.
OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Events:
    """CloudEvents in JSON, one a line; empty lines are passed over. With ``all_or_nothing``, one
    rejected line or one conflict means that nothing is written."""

    stream: BinaryIO
    all_or_nothing: bool = False


class Rejection(TypedDict):
    """A line that was not kept. ``line`` counts from 1; ``id`` is None where none could be read."""

    line: int
    id: str | None
    why: str


class Emitted(TypedDict):
    """What became of the events. ``head`` is how far the ledger goes: its last position, or a
    place in each partition."""

    accepted: int
    duplicates: int
    rejected: list[Rejection]
    head: int | str


def emit(ledger: Appending, asked: Events, on_progress: OnProgress = silent) -> Emitted:
    """Append the events of a stream. Memory holds one line of at most ``LINE_LIMIT`` bytes and one
    batch; the whole stream's facts where they are to be kept all or not at all."""
    rejected: list[Rejection] = []
    events = _events(asked.stream, rejected, on_progress)
    keep = _at_once if asked.all_or_nothing else _by_batches
    accepted, duplicates = keep(ledger, events, rejected)
    rejected.sort(key=lambda each: each["line"])
    return {
        "accepted": accepted,
        "duplicates": duplicates,
        "rejected": rejected,
        "head": shown_reach(ledger.head()),
    }


def _by_batches(
    ledger: Appending, events: Iterator[tuple[int, Sealed]], rejected: list[Rejection]
) -> tuple[int, int]:
    accepted = duplicates = 0
    for numbers, facts in _batches(events):
        receipts = ledger.append(facts)
        rejected += _conflicts(numbers, facts, receipts, ledger)
        accepted += sum(receipt.outcome == "accepted" for receipt in receipts)
        duplicates += sum(receipt.outcome == "duplicate" for receipt in receipts)
    return accepted, duplicates


def _at_once(
    ledger: Appending, events: Iterator[tuple[int, Sealed]], rejected: list[Rejection]
) -> tuple[int, int]:
    """Nothing is written unless everything can be: (0, 0) then, and ``rejected`` says why."""
    numbers: list[int] = []
    facts: list[Sealed] = []
    for number, fact in events:
        if rejected:  # the rest is read for its reasons only
            facts.clear()
        else:
            numbers.append(number)
            facts.append(fact)
    if rejected:
        return 0, 0
    receipts = ledger.append(facts, all_or_nothing=True)
    rejected += _conflicts(numbers, facts, receipts, ledger)
    if rejected:
        return 0, 0
    duplicates = sum(receipt.outcome == "duplicate" for receipt in receipts)
    return len(receipts) - duplicates, duplicates


def _batches(events: Iterator[tuple[int, Sealed]]) -> Iterator[tuple[list[int], list[Sealed]]]:
    numbers: list[int] = []
    facts: list[Sealed] = []
    size = 0
    for number, fact in events:
        numbers.append(number)
        facts.append(fact)
        size += len(fact.body)
        if len(facts) >= BATCH_FACTS or size >= BATCH_BYTES:
            yield numbers, facts
            numbers, facts, size = [], [], 0
    if facts:
        yield numbers, facts


def _events(
    stream: BinaryIO, rejected: list[Rejection], on_progress: OnProgress
) -> Iterator[tuple[int, Sealed]]:
    """The readable events with their line numbers; the others are added to ``rejected``."""
    number = read = 0
    for number, read, line in _lines(stream):
        if number % _REPORT_EVERY == 0:
            on_progress(number, read)
        if line is None:
            rejected.append({"line": number, "id": None, "why": too_long()})
            continue
        if not line:
            continue
        try:
            fact = read_event(line)
        except Rejected as problem:
            rejected.append({"line": number, "id": problem.id, "why": problem.why})
        else:
            yield number, fact
    on_progress(number, read)


def _lines(stream: BinaryIO) -> Iterator[tuple[int, int, bytes | None]]:
    """(line number, bytes read so far, the line without white space at its end). Of a line that is
    too long, None: what lies beyond the limit is skipped chunk by chunk."""
    number = read = 0
    while line := stream.readline(LINE_LIMIT + 1):
        number += 1
        read += len(line)
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)  # some editors put it there
        if len(line) <= LINE_LIMIT or line.endswith(b"\n"):
            yield number, read, line.rstrip(b" \t\r\n")
            continue
        while not line.endswith(b"\n") and (line := stream.readline(_CHUNK)):
            read += len(line)
        yield number, read, None


def _conflicts(
    numbers: Sequence[int],
    facts: Sequence[Sealed],
    receipts: Sequence[Receipt],
    ledger: Appending,
) -> Iterator[Rejection]:
    for number, fact, receipt in zip(numbers, facts, receipts, strict=True):
        if receipt.outcome == "conflict":
            yield {"line": number, "id": fact.id, "why": _conflict(receipt.position, ledger.head())}


def _conflict(position: int, head: Reach) -> str:
    where = f"at position {shown(position, head)}" if position else "on an earlier line"
    return (
        f"expected a new id, or the same fact again; saw an id that is already there {where}, with"
        " other content: a fact is never changed, so give this event an id of its own (and if the"
        " other was wrong, retract it with fact.retracted)"
    )
