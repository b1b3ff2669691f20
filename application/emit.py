"""A stream of events, one a line, into a ledger.

A line that is rejected never stops the others. Facts go to the ledger in batches, each of them
durable as a whole before the next one starts; so an interruption leaves whole batches, and emitting
the same stream again adds what is missing and counts the rest as duplicates.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, TypedDict

from application.cloudevents_json import Rejected, read_event
from application.errors import Conflict, Problem
from application.home import silent
from application.json_line import LINE_LIMIT, too_long
from ledger.body_rules import refusal
from ledger.envelope import Envelope
from projections.known_positions import shown, shown_reach
from schemas.codec import encode

if TYPE_CHECKING:
    from application.home import Appending
    from domain.positions import Reach
    from ledger.port import EventData, Receipt

#: A batch is handed to the ledger at so many facts, or at so many bytes of bodies.
BATCH_FACTS = 4_000
BATCH_BYTES = 8 * 1024 * 1024

_CHUNK = 1024 * 1024
_REPORT_EVERY = 1_000

#: Called with how many lines and how many bytes have been read so far.
OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Events:
    """CloudEvents in JSON, one a line; empty lines are passed over. With ``all_or_nothing``, one
    rejected line or one conflict means that nothing is written."""

    stream: BinaryIO
    all_or_nothing: bool = False


class Fact(NamedTuple):
    """A fact as a value: a canonical ``id``, ``time`` in UTC microseconds since 1970, the fields
    of its body, in which instants are aware datetimes, and its place among its source's facts where
    the source says it."""

    id: str
    type: str
    source: str
    subject: str
    time: int
    body: Mapping[str, object]
    causationid: str | None = None
    sequence: str | None = None


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
    events = events_of(asked.stream, rejected, on_progress)
    keep = _at_once if asked.all_or_nothing else _by_batches
    accepted, duplicates = keep(ledger, events, rejected)
    rejected.sort(key=lambda each: each["line"])
    return {
        "accepted": accepted,
        "duplicates": duplicates,
        "rejected": rejected,
        "head": shown_reach(ledger.head()),
    }


def emit_facts(ledger: Appending, facts: Iterable[Fact], batch: int = BATCH_FACTS) -> Iterator[int]:
    """Append facts that come as values; of each batch, once it is durable, how many were new. While
    one batch is being written the next is made; an interruption waits for the one that is being
    written, which is kept whole. Raises ``Conflict``, ``NotAFact`` and ``schemas.errors.Refused``.
    """
    writing: Future[list[Receipt]] | None = None
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="append") as writer:
        events = map(sealed, facts)
        while chunk := list(islice(events, batch)):
            if writing is not None:
                yield _new(writing.result())
            writing = writer.submit(ledger.append, chunk)
        if writing is not None:
            yield _new(writing.result())


def _new(receipts: Sequence[Receipt]) -> int:
    for receipt in receipts:
        if receipt.outcome == "conflict":
            raise Conflict(
                "a new id, or the same fact again",
                f"another fact at position {receipt.position} under the id of one of them",
                "a fact is never changed: give this one an id of its own",
            )
    return sum(receipt.outcome == "accepted" for receipt in receipts)


def sealed(fact: Fact) -> EventData:
    """A fact that comes as a value, as ledgers take it. Nobody stands at the door: as of a message
    on a topic, a calendar or a policy is kept that can't be read."""
    id, type, source, subject, time, body, causationid, sequence = fact
    wire = encode(type, body)
    if (problem := refusal(type, body)) is not None:
        raise problem
    return Envelope(id, type, source, subject, time, None, causationid, sequence).around(wire)


def _by_batches(
    ledger: Appending, events: Iterator[tuple[int, EventData]], rejected: list[Rejection]
) -> tuple[int, int]:
    accepted = duplicates = 0
    kept = 0
    for numbers, facts in _batches(events):
        try:
            receipts = ledger.append(facts)
        except Problem as problem:
            if kept:
                problem.add_note(
                    f"What came before, up to line {kept:,}, is kept and safe. Emitting the same"
                    " again is safe too: what is there already counts as a duplicate."
                )
            raise
        kept = numbers[-1]
        rejected += conflicts(
            numbers, facts, receipts, lambda at: conflict_reason(at, ledger.head())
        )
        accepted += sum(receipt.outcome == "accepted" for receipt in receipts)
        duplicates += sum(receipt.outcome == "duplicate" for receipt in receipts)
    return accepted, duplicates


def _at_once(
    ledger: Appending, events: Iterator[tuple[int, EventData]], rejected: list[Rejection]
) -> tuple[int, int]:
    """Nothing is written unless everything can be: (0, 0) then, and ``rejected`` has the
    reasons."""
    numbers: list[int] = []
    facts: list[EventData] = []
    for number, fact in events:
        if rejected:  # the rest is read for its reasons only
            facts.clear()
        else:
            numbers.append(number)
            facts.append(fact)
    if rejected:
        return 0, 0
    receipts = ledger.append(facts, all_or_nothing=True)
    rejected += conflicts(numbers, facts, receipts, lambda at: conflict_reason(at, ledger.head()))
    if rejected:
        return 0, 0
    duplicates = sum(receipt.outcome == "duplicate" for receipt in receipts)
    return len(receipts) - duplicates, duplicates


def _batches(
    events: Iterator[tuple[int, EventData]],
) -> Iterator[tuple[list[int], list[EventData]]]:
    numbers: list[int] = []
    facts: list[EventData] = []
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


def events_of(
    stream: BinaryIO, rejected: list[Rejection], on_progress: OnProgress = silent
) -> Iterator[tuple[int, EventData]]:
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


def conflicts(
    lines: Sequence[int],
    facts: Sequence[EventData],
    receipts: Sequence[Receipt],
    why: Callable[[int], str],
) -> Iterator[Rejection]:
    """The facts of a batch that conflict with another; ``why`` is given its position."""
    for line, fact, receipt in zip(lines, facts, receipts, strict=True):
        if receipt.outcome == "conflict":
            yield {"line": line, "id": fact.id, "why": why(receipt.position)}


def conflict_reason(position: int, head: Reach) -> str:
    """Why a fact is refused whose id another has, which is at a position; 0 is none."""
    where = f"at position {shown(position, head)}" if position else "on an earlier line"
    return (
        f"expected a new id, or the same fact again; saw an id that is already there {where}, with"
        " other content: a fact is never changed, so give this event an id of its own (and if the"
        " other was wrong, retract it with fact.retracted)"
    )
