"""Messages as Arrow columns: for those who read millions, and need no object for each.

What nearly every message looks like is checked a column at a time, and only that: a message that
is in any way unusual (an upper-case id, a time of the year 3000, text of the ends of Unicode) is
left to ``message.envelope``, which knows the rules. So this takes what that takes, and refuses what
that refuses, with its reasons.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from domain.positions import BITS
from ledger.arrow_schema import RECORDED
from ledger.body_columns import refusals
from ledger.envelope import (
    BY_LEDGER,
    FACT_LIMIT,
    OPTIONAL,
    REQUIRED,
    NotAFact,
    extension_problem,
    name_problem,
)
from ledger.extensions import extensions_to_text
from ledger.kafka.message import (
    CONTENT_TYPE,
    ELSEWHERE,
    PREFIX,
    Message,
    body_problem,
    envelope,
)
from ledger.port import RecordedEvent
from schemas import catalogue, codec, jsonform
from schemas.columns import decode_batch
from schemas.errors import Refused

#: A message that is no fact, and why.
Misfit = tuple[Message, str]

_CONTENT_TYPE = CONTENT_TYPE.encode()
_VERSION = b"1.0"
_NOT_EXTENSIONS = frozenset((*REQUIRED, *OPTIONAL, *BY_LEDGER, *ELSEWHERE, "dataschema"))
#: The names and lengths of what is in every fact, and room: see ``ledger.envelope.size_of``.
_SURELY_SMALL = FACT_LIMIT - 200

# In RE2's words, which Arrow knows. A text that matches is fine; one that doesn't may be.
_WORDS = r"[\pL\pM\pN\pP\pS]+(?: [\pL\pM\pN\pP\pS]+)*"
_USUAL = {
    "id": r"\A[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\z",
    "source": r"\A(?:/[A-Za-z0-9_.~+-]+){2,}\z",
    "subject": rf"\A[a-z][a-z0-9_-]*:{_WORDS}\z",
    "time": (
        r"\A[12][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
        r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?"
        r"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])\z"
    ),
    "correlationid": rf"\A{_WORDS}\z",
    "causationid": rf"\A{_WORDS}\z",
    "sequence": rf"\A{_WORDS}\z",
}
# A type and the first bytes of a body of it, in one.
_KINDS = pa.array(
    [
        type.encode() + codec.header_of(schema_id)
        for type in catalogue.TYPES
        for schema_id in catalogue.versions(type)
    ],
    pa.binary(),
)


class _Row(NamedTuple):
    """The header values of one message, as bytes; the place of the message in the batch."""

    place: int
    position: int
    recorded_at: int
    id: bytes
    type: bytes
    source: bytes
    subject: bytes
    time: bytes
    body: bytes
    correlationid: bytes | None
    causationid: bytes | None
    sequence: bytes | None
    extensions: str | None


def columns(messages: Sequence[Message]) -> tuple[pa.RecordBatch, list[Misfit]]:
    """The facts in messages, in their order, as columns (``ledger.arrow_schema.RECORDED``), and the
    messages that are none. Of a body only the header is looked at: see ``decoded``."""
    rows: list[_Row] = []
    doubtful: list[int] = []
    for place, message in enumerate(messages):
        row = _row(place, message)
        if row is None:
            doubtful.append(place)
        else:
            rows.append(row)
    places, usual, unusual = _usual(rows)
    doubtful += unusual
    if not doubtful:
        return usual, []
    judged: dict[int, RecordedEvent] = {}
    misfits: list[Misfit] = []
    for place in sorted(doubtful):
        try:
            judged[place] = envelope(messages[place])
        except NotAFact as problem:
            misfits.append((messages[place], problem.reason))
    return _merged(places, usual, judged), misfits


class Decoded(NamedTuple):
    """Facts as columns, of those of each type their bodies too, a column a field, and the messages
    that are no facts, by position."""

    facts: pa.RecordBatch
    by_type: list[tuple[str, pa.RecordBatch, pa.RecordBatch]]
    misfits: list[Misfit]


def decoded(messages: Sequence[Message]) -> Decoded:
    """As ``columns``, with every body read to its end."""
    facts, misfits = columns(messages)
    by_type: list[tuple[str, pa.RecordBatch, pa.RecordBatch]] = []
    unread: dict[int, str] = {}  # by position
    for type in pc.unique(facts["type"]).to_pylist():
        of_type = facts.filter(pc.equal(facts["type"], type))
        read, bad = bodies(type, of_type["body"].to_pylist())
        if bad:
            positions = of_type["position"].to_pylist()
            unread |= {positions[row]: reason for row, reason in bad.items()}
            of_type = of_type.filter([row not in bad for row in range(of_type.num_rows)])
        if of_type.num_rows:
            by_type.append((type, of_type, read))
    if unread:
        misfits += [(m, unread[m.position]) for m in messages if m.position in unread]
        misfits.sort(key=lambda misfit: misfit[0].position)
        facts = facts.filter(pc.invert(pc.is_in(facts["position"], pa.array(unread, pa.int64()))))
    return Decoded(facts, by_type, misfits)


def bodies(type: str, wires: Sequence[bytes]) -> tuple[pa.RecordBatch, dict[int, str]]:
    """The bodies among wire messages of one type as columns, and the rows of those that are none,
    each with its reason."""
    try:
        batch = decode_batch(type, wires)
        bad = {row: str(problem) for row, problem in refusals(type, batch).items()}
        if not bad:
            return batch, bad
    except Refused:
        problems = [body_problem(type, wire) for wire in wires]
        bad = {row: problem for row, problem in enumerate(problems) if problem is not None}
    return decode_batch(type, [wire for row, wire in enumerate(wires) if row not in bad]), bad


def _row(place: int, message: Message) -> _Row | None:
    """The message's row, or None if it is for ``message.envelope`` to judge."""
    partition, offset, timestamp, key, value, headers = message
    left = dict(headers)
    take = left.pop
    if len(headers) != len(left) or value is None or key is None:
        return None
    if take("ce_specversion", None) != _VERSION or take("ce_subject", None) != key:
        return None
    if take("content-type", _CONTENT_TYPE) != _CONTENT_TYPE:
        return None
    id, type, source = take("ce_id", None), take("ce_type", None), take("ce_source", None)
    time = take("ce_time", None)
    if id is None or type is None or source is None or time is None:
        return None
    optional = (
        take("ce_correlationid", None),
        take("ce_causationid", None),
        take("ce_sequence", None),
    )
    extensions = None
    if left:
        try:
            extensions = _extensions(left)
        except ValueError:
            return None
    position = partition << BITS | offset + 1
    recorded_at = timestamp * 1000
    # tuple.__new__ through _make: the fields by name would take as long as all the rest.
    return _Row._make(
        (place, position, recorded_at, id, type, source, key, time, value, *optional, extensions)
    )


def _extensions(left: dict[str, bytes | None]) -> str | None:
    """The extensions among further headers, as JSON text. ValueError if they need judging."""
    found = {}
    for header, value in left.items():
        if not header.startswith(PREFIX) or value is None:
            continue
        name = header.removeprefix(PREFIX)
        text = value.decode()
        if not may_extend(name) or extension_problem(name, text) is not None:
            raise ValueError
        found[name] = text
    return extensions_to_text(found) if found else None


@lru_cache(maxsize=1024)
def may_extend(name: str) -> bool:
    """Whether a further attribute of a fact may be called so in a message."""
    return name not in _NOT_EXTENSIONS and name_problem(name) is None


def _usual(rows: list[_Row]) -> tuple[list[int], pa.RecordBatch, list[int]]:
    """The places and columns of the rows that are surely facts, and the places of the others."""
    if not rows:
        return [], pa.RecordBatch.from_pylist([], schema=RECORDED), []
    fields = dict(zip(_Row._fields, map(list, zip(*rows, strict=True)), strict=True))
    places = fields.pop("place")
    fine = [True] * len(rows)
    arrays = {}
    for name, values in fields.items():
        arrays[name] = _array(name, values, fine)
    surely = pc.and_(pa.array(fine), _looks_usual(arrays)).fill_null(False)
    if surely.true_count == len(rows):
        return places, _batch(arrays), []
    kept = {name: array.filter(surely) for name, array in arrays.items()}
    flags = surely.to_pylist()
    unusual = [place for place, flag in zip(places, flags, strict=True) if not flag]
    usual = [place for place, flag in zip(places, flags, strict=True) if flag]
    return usual, _batch(kept), unusual


def _array(name: str, values: list[object], fine: list[bool]) -> pa.Array:
    """A column of header values; rows whose bytes can't be in it are null, and not fine."""
    kind = RECORDED.field(name).type
    if name == "recorded_at":
        return pa.array(values, pa.int64()).cast(kind)
    if name in {"position", "body", "extensions"}:
        return pa.array(values, kind)
    raw = pa.array(values, pa.binary())
    try:
        return raw.cast(pa.string())
    except pa.ArrowInvalid:
        return pa.array([_text(row, value, fine) for row, value in enumerate(values)], pa.string())


def _text(row: int, value: object, fine: list[bool]) -> str | None:
    try:
        return value.decode() if isinstance(value, bytes) else None
    except UnicodeDecodeError:
        fine[row] = False
        return None


def _looks_usual(arrays: dict[str, pa.Array]) -> pa.Array:
    """Whether a row needs no judging; the texts of times become instants on the way."""
    surely = _is_small(arrays)
    for name, pattern in _USUAL.items():
        array = arrays[name]
        if array.null_count < len(array):
            matches = pc.match_substring_regex(array, pattern)
            nothing = name in {"correlationid", "causationid", "sequence"}
            surely = pc.and_(surely, matches.fill_null(nothing))
    arrays["time"], exists = _instants(pc.if_else(surely, arrays["time"], None))
    header = pc.binary_slice(arrays["body"], 0, 5)
    kinds = pc.binary_join_element_wise(arrays["type"].cast(pa.binary()), header, b"")
    return pc.and_(pc.and_(surely, exists), pc.is_in(kinds, _KINDS))


def _is_small(arrays: dict[str, pa.Array]) -> pa.Array:
    total = pc.binary_length(arrays["body"])
    for array in arrays.values():
        if pa.types.is_string(array.type) and array.null_count < len(array):
            total = pc.add(total, pc.binary_length(array).fill_null(0))
    return pc.less_equal(total, _SURELY_SMALL)


def _instants(texts: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Texts of instants as instants, and whether each one exists: there is no 30 February."""
    kind = RECORDED.field("time").type
    try:
        instants = texts.cast(kind)
    except pa.ArrowInvalid:
        instants = pa.array([_instant(text) for text in texts.to_pylist()], kind)
    return instants, instants.is_valid()


def _instant(text: str | None) -> datetime | None:
    try:
        return None if text is None else jsonform.instant_from_text(text)
    except ValueError:
        return None


def _batch(arrays: dict[str, pa.Array]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([arrays[name] for name in RECORDED.names], schema=RECORDED)


def _merged(
    places: list[int], usual: pa.RecordBatch, judged: dict[int, RecordedEvent]
) -> pa.RecordBatch:
    """The facts that were taken in columns and those that were judged, in the order they came."""
    if not judged:
        return usual
    rows = [
        (*fact[:-1], extensions_to_text(fact.extensions) if fact.extensions else None)
        for fact in judged.values()
    ]
    columns = zip(*rows, strict=True)
    more = [
        pa.array(values, pa.int64()).cast(field.type)
        if pa.types.is_timestamp(field.type)
        else pa.array(values, field.type)
        for values, field in zip(columns, RECORDED, strict=True)
    ]
    both = pa.concat_batches([usual, pa.RecordBatch.from_arrays(more, schema=RECORDED)])
    return both.take(pc.sort_indices(pa.array([*places, *judged], pa.int64())))
