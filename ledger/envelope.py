"""The envelope of a fact: its rules, and how it is put around a body. No I/O.

All ways in share this (JSON lines, importers, the SDK, messages on Kafka), so that a fact is held
to the same rules whichever way it comes. Each has its own order in which it looks, and its own
words where something is absent. A ``…_problem`` function answers None, or one line: what was
expected, what was seen, what to do. What was seen is never quoted, since it may be personal, but
for what is written as an instant where one belongs (see ``schemas.errors``).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from domain.instants import to_microseconds
from ledger.body_rules import FORBIDDEN, party_fault, refusal, unreadable
from ledger.port import CANONICAL_ID, EventData
from schemas import catalogue, codec, jsonform
from schemas.errors import UnknownSchema, describe, nearest

if TYPE_CHECKING:
    from domain.published_rules import HolidayLookup

#: A fact, envelope and body together, takes at most so many bytes (see ``size_of``).
FACT_LIMIT = codec.LIMIT

#: The attributes that every fact has, those that it may have, those that are about its body, and
#: those that the ledger alone sets. All others are extensions.
REQUIRED = ("specversion", "id", "type", "source", "subject", "time")
OPTIONAL = ("correlationid", "causationid", "sequence")
OF_BODY = ("data", "data_base64", "datacontenttype", "dataschema")
BY_LEDGER = ("recordedtime", "position")

#: All of these.
ATTRIBUTES = frozenset(REQUIRED + OPTIONAL + OF_BODY + BY_LEDGER)
#: Extensions that the SDK makes, of W3C's Trace Context.
_OF_TRACE = ("traceparent", "tracestate")

SPECVERSION = "1.0"
#: What a body in wire bytes may be called. Avro has no registered media type; the first is what the
#: CloudEvents binding for Kafka writes.
WIRE_TYPES = ("application/avro", "application/octet-stream")

_TYPES = frozenset(catalogue.TYPES)
#: The names that every fact has, and its time.
_FRAME = len("idtypesourcesubjecttime") + 8
_BARE_UUID = re.compile(r"[0-9a-f]{32}")
_EXTENSION = re.compile(r"[a-z0-9]+")
_SCHEMA_ID = re.compile(r"(?:.*[/:=])?([0-9]{1,9})", re.DOTALL)


class NotAFact(ValueError):
    """What came is no fact. ``reason`` is a line as of a ``…_problem`` function."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Envelope(NamedTuple):
    """The attributes of a fact, but for the extensions. ``id`` is canonical, ``time`` in UTC
    microseconds since 1970, and the rest such as ``envelope_problem`` lets pass."""

    id: str
    type: str
    source: str
    subject: str
    time: int
    correlationid: str | None = None
    causationid: str | None = None
    sequence: str | None = None

    def seal(
        self,
        fields: Mapping[str, object],
        extensions: Iterable[tuple[str, str]] = (),
        transform: Transform | None = None,
        holidays: HolidayLookup | None = None,
    ) -> EventData:
        """The fact with a body of these fields, which pass through ``transform`` first. By
        ``holidays`` calendars are read; without, their places are not looked up. Raises
        ``NotAFact``, and ``schemas.errors.Refused`` where the fields are not those of the type, or
        say what is refused."""
        if transform is not None:
            fields = transform(self, fields)
        wire = codec.encode(self.type, fields)
        problem = refusal(self.type, fields) or unreadable(self.type, fields, holidays)
        if problem is not None:
            raise problem
        return self.around(wire, extensions)

    def around(
        self,
        wire: bytes,
        extensions: Iterable[tuple[str, str]] = (),
        shared: Mapping[str, str] | None = None,
    ) -> EventData:
        """The fact with a body that is wire bytes of the type already. ``shared`` takes the place
        of extensions where there are none: many facts have them, and they were checked once.
        Raises ``NotAFact``."""
        kept: dict[str, str] = {}
        for name, value in extensions:
            check(extension_problem(name, value))
            kept[name] = value
        fact = EventData(*self[:5], wire, *self[5:], kept or shared)
        check(size_problem(fact))
        return fact


#: What the fields of a body become before they are encoded: some may be encrypted, for example.
Transform = Callable[[Envelope, Mapping[str, object]], Mapping[str, object]]


def canonical_id(text: str) -> str | None:
    """A UUID in any of its usual forms, as lower-case text with hyphens; None if it is none.
    Python's own reader takes more than that (``0x``, underscores, hyphens anywhere)."""
    if CANONICAL_ID.fullmatch(text):
        return text
    bare = text.lower().removeprefix("urn:uuid:")
    if bare.startswith("{") and bare.endswith("}"):
        bare = bare[1:-1]
    if _BARE_UUID.fullmatch(bare):
        bare = "-".join((bare[:8], bare[8:12], bare[12:16], bare[16:20], bare[20:]))
    return bare if CANONICAL_ID.fullmatch(bare) else None


def check(problem: str | None, prefix: str = "") -> None:
    """Raises ``NotAFact`` where there is a problem."""
    if problem is not None:
        raise NotAFact(prefix + problem)


def time_of(text: str, name: str = "time") -> int:
    """The instant in UTC microseconds since 1970, by the same rules as instants in a body. Raises
    ``NotAFact``."""
    try:
        return to_microseconds(jsonform.instant_from_text(text))
    except ValueError as problem:
        raise NotAFact(f"{name}: {problem}") from None


def text_of(value: object) -> str | None:
    """The text of an extension that came as text, a finite number or a boolean, which are written
    as JSON writes them; None for what has parts."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return json.dumps(value)
    return None


def type_problem(type: str, remedy: str) -> str | None:
    """What is wrong with a ``type`` that is not in the catalogue; None if nothing. ``remedy`` is
    what to do where no type of the catalogue has a name like it."""
    if type in _TYPES:
        return None
    meant = nearest(type, catalogue.TYPES)
    advice = f"did you mean {meant}?" if meant else remedy
    return f"type: expected a type of the catalogue, saw {describe(type)}: {advice}"


def version_problem(version: str) -> str | None:
    """What is wrong with a ``specversion``; None if nothing."""
    if version == SPECVERSION:
        return None
    return f'specversion: expected "{SPECVERSION}", saw {describe(version)}'


def content_type_problem(name: str, given: str | None, accepted: Sequence[str]) -> str | None:
    """What is wrong with the type of a body's content; None if nothing. Parameters, such as a
    charset, do not matter here."""
    if given is None or given.partition(";")[0].strip().lower() in accepted:
        return None
    return f"{name}: expected {' or '.join(accepted)}, or none, saw {describe(given)}"


@lru_cache(maxsize=1024)
def source_problem(source: str) -> str | None:
    """What is wrong with a ``source``; None if nothing. The rule: ``/department/system``."""
    if not source.startswith("/") or len(segments := source.split("/")) < 3 or "" in segments[1:]:
        return f"source: expected /department/system, as in /care/phone, saw {describe(source)}"
    if FORBIDDEN.search(source) or source.split() != [source]:
        return "source: expected no spaces and no control characters, saw some: use hyphens"
    return None


def subject_problem(subject: str) -> str | None:
    """What is wrong with a ``subject``; None if nothing. The rule: ``kind:name``."""
    fault = party_fault(subject)
    return None if fault is None else "subject: expected {}, saw {}".format(*fault)


def text_problem(name: str, value: str) -> str | None:
    """What is wrong with another attribute of the envelope, such as ``correlationid``."""
    if not value:
        return f"{name}: expected text, saw empty text: leave the attribute out"
    if FORBIDDEN.search(value):
        return f"{name}: expected text without control characters, saw some: remove them"
    return None


def name_problem(name: str) -> str | None:
    """What is wrong with the name of a further attribute; None if nothing."""
    if _EXTENSION.fullmatch(name):
        return None
    return (
        "expected names of attributes in lower-case letters and digits, saw"
        f" {describe(name)}: rename it, or put it in data"
    )


def extension_problem(name: str, value: str) -> str | None:
    """What is wrong with a further attribute; None if nothing. Its text may be empty."""
    return name_problem(name) or (text_problem(attribute(name), value) if value else None)


def attribute(name: str) -> str:
    """An attribute in words: by its name if that is one of ours. What somebody else has named may
    be a value in the wrong place."""
    known = name in ATTRIBUTES or name in _OF_TRACE
    return name if known else f"an attribute whose name is {describe(name)}"


def dataschema_problem(type: str, given: str | None) -> str | None:
    """What is wrong with a ``dataschema``; None if nothing. It ends in the id of a schema of the
    type: a bare number, ``pledger:schema/17``, ``https://registry.example/schemas/ids/17``."""
    if given is None:
        return None
    ending = _SCHEMA_ID.fullmatch(given)
    if ending is None:
        return (
            "dataschema: expected a schema id at its end, as in"
            f" pledger:schema/{catalogue.schema_id(type)}, saw {describe(given)}"
        )
    try:
        named = catalogue.type_of(int(ending[1]))
    except UnknownSchema:
        named = None
    if named == type:
        return None
    seen = "an id that no schema has" if named is None else f"the id of {named}"
    return (
        f"dataschema: expected the id of {type} (the newest is {catalogue.schema_id(type)}),"
        f" saw {seen}: name that id, or leave dataschema out"
    )


def envelope_problem(source: str, subject: str, *optional: str | None) -> str | None:
    """The first thing wrong with an envelope; None if nothing is. ``optional`` are in the order of
    ``OPTIONAL``."""
    problem = source_problem(source) or subject_problem(subject)
    for name, value in zip(OPTIONAL, optional, strict=False):
        if problem is None and value is not None:
            problem = text_problem(name, value)
    return problem


def size_problem(fact: EventData) -> str | None:
    """What is wrong with a fact larger than ``FACT_LIMIT``; None for others."""
    size = size_of(fact)
    if size <= FACT_LIMIT:
        return None
    return (
        f"expected a fact of at most {FACT_LIMIT:,} bytes, saw {size:,}: keep large content"
        " elsewhere and put a reference to it in the fact"
    )


def size_of(fact: EventData) -> int:
    """The bytes of a fact: its attributes as UTF-8, each with its name, and its body as kept."""
    text = f"{fact.id}{fact.type}{fact.source}{fact.subject}"
    for name in OPTIONAL:
        value = getattr(fact, name)
        if value is not None:
            text += name + value
    for name, value in (fact.extensions or {}).items():
        text += name + value
    return _FRAME + len(text.encode()) + len(fact.body)
