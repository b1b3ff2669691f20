"""A fact as a message of Kafka, in the binary mode of CloudEvents, and back.

The key is the subject, the value is the body's wire bytes as every home keeps them, and each
attribute is a header ``ce_NAME`` of UTF-8 text, as in
https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md.
When the ledger learned of the fact is the message's own timestamp (LogAppendTime).

Nobody stands at Kafka's door, so whoever reads a message judges it, by the rules of the JSON door.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from domain.instants import EPOCH, MICROSECOND
from domain.positions import position_of
from ledger.envelope import (
    canonical_id,
    dataschema_problem,
    envelope_problem,
    extension_problem,
    shown,
    size_problem,
    tellable,
)
from ledger.port import Recorded, Sealed
from schemas import catalogue, codec, jsonform
from schemas.errors import Refused

__all__ = ["CONTENT_TYPE", "Headers", "Message", "Unreadable", "message_of", "recorded"]

Headers = tuple[tuple[str, bytes | None], ...]

#: Avro has no registered media type, and the Confluent framing (a zero byte and a schema id before
#: the Avro bytes) none that its own tools agree on. This is what the CloudEvents binding writes.
CONTENT_TYPE = "application/avro"
PREFIX = "ce_"
#: A fact has 256 KiB at most, as ``ledger.envelope`` counts. As a message it has more: the subject
#: twice, and five bytes more for each attribute. Whatever they are, it stays under this.
MESSAGE_LIMIT = 1024 * 1024
#: In the place of headers whose names are not UTF-8: no client tells them then.
UNREADABLE_HEADERS = "unreadable-headers"
#: What a fact's message says in its headers, by attribute. Others with the prefix are extensions.
REQUIRED = ("specversion", "id", "type", "source", "subject", "time")
OPTIONAL = ("correlationid", "causationid", "sequence")
BY_LEDGER = ("recordedtime", "position")
#: Where CloudEvents or the JSON door put something else: no fact has such an extension.
ELSEWHERE = ("data", "datacontenttype")

_CONTENT_TYPES = (CONTENT_TYPE, "application/octet-stream")
_TYPES = frozenset(catalogue.TYPES)
_CONTENT_TYPE_HEADER = ("content-type", CONTENT_TYPE.encode())
_VERSION_HEADER = (PREFIX + "specversion", b"1.0")


class Message(NamedTuple):
    """One message as it lies on the topic. ``timestamp`` is in milliseconds since 1970; a header's
    name may come more than once."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers

    @property
    def position(self) -> int:
        """Its place in the ledger: see ``domain.positions``."""
        return position_of(self.partition, self.offset)


class Unreadable(ValueError):
    """A message that is no fact. ``reason`` says what was expected and what was seen; it quotes
    neither the subject nor what the body holds."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def message_of(fact: Sealed) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """The key, value and headers of a fact's message. Raises ``ValueError`` for a ``time`` outside
    the years 1 to 9999, which RFC 3339 can't say."""
    key = fact.subject.encode()
    headers = [
        _VERSION_HEADER,
        ("ce_id", fact.id.encode()),
        ("ce_type", fact.type.encode()),
        ("ce_source", fact.source.encode()),
        ("ce_subject", key),
        ("ce_time", _time_to_text(fact.time).encode()),
        _CONTENT_TYPE_HEADER,
    ]
    if fact.correlationid is not None:
        headers.append(("ce_correlationid", fact.correlationid.encode()))
    if fact.causationid is not None:
        headers.append(("ce_causationid", fact.causationid.encode()))
    if fact.sequence is not None:
        headers.append(("ce_sequence", fact.sequence.encode()))
    for name, value in sorted((fact.extensions or {}).items()):
        headers.append((PREFIX + name, value.encode()))
    return key, fact.body, headers


def recorded(message: Message) -> Recorded:
    """The fact in a message. Raises ``Unreadable``, and nothing else, whatever the bytes."""
    fact = envelope(message)
    problem = body_problem(fact.type, message.value)
    if problem is not None:
        raise Unreadable(problem)
    return fact


def envelope(message: Message) -> Recorded:
    """The fact in a message of whose body only the header is looked at. Raises ``Unreadable``."""
    attributes = _attributes(message.headers)
    id = canonical_id(_required(attributes, "id"))
    if id is None:
        raise Unreadable("ce_id: expected a UUID, saw text that is none")
    type = _type(attributes)
    source, subject = _required(attributes, "source"), _required(attributes, "subject")
    correlation, causation, sequence = (attributes.pop(name, None) for name in OPTIONAL)
    problem = envelope_problem(source, subject, correlation, causation, sequence)
    if problem is not None:
        raise Unreadable("ce_" + problem)
    if message.key != subject.encode():
        seen = "no key" if message.key is None else "another key"
        raise Unreadable(f"expected the subject as the key of the message, saw {seen}")
    time = _microseconds(_required(attributes, "time"))
    _check_schema(type, message.value, attributes.pop("dataschema", None))
    for name, value in attributes.items():
        problem = extension_problem(name, value)
        if problem is not None:
            raise Unreadable(problem)
    body = message.value or b""
    said = (correlation, causation, sequence, attributes or None)
    fact = Sealed(id, type, source, subject, time, body, *said)
    problem = size_problem(fact)
    if problem is not None:
        raise Unreadable(problem)
    return Recorded(message.position, message.timestamp * 1000, *fact)


def body_problem(type: str, value: bytes | None) -> str | None:
    """Why a value is not the body of a fact of that type, or None."""
    try:
        named, _ = codec.decode(value or b"")
    except Refused as problem:
        return str(problem)
    return None if named == type else f"expected a body of {type}, saw one of {named}"


def _attributes(headers: Headers) -> dict[str, str]:
    """The attributes of a message by name, all but those that say what kind of event it is. A
    header without a value is as if it were not there, as a null in JSON is."""
    found: dict[str, str] = {}
    seen: set[str] = set()
    for name, value in headers:
        if name == UNREADABLE_HEADERS:
            raise Unreadable("expected UTF-8 in the names of headers, saw another")
        if not name.startswith(PREFIX) and name != "content-type":
            continue  # the transport's own, such as those of tracing
        if name in seen:
            raise Unreadable(f"expected each attribute once, saw the header {shown(name)} again")
        seen.add(name)
        if value is None:
            continue
        try:
            found[name] = value.decode()
        except UnicodeDecodeError:
            raise Unreadable(f"expected UTF-8 in the header {shown(name)}, saw another") from None
    _check_content_type(found.pop("content-type", CONTENT_TYPE))
    attributes = {name.removeprefix(PREFIX): value for name, value in found.items()}
    version = _required(attributes, "specversion")
    if version != "1.0":
        raise Unreadable(f'ce_specversion: expected "1.0", saw {shown(version)}')
    for name in (*BY_LEDGER, *ELSEWHERE):
        if name in attributes:
            who = "the ledger alone sets it" if name in BY_LEDGER else "it is not an attribute here"
            raise Unreadable(f"ce_{name}: expected none, since {who}, saw one")
    return attributes


def _check_content_type(given: str) -> None:
    if given.partition(";")[0].strip().lower() not in _CONTENT_TYPES:
        accepted = " or ".join(_CONTENT_TYPES)
        raise Unreadable(f"content-type: expected {accepted}, or none, saw {shown(given)}")


def _required(attributes: dict[str, str], name: str) -> str:
    try:
        return attributes.pop(name)
    except KeyError:
        raise Unreadable(
            f"expected the header ce_{name}, saw none: every fact must say it"
        ) from None


def _type(attributes: dict[str, str]) -> str:
    type = _required(attributes, "type")
    if type not in _TYPES:
        raise Unreadable(
            f"ce_type: expected a type of the catalogue, saw {shown(type)}: if it is a new one,"
            " upgrade this home and retry"
        )
    return type


def _microseconds(text: str) -> int:
    try:
        instant = jsonform.instant_from_text(text)
    except ValueError as problem:
        why = str(problem) if tellable(text) else f"expected an instant, saw {shown(text)}"
        raise Unreadable(f"ce_time: {why}") from None
    return (instant - EPOCH) // MICROSECOND


def _check_schema(type: str, value: bytes | None, dataschema: str | None) -> None:
    """That the value begins as a body of the type does."""
    if value is None:
        raise Unreadable(f"expected a body of {type} as the value of the message, saw none")
    try:
        named = catalogue.type_of(codec.header_id(value))
    except Refused as problem:
        raise Unreadable(str(problem)) from None
    if named != type:
        raise Unreadable(f"expected a body of {type}, saw one of {named}")
    misnamed = None if dataschema is None else dataschema_problem(type, dataschema)
    if misnamed is not None:
        raise Unreadable("ce_" + misnamed)


def _time_to_text(time: int) -> str:
    try:
        return jsonform.instant_to_text(EPOCH + timedelta(microseconds=time))
    except OverflowError:
        raise ValueError(f"expected a time in the years 1 to 9999, saw {time} µs") from None
